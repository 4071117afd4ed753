"""How much sooner a search solves tasks with one prior than with another.

For every prior the same tasks are searched under the same budget. What counts is the effort within which
a share of all tasks is solved: an order statistic, in which a task that was not solved is one that takes
longer than what was spent on it. Nothing is averaged over solved tasks only, which would favour the prior
that gives up on hard ones.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neural_guide.harness.effort import GUIDE, MEASURES, SHARES, Comparison, Effort, Floats, Measure, Need, Ratio

__all__ = ["Comparison", "Effort", "Need", "Ratio", "by_length", "compare", "order_statistics"]

RESAMPLES = 2000
CONFIDENCE = 0.95


def by_length(
    efforts: Mapping[str, Effort], lengths: npt.NDArray[np.int64], *, seed: int = 0, resamples: int = RESAMPLES
) -> list[Comparison]:
    """The priors compared on the tasks of each program length, the shortest first.

    Args:
        efforts: by prior, on the same tasks in the same order; `guide` among them where ratios are wanted.
        lengths: int64 [task], primitives of each task's program.
        seed: see `compare`.
        resamples: see `compare`.
    """
    return [
        compare(
            f"length {length}",
            {prior: effort[lengths == length] for prior, effort in efforts.items()},
            seed=seed,
            resamples=resamples,
        )
        for length in np.unique(lengths).tolist()
    ]


def compare(group: str, efforts: Mapping[str, Effort], *, seed: int = 0, resamples: int = RESAMPLES) -> Comparison:
    """The priors compared on one group of tasks.

    The intervals are percentile intervals of a paired bootstrap (Efron and Tibshirani 1993, chapter 13): each
    resample draws tasks with replacement, the same ones for every prior. Where a resample's share is censored,
    its ratio is only known to lie between two bounds: the lower end of the interval comes from the lower
    bounds, the upper end from the upper ones.

    Args:
        group: the name of the group.
        efforts: by prior, on the same tasks in the same order; one task or more.
        seed: of the resampling; equal seeds give equal intervals.
        resamples: bootstrap samples, 1 or more.

    Raises:
        ValueError: the priors were not given the same number of tasks, or none.
    """
    counts = {len(effort) for effort in efforts.values()}
    if len(counts) != 1 or 0 in counts:
        raise ValueError(f"{group}: priors have {sorted(counts)} tasks; all are run on the same tasks, one or more")
    tasks = counts.pop()
    draws = np.random.default_rng(seed).integers(tasks, size=(resamples, tasks))
    found = {
        (prior, measure): _Quantiles.of(effort, measure, draws)
        for prior, effort in efforts.items()
        for measure in MEASURES
    }
    needs = tuple(
        Need(prior, measure, share, _finite(quantiles.taken[place]), float(quantiles.spent[place]))
        for (prior, measure), quantiles in found.items()
        for place, share in enumerate(SHARES)
    )
    ratios = tuple(
        ratio
        for (prior, measure), quantiles in found.items()
        if prior != GUIDE and GUIDE in efforts
        for place in range(len(SHARES))
        if (ratio := _ratio(prior, measure, place, quantiles, found[GUIDE, measure]))
    )
    return Comparison(group, efforts, needs, ratios)


def order_statistics(values: Floats, shares: tuple[float, ...] = SHARES) -> Floats:
    """The least value that at least a share of the values does not exceed, for each share.

    Args:
        values: float64 [..., task]; infinite where censored.
        shares: each in (0, 1].

    Returns:
        float64 [..., share].
    """
    count = values.shape[-1]
    # 0.6 of 5 must be the third, whatever the product is in binary.
    ranks = [max(0, math.ceil(share * count - 1e-9) - 1) for share in shares]
    return np.partition(values, ranks, axis=-1)[..., ranks]


@dataclass(frozen=True, eq=False)
class _Quantiles:
    """Order statistics of one prior and measure, of all tasks and of each resample.

    `taken` counts an unsolved task as infinite, `spent` as what was spent on it: the truth lies between.
    """

    taken: Floats  # [share]
    spent: Floats  # [share]
    taken_again: Floats  # [resample, share]
    spent_again: Floats  # [resample, share]

    @classmethod
    def of(cls, effort: Effort, measure: Measure, draws: npt.NDArray[np.int64]) -> "_Quantiles":
        taken, spent = effort.taken(measure), effort.spent(measure)
        return cls(
            order_statistics(taken),
            order_statistics(spent),
            order_statistics(taken[draws]),
            order_statistics(spent[draws]),
        )


def _ratio(prior: str, measure: Measure, place: int, other: _Quantiles, guide: _Quantiles) -> Ratio | None:
    """The ratio at one share; None where the guide does not solve it, or takes no time that can be told."""
    taken = guide.taken[place]
    if not 0 < taken < np.inf:
        return None
    is_bound = not np.isfinite(other.taken[place])
    value = float((other.spent if is_bound else other.taken)[place] / taken)
    with np.errstate(divide="ignore", invalid="ignore"):
        lowest = other.spent_again[:, place] / guide.taken_again[:, place]  # 0 where the guide is censored
        highest = other.taken_again[:, place] / guide.spent_again[:, place]
    # A guide that takes no time at all says nothing about how many times less that is.
    lowest = np.where(guide.taken_again[:, place] > 0, lowest, 0.0)
    highest = np.where(guide.spent_again[:, place] > 0, highest, np.inf)
    outside = math.floor((1 - CONFIDENCE) / 2 * len(lowest) + 1e-9)
    low, high = float(np.sort(lowest)[outside]), float(np.sort(highest)[-1 - outside])
    return Ratio(prior, measure, SHARES[place], value, is_bound, low, None if is_bound else _finite(high))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
