"""Results of an audit: everything that was measured, without judgement."""

from dataclasses import asdict, dataclass
from typing import Any

from neural_guide.data.audit.duplicates import Contradictions, Copies, Leak

MAX_LABEL_BYTES = 4 << 30  # limit of tasks times names for which training steps are timed


@dataclass(frozen=True)
class LabelCounts:
    """Tasks and records that use a name, and the tasks of each split that use it."""

    name: str
    tasks: int
    records: int
    train: int
    val: int
    test: int


@dataclass(frozen=True)
class ThresholdCounts:
    """Records at a quality threshold or above: their number, their share, and the number of their tasks."""

    threshold: float
    records: int
    share: float
    tasks: int


@dataclass(frozen=True)
class AuditResults:
    """Everything that was measured: the content of `inspection.json`, see docs/inspect.md.

    Records are numbered from 0 in file order, without the records that were set aside.
    """

    records: dict[str, Any]  # seen, kept, set_aside, limit, reasons
    tasks: dict[str, Any]  # count, by_pairs: tasks by number of pairs
    vocabulary: dict[str, Any]  # size, ours, executable, ordered
    labels: list[LabelCounts]  # most frequent first
    unused: list[str]  # names of the vocabulary that no task uses
    together: dict[str, Any]  # names, tasks: matrix
    aliases: dict[str, Any]  # always_together, same_effect, no_effect, inputs: number of grids executed on
    lengths: dict[int, dict[str, int]]  # tasks and records by program length
    quality: list[ThresholdCounts]
    quality_values: int  # number of different values of quality
    complexity: list[float]  # least, quartiles, greatest
    grids: dict[str, Any]
    arc: dict[str, Any]  # the same for ARC-1 training
    equal: dict[str, Any]  # records whose output equals the input, examples
    copies: dict[str, Copies]  # exact, near
    contradictions: Contradictions
    splits: dict[str, dict[str, int]]  # tasks and records of train, val, test
    passing: int  # records that pass the filters of data.*
    refusals: list[str]  # reasons why training would stop before its first step
    leaks: list[Leak]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Cost:
    """Estimated cost of training, measured on a sample.

    Attributes:
        steps: number of training steps that were timed.
        step_seconds, check_seconds: medians of a training step and of a validation batch, data included.
        data_share: share of a step spent making its batch.
        batches, val_batches: number of batches in an epoch.
        epoch_seconds: `batches * step_seconds + val_batches * check_seconds`.
        epochs: `trainer.max_epochs`.
        features_seconds: time to compute the executed features of all records, once; 0 without features.
        memory_gib: resident memory of this process after the steps, plus all features, which an epoch reads.
        memory_limit_gib: memory of this machine.
        gpu_memory_gib: greatest memory use on the GPU; None without one.
        machine: the machine of the measurement.
        load: processes that ran or waited for a core in the minute before; above `cores`, everything is slower.
        cores: number of cores that this process may use.
    """

    steps: int
    step_seconds: float
    check_seconds: float
    data_share: float
    batches: int
    val_batches: int
    epoch_seconds: float
    epochs: int
    features_seconds: float
    memory_gib: float
    memory_limit_gib: float
    gpu_memory_gib: float | None
    machine: str
    load: float
    cores: int
