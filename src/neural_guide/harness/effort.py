"""Search effort of different priors on the same tasks, and the figures derived from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Measure = Literal["nodes", "seconds"]

MEASURES: tuple[Measure, ...] = ("nodes", "seconds")
SHARES = (0.2, 0.4, 0.6, 0.8)  # of all tasks
GUIDE = "guide"  # the prior that the others are compared with


@dataclass(frozen=True, eq=False)
class Effort:
    """Effort of the searches with one prior, task by task.

    Attributes:
        nodes: float64 [task], 0 or more; until the task was solved, or until the search stopped unsolved.
        seconds: float64 [task], likewise, including the time of the prior.
        solved: bool [task].

    Raises:
        ValueError: lengths differ, or a value is negative or not finite.
    """

    nodes: Floats
    seconds: Floats
    solved: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        for name in MEASURES:
            values = getattr(self, name)
            if values.shape != self.solved.shape or values.ndim != 1:
                raise ValueError(f"{name} has shape {values.shape}, solved {self.solved.shape}; one value a task")
            if not (np.isfinite(values) & (values >= 0)).all():
                raise ValueError(f"{name} has a value that is negative or not finite; it is what a search spent")

    def __len__(self) -> int:
        return len(self.solved)

    def __getitem__(self, tasks: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> "Effort":
        return Effort(self.nodes[tasks], self.seconds[tasks], self.solved[tasks])

    def get_lower_bounds(self, measure: Measure) -> Floats:
        """Return float64 [task], a lower bound of the effort to solve each task; exact for solved tasks."""
        values: Floats = np.asarray(getattr(self, measure), dtype=np.float64)
        return values

    def get_censored(self, measure: Measure) -> Floats:
        """Return float64 [task], the effort to solve each task; infinite for unsolved tasks."""
        return np.where(self.solved, self.get_lower_bounds(measure), np.inf)


@dataclass(frozen=True)
class EffortQuantile:
    """Effort within which a share of all tasks is solved.

    Attributes:
        prior: prior of the search.
        measure: `nodes` or `seconds`.
        share: share of all tasks, (0, 1].
        value: the effort; None: the budget does not solve so many tasks.
        at_least: lower bound of the effort; equals `value` if that is known and no task below it is censored.
    """

    prior: str
    measure: Measure
    share: float
    value: float | None
    at_least: float


@dataclass(frozen=True)
class EffortRatio:
    """Effort of a prior to solve a share of all tasks, divided by the guide's.

    Attributes:
        prior: prior that is compared with the guide.
        measure: `nodes` or `seconds`.
        share: share of all tasks, (0, 1].
        value: the ratio; above 1 the guide is better.
        is_bound: true: the ratio is above `value`, because the budget ended before the other prior solved the share.
        low: lower end of the bootstrap interval.
        high: its upper end; None: unbounded, because the other prior is censored there.
    """

    prior: str
    measure: Measure
    share: float
    value: float
    is_bound: bool
    low: float
    high: float | None


@dataclass(frozen=True, eq=False)
class EffortComparison:
    """Comparison of priors on one group of tasks.

    Attributes:
        group: name of the group, e.g. `length 3`.
        efforts: by prior, on the same tasks.
        quantiles: one for every prior, measure and share.
        ratios: one for every prior but the guide, where the guide solves the share within its budget.
    """

    group: str
    efforts: Mapping[str, Effort]
    quantiles: tuple[EffortQuantile, ...]
    ratios: tuple[EffortRatio, ...]

    @property
    def task_count(self) -> int:
        """Number of tasks searched."""
        return len(next(iter(self.efforts.values())))

    def get_quantile(self, prior: str, measure: Measure, share: float) -> EffortQuantile:
        """Return one of `quantiles`; the share is one of `SHARES`."""
        key = (prior, measure, share)
        return next(entry for entry in self.quantiles if (entry.prior, entry.measure, entry.share) == key)

    def get_ratio(self, prior: str, measure: Measure, share: float) -> EffortRatio | None:
        """Return one of `ratios`; None: there is none for these."""
        key = (prior, measure, share)
        return next((entry for entry in self.ratios if (entry.prior, entry.measure, entry.share) == key), None)
