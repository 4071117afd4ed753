"""Statistics of a generated dataset: counted during generation, and printed beside those of ARC."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Group
from rich.table import Table

from neural_guide.data.format.records import Record
from neural_guide.data.generation.quality import GridMeans, measure_grids
from neural_guide.dsl.vocabulary import Vocabulary

THRESHOLDS = (0.7, 0.75, 0.8, 0.85, 0.9)  # least quality
ARC_INPUTS: dict[str, GridMeans] = {
    "ARC-1 training": (10.62, 3.55, 0.615),
    "ARC-1 evaluation": (13.46, 4.14, 0.613),
}
"""Mean side (cells), colours and background share of all input grids, test pairs included."""


@dataclass
class Tally:
    """Running counts over whole tasks; the tallies of parts add up to the tally of the whole.

    Attributes:
        records: number of pairs.
        tasks: number of tasks.
        primitives: number of tasks whose program uses the name.
        lengths: number of tasks by the length of their program.
        quality: number of records at each of `THRESHOLDS` or above.
        inputs: sums over records of side (cells), colours and background share of the input.
        outputs: the same of the output.
    """

    records: int = 0
    tasks: int = 0
    primitives: Counter[str] = field(default_factory=Counter)
    lengths: Counter[int] = field(default_factory=Counter)
    quality: Counter[float] = field(default_factory=Counter)
    inputs: GridMeans = (0.0, 0.0, 0.0)
    outputs: GridMeans = (0.0, 0.0, 0.0)

    def add_task(self, records: Sequence[Record]) -> None:
        """Count the records of one task; at least one."""
        size = len(records)
        self.records += size
        self.tasks += 1
        self.primitives.update(set(records[0].primitives))
        self.lengths[len(records[0].primitives)] += 1
        for threshold in THRESHOLDS:
            self.quality[threshold] += sum(record.quality >= threshold for record in records)
        self.inputs = _add_scaled(self.inputs, measure_grids([record.input for record in records]), size)
        self.outputs = _add_scaled(self.outputs, measure_grids([record.output for record in records]), size)

    def merge(self, other: "Tally") -> None:
        """Add another tally to this one, in place."""
        self.records += other.records
        self.tasks += other.tasks
        self.primitives.update(other.primitives)
        self.lengths.update(other.lengths)
        self.quality.update(other.quality)
        self.inputs = _add_scaled(self.inputs, other.inputs, 1)
        self.outputs = _add_scaled(self.outputs, other.outputs, 1)


@dataclass(frozen=True)
class Summary:
    """Shares and means of a dataset.

    Attributes:
        records: number of records.
        tasks: number of tasks.
        label_shares: share of tasks that use each primitive of the vocabulary, in its order.
        length_shares: share of tasks by program length, ascending.
        quality_counts: records at each threshold or above, ascending thresholds.
        inputs: mean side (cells), colours and background share of the input grids.
        outputs: the same of the output grids.
    """

    records: int
    tasks: int
    label_shares: dict[str, float]
    length_shares: dict[int, float]
    quality_counts: dict[float, int]
    inputs: GridMeans
    outputs: GridMeans


def summarize(tally: Tally, vocabulary: Vocabulary) -> Summary:
    """Compute shares and means from counts of tasks over a vocabulary; an empty tally gives zeros."""
    tasks, records = max(tally.tasks, 1), max(tally.records, 1)
    return Summary(
        records=tally.records,
        tasks=tally.tasks,
        label_shares={name: tally.primitives[name] / tasks for name in vocabulary.names},
        length_shares={length: tally.lengths[length] / tasks for length in sorted(tally.lengths)},
        quality_counts={threshold: tally.quality[threshold] for threshold in THRESHOLDS},
        inputs=_divide(tally.inputs, records),
        outputs=_divide(tally.outputs, records),
    )


def format_summary(summary: Summary) -> Group:
    """Format the summary for a terminal: labels, lengths and quality, and grids beside those of ARC-1."""
    labels = Table("primitive", "tasks", title="Labels")
    for name, share in summary.label_shares.items():
        labels.add_row(name, f"{share:.1%}")
    counts = Table("", "records", "share", title=f"{summary.records:,} records, {summary.tasks:,} tasks")
    for length, share in summary.length_shares.items():
        counts.add_row(f"length {length}", f"{round(share * summary.records):,}", f"{share:.0%}")
    for threshold, count in summary.quality_counts.items():
        share = count / max(summary.records, 1)
        counts.add_row(f"quality >= {threshold}", f"{count:,}", f"{share:.0%}")
    grids = Table("grids", "mean side", "colours", "background", title="Grids")
    rows = {"inputs": summary.inputs, "outputs": summary.outputs}
    for name, (side, colours, background) in (rows | ARC_INPUTS).items():
        grids.add_row(name, f"{side:.1f}", f"{colours:.1f}", f"{background:.0%}")
    for table in (labels, counts, grids):
        for column in table.columns[1:]:
            column.justify = "right"
    return Group(labels, counts, grids)


def _add_scaled(total: GridMeans, means: GridMeans, factor: int) -> GridMeans:
    return total[0] + factor * means[0], total[1] + factor * means[1], total[2] + factor * means[2]


def _divide(total: GridMeans, count: int) -> GridMeans:
    return total[0] / count, total[1] / count, total[2] / count
