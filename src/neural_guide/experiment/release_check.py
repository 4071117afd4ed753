"""What a guide is worth on records that are generated for that alone, the same wherever they are made."""

from pathlib import Path

from neural_guide.data.format.records import write_encoded
from neural_guide.data.generation.generator import generate_records
from neural_guide.data.generation.settings import GeneratorSettings
from neural_guide.data.generation.statistics import Tally
from neural_guide.data.settings import DataSettings
from neural_guide.dsl.vocabulary import VOCABULARIES, Vocabulary
from neural_guide.errors import UserError
from neural_guide.guide.guide import Guide
from neural_guide.runtime.cpu import count_cores
from neural_guide.training.datamodule import TaskDataModule
from neural_guide.training.evaluation import answer, metrics_of

CHECK = GeneratorSettings(samples=2_000)
CHECK_SEED = 7
CHECKED = ("loss", "f1_micro", "f1_macro", "exact_set", "map", "ece")


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
    write_encoded(path, generate_records(CHECK, seed=CHECK_SEED, dsl=dsl, processes=count_cores(), tally=Tally()))


def check_metrics(guide: Guide, path: Path) -> dict[str, float]:
    """The figures of a guide on a dataset that all count: no filter, no split."""
    data = TaskDataModule(DataSettings(path=str(path), quality_threshold=0.0), seed=0, processes=count_cores())
    data.setup()
    loader = data.loader("all", order=guide.order_in(data.vocabulary, str(path)))
    found = metrics_of(guide.network, guide.baselines, answer(guide.network, loader), guide.vocabulary.names)
    return {name: found[name] for name in CHECKED}
