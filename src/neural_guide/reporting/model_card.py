"""The model card of a released guide: purpose, accuracy, and provenance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.reporting.rendering import render
from neural_guide.reporting.report_table import Cell, ReportTable, format_number, tabulate_facts
from neural_guide.reporting.tables import METRICS, list_splits, tabulate_groups, tabulate_lengths, tabulate_metrics
from neural_guide.search.words import PRIMITIVE, find_group

TRAINING_METRICS = {
    "n_train": "training records",
    "epochs": "epochs",
    "parameters": "parameters",
    "train_seconds": "training time (s)",
}


class SplitTables(NamedTuple):
    """The metrics of a split, and those by program length and by group of words, which may have no rows."""

    name: str
    metrics: ReportTable
    lengths: ReportTable
    groups: ReportTable


@dataclass(frozen=True)
class ModelCard:
    """Everything that the template `model_card.md` shows.

    Attributes:
        primitives: primitives in the vocabulary of the guide, in its order.
        has_words: whether the guide predicts other words too.
        mib: size of the file.
        splits: metrics of the run that trained the guide.
        check_records: number of fresh records.
        check_seed: seed of the generator that made them.
        check: metrics on the fresh records.
        command: the line that trained the guide.
        facts: versions, commit and machine of the run, and the extent of its training.
    """

    primitives: Sequence[str]
    has_words: bool
    mib: float
    splits: Sequence[SplitTables]
    check_records: int
    check_seed: int
    check: ReportTable
    command: str
    facts: ReportTable


def render_model_card(
    vocabulary: Vocabulary,
    metrics: Mapping[str, float],
    facts: Mapping[str, str],
    check_metrics: Mapping[str, float],
    check: tuple[int, int],
    mib: float,
) -> str:
    """Render the card as Markdown.

    Args:
        vocabulary: primitives that the guide predicts.
        metrics: metrics of the run that trained it.
        facts: facts of that run: its command, versions, commit, machine.
        check_metrics: metrics on fresh records.
        check: number of the fresh records and their seed.
        mib: size of the file.
    """
    labels = {metric.key: metric.label for metric in METRICS}
    check_rows = [[Cell(labels[key]), Cell(format_number(value))] for key, value in check_metrics.items()]
    training = {label: format_number(metrics.get(key), 0) for key, label in TRAINING_METRICS.items()}
    card = ModelCard(
        primitives=[name for name in vocabulary.names if find_group(name) == PRIMITIVE],
        has_words=any(find_group(name) != PRIMITIVE for name in vocabulary.names),
        mib=mib,
        splits=[
            SplitTables(
                split,
                tabulate_metrics(metrics, split),
                tabulate_lengths(metrics, split),
                tabulate_groups(metrics, split),
            )
            for split in list_splits(metrics)
        ],
        check_records=check[0],
        check_seed=check[1],
        check=ReportTable("", ["metric", "guide"], check_rows),
        command=facts.get("command", ""),
        facts=tabulate_facts({name: value for name, value in facts.items() if name != "command"}, training),
    )
    return render("model_card.md", card)
