"""The guide that comes with the repository: for whoever names none, made by `ship`, checked by a test."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from neural_guide.command import ROOT, console
from neural_guide.config import Config, DataConfig
from neural_guide.dsl.vocabulary import VOCABULARIES, Vocabulary
from neural_guide.errors import UserError
from neural_guide.learn.datamodule import TaskDataModule
from neural_guide.learn.evaluation import answer, metrics_of
from neural_guide.learn.guide import Guide, load_guide
from neural_guide.machine import cores
from neural_guide.tasks.records import write_encoded
from neural_guide.tasks.statistics import Tally
from neural_guide.tasks.synthesize import GeneratorSettings, synthesize

SHIPPED = ROOT / "guides" / "default"
GUIDE, FIGURES, CARD = "guide.safetensors", "metrics.json", "README.md"
MOST_MIB = 5.0  # of a file that everybody clones
CHECK = GeneratorSettings(samples=2_000, seed=7)  # fresh records that the shipped figures are measured on
CHECKED = ("loss", "f1_micro", "f1_macro", "exact_set", "map", "ece")


def with_shipped_guide(config: Config, vocabulary: Vocabulary) -> Config:
    """The settings, with the shipped guide where none is named, it is there, and it predicts just this vocabulary."""
    if config.checkpoint is not None or not (SHIPPED / GUIDE).is_file():
        return config
    if set(load_guide(str(SHIPPED)).vocabulary.names) != set(vocabulary.names):
        return config
    here = SHIPPED.relative_to(Path.cwd()) if SHIPPED.is_relative_to(Path.cwd()) else SHIPPED
    console.print(f"No guide was named: the one that is shipped is used, {here}", highlight=False, soft_wrap=True)
    return replace(config, checkpoint=str(here))


def write_check_data(path: Path, vocabulary: Vocabulary) -> None:
    """The records that shipped figures are measured on, the same wherever they are made.

    Raises:
        UserError: no generator makes data of this vocabulary.
    """
    names = set(vocabulary.names)
    dsl = next((name for name, known in VOCABULARIES.items() if set(known.names) == names), None)
    if dsl is None:
        raise UserError(
            f"A guide is shipped for {' or '.join(VOCABULARIES)}, and this one predicts {', '.join(names)}."
        )
    write_encoded(path, synthesize(replace(CHECK, dsl=dsl), processes=cores(), tally=Tally()))


def check_metrics(guide: Guide, path: Path) -> dict[str, float]:
    """The figures of a guide on a dataset that all count: no filter, no split."""
    data = TaskDataModule(DataConfig(path=str(path), quality_threshold=0.0), seed=0, processes=cores())
    data.setup()
    loader = data.loader("all", order=guide.order_in(data.vocabulary, str(path)))
    found = metrics_of(guide.network, guide.baselines, answer(guide.network, loader), guide.vocabulary.names)
    return {name: found[name] for name in CHECKED}


def read_json(path: Path) -> dict[str, Any]:
    """An object from a file of ours.

    Raises:
        UserError: it is not there, or holds something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}). Name the folder of a finished training run.") from None
    if not isinstance(found, dict):
        raise UserError(f"{path} is no object. Name the folder of a finished training run.")
    return found
