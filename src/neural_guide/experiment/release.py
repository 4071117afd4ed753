"""Release of a guide with the repository: its weights, its card, and its figures on fresh records."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from neural_guide.app.console import say
from neural_guide.data.format.records import write_encoded
from neural_guide.data.generation.generator import LANGUAGE_DSL, generate_records
from neural_guide.data.generation.settings import GeneratorSettings
from neural_guide.data.generation.statistics import Tally
from neural_guide.data.settings import DataSettings
from neural_guide.dsl.vocabulary import VOCABULARIES, Vocabulary, find_name
from neural_guide.errors import UserError
from neural_guide.experiment.settings import ShipSettings
from neural_guide.guide.default_guide import CARD_FILE, GUIDE_FILE, MAX_GUIDE_MIB, METRICS_FILE
from neural_guide.guide.guide import Guide, load_guide
from neural_guide.guide.guide_file import find_guide_file
from neural_guide.reporting.model_card import render_model_card
from neural_guide.runtime.atomic_files import replace_file, write_json
from neural_guide.runtime.cpu import count_cores
from neural_guide.training.datamodule import TaskDataModule
from neural_guide.training.evaluation import compute_logits, compute_split_metrics

CHECK_SAMPLES = {"v2": 2_000, "wide": 400, LANGUAGE_DSL: 100}  # records; other tasks than those of v2 take longer
CHECK_SEED = 7
CHECKED = ("loss", "f1_micro", "f1_macro", "exact_set", "map", "ece")


def release_guide(settings: ShipSettings) -> None:
    """Copy a run's guide, measure it on fresh records, and write its card beside it."""
    path = find_guide_file(settings.checkpoint)
    run = path.parent
    if path.name != GUIDE_FILE:
        raise UserError(f"{path}: what is shipped is the {GUIDE_FILE} of a finished run. Name the folder of the run.")
    size = path.stat().st_size / 2**20
    if size > MAX_GUIDE_MIB:
        raise UserError(
            f"{path} has {size:.1f} MiB; at most {MAX_GUIDE_MIB:g} are shipped. Train one of less network.width."
        )
    metrics, facts = _read(run / "metrics.json"), _read(run / "facts.json")
    guide = load_guide(str(path))
    dsl = _name_vocabulary(guide.programs)
    target = Path(settings.ship.folder or f"guides/{dsl}")
    samples = CHECK_SAMPLES[_name_data(guide)]
    say(f"Measuring it on {samples:,} fresh records (seed {CHECK_SEED})")
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "check.json"
        write_check_data(data, guide)
        checked = measure_guide(guide, data)
    target.mkdir(parents=True, exist_ok=True)
    with replace_file(target / GUIDE_FILE) as temporary:
        shutil.copy(path, temporary)
    write_json(target / METRICS_FILE, {"check": checked})
    with replace_file(target / CARD_FILE) as temporary:
        text = render_model_card(guide.vocabulary, metrics, facts, checked, (samples, CHECK_SEED), size)
        temporary.write_text(text, encoding="utf-8")
    say(f"{target}: {size:.1f} MiB, its card and its figures. Commit the folder.")


def write_check_data(path: Path, guide: Guide) -> None:
    """Write the records that shipped figures are measured on, the same on every machine."""
    dsl = _name_data(guide)
    check = GeneratorSettings(samples=CHECK_SAMPLES[dsl])
    write_encoded(path, generate_records(check, seed=CHECK_SEED, dsl=dsl, processes=count_cores(), tally=Tally()))


def measure_guide(guide: Guide, path: Path) -> dict[str, float]:
    """The figures of a guide on a whole dataset: no filter, no split."""
    data = TaskDataModule(DataSettings(path=str(path), quality_threshold=0.0), seed=0, processes=count_cores())
    data.setup()
    loader = data.make_loader("all", order=guide.match_vocabulary(data.vocabulary, str(path)))
    logits = compute_logits(guide.network, loader)
    metrics = compute_split_metrics(guide.network, guide.baselines, logits, guide.vocabulary.names)
    return {name: metrics[name] for name in CHECKED}


def _name_data(guide: Guide) -> str:
    """Return the `dsl` that the generator takes for data of a guide's names."""
    return LANGUAGE_DSL if guide.predicts_words else _name_vocabulary(guide.programs)


def _name_vocabulary(vocabulary: Vocabulary) -> str:
    """Return the name of a vocabulary.

    Raises:
        UserError: it is none of ours, so no generator makes data of it.
    """
    dsl = find_name(vocabulary)
    if dsl is None:
        predicted = ", ".join(vocabulary.names)
        raise UserError(f"A guide is shipped for {' or '.join(VOCABULARIES)}, and this one predicts {predicted}.")
    return dsl


def _read(path: Path) -> dict[str, Any]:
    """The JSON object in a file of a run.

    Raises:
        UserError: the file is missing, or holds something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}). Name the folder of a finished training run.") from None
    if not isinstance(content, dict):
        raise UserError(f"{path} is no object. Name the folder of a finished training run.")
    return content
