"""What an inspection found: everything measured, nothing judged."""

from dataclasses import asdict, dataclass
from typing import Any

from neural_guide.data.audit.duplicates import Contradictions, Copies, Leak

MAX_LABEL_BYTES = 4 << 30  # tasks times names; above, not even a few steps are tried


@dataclass(frozen=True)
class Label:
    """A name: tasks and records that use it, and tasks of each split that do."""

    name: str
    tasks: int
    records: int
    train: int
    val: int
    test: int


@dataclass(frozen=True)
class Passing:
    """Records at a quality threshold or above: how many, their share, and of how many tasks."""

    threshold: float
    records: int
    share: float
    tasks: int


@dataclass(frozen=True)
class AuditResults:
    """Everything that was measured; `inspection.json` is this, see docs/inspect.md.

    Records are numbered from 0 in file order, those that were set aside left out.
    """

    records: dict[str, Any]  # seen, kept, set_aside, limit, reasons
    tasks: dict[str, Any]  # count, by_pairs: tasks by how many pairs they have
    vocabulary: dict[str, Any]  # size, ours, executable, ordered
    labels: list[Label]  # most frequent first
    unused: list[str]  # names of the vocabulary that no task uses
    together: dict[str, Any]  # names, tasks: matrix
    aliases: dict[str, Any]  # always_together, same_effect, no_effect, inputs: how many were executed on
    lengths: dict[int, dict[str, int]]  # tasks and records by program length
    quality: list[Passing]
    quality_values: int  # different values of quality
    complexity: list[float]  # least, quartiles, greatest
    grids: dict[str, Any]
    arc: dict[str, Any]  # the same of ARC-1 training
    equal: dict[str, Any]  # records whose output equals the input, examples
    copies: dict[str, Copies]  # exact, near
    contradictions: Contradictions
    splits: dict[str, dict[str, int]]  # tasks and records of train, val, test
    passing: int  # records that pass the filters of data.*
    refusals: list[str]  # why training would stop before its first step
    leaks: list[Leak]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as JSON holds them."""
        return asdict(self)


@dataclass(frozen=True)
class Cost:
    """What training would cost; measured on a sample, not promised.

    Attributes:
        steps: training steps that were timed.
        step_seconds, check_seconds: medians of a training step and of a validation batch, data included.
        data_share: share of a step spent making its batch.
        batches, val_batches: of an epoch.
        epoch_seconds: `batches * step_seconds + val_batches * check_seconds`.
        epochs: `trainer.max_epochs`.
        features_seconds: once, for executed features of all records; 0 where there are none.
        memory_gib: resident memory of this process after the steps, and all features, which an epoch reads.
        memory_limit_gib: what this machine has.
        gpu_memory_gib: most memory on the GPU; None without one.
        machine: what it was measured on.
        load: processes that wanted a core in the minute before; above the number of cores all is slower.
        cores: what this process may use.
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
