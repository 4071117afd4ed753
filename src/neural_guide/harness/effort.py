"""What searches with different priors spent on the same tasks, and what is concluded from it."""

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
    """What the searches with one prior spent on each task.

    Attributes:
        nodes: [task], until the task was solved, or until the search stopped where it was not; 0 or more.
        seconds: [task], the same in seconds, the prior's own time included.
        solved: bool [task].

    Raises:
        ValueError: lengths differ, or a value is negative or not finite.
    """

    nodes: Floats
    seconds: Floats
    solved: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        for name in MEASURES:
            spent = getattr(self, name)
            if spent.shape != self.solved.shape or spent.ndim != 1:
                raise ValueError(f"{name} has shape {spent.shape}, solved {self.solved.shape}; one value a task")
            if not (np.isfinite(spent) & (spent >= 0)).all():
                raise ValueError(f"{name} has a value that is negative or not finite; it is what a search spent")

    def __len__(self) -> int:
        return len(self.solved)

    def __getitem__(self, tasks: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> "Effort":
        return Effort(self.nodes[tasks], self.seconds[tasks], self.solved[tasks])

    def spent(self, measure: Measure) -> Floats:
        """float64 [task], a lower bound of what the task takes; exact where it is solved."""
        spent: Floats = np.asarray(getattr(self, measure), dtype=np.float64)
        return spent

    def taken(self, measure: Measure) -> Floats:
        """float64 [task], infinite where the task is not solved."""
        return np.where(self.solved, self.spent(measure), np.inf)


@dataclass(frozen=True)
class Need:
    """The effort within which a share of all tasks is solved.

    Attributes:
        prior: that guides the search.
        measure: `nodes` or `seconds`.
        share: of all tasks, (0, 1].
        value: None where the budget does not solve so many.
        at_least: what it takes at least; `value` where there is one and nothing was censored below it.
    """

    prior: str
    measure: Measure
    share: float
    value: float | None
    at_least: float


@dataclass(frozen=True)
class Ratio:
    """How many times more a prior needs than the guide to solve a share of all tasks.

    Attributes:
        prior: that is compared with the guide.
        measure: `nodes` or `seconds`.
        share: of all tasks, (0, 1].
        value: of the ratio; above 1 the guide is better.
        is_bound: the ratio is above `value`: the budget ended before the other prior solved the share.
        low: lower end of the bootstrap interval.
        high: its upper end; None: no bound, since the other prior is censored there.
    """

    prior: str
    measure: Measure
    share: float
    value: float
    is_bound: bool
    low: float
    high: float | None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Priors on one group of tasks.

    Attributes:
        group: its name, e.g. `length 3`.
        efforts: by prior, on the same tasks.
        needs: for every prior, measure and share.
        ratios: for every prior but the guide, where the guide solves the share within its budget.
    """

    group: str
    efforts: Mapping[str, Effort]
    needs: tuple[Need, ...]
    ratios: tuple[Ratio, ...]

    @property
    def tasks(self) -> int:
        """How many tasks were searched."""
        return len(next(iter(self.efforts.values())))

    def need(self, prior: str, measure: Measure, share: float) -> Need:
        """One of `needs`; the share is one of `SHARES`."""
        return next(need for need in self.needs if (need.prior, need.measure, need.share) == (prior, measure, share))

    def ratio(self, prior: str, measure: Measure, share: float) -> Ratio | None:
        """One of `ratios`; None where nothing can be said."""
        wanted = (prior, measure, share)
        return next((one for one in self.ratios if (one.prior, one.measure, one.share) == wanted), None)
