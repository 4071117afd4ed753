"""Speed-up of search by one prior over another.

Every prior searches the same tasks under the same budget. The figure is the effort within which a share of all tasks
is solved: an order statistic, in which an unsolved task is censored at the effort spent on it. There is no average over
solved tasks only, which would favour a prior that gives up on hard ones.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neural_guide.harness.effort import (
    GUIDE,
    MEASURES,
    SHARES,
    Effort,
    EffortComparison,
    EffortQuantile,
    EffortRatio,
    Floats,
    Measure,
)

__all__ = [
    "Effort",
    "EffortComparison",
    "EffortQuantile",
    "EffortRatio",
    "compare_by_length",
    "compare_efforts",
    "compute_order_statistics",
]

RESAMPLES = 2000
CONFIDENCE = 0.95


def compare_by_length(
    efforts: Mapping[str, Effort], lengths: npt.NDArray[np.int64], *, seed: int = 0, resamples: int = RESAMPLES
) -> list[EffortComparison]:
    """Compare the priors on the tasks of each program length, the shortest first.

    Args:
        efforts: by prior, on the same tasks in the same order; with `guide` among them there are ratios.
        lengths: int64 [task], primitives of each task's program.
        seed: see `compare_efforts`.
        resamples: see `compare_efforts`.
    """
    return [
        compare_efforts(
            f"length {length}",
            {prior: effort[lengths == length] for prior, effort in efforts.items()},
            seed=seed,
            resamples=resamples,
        )
        for length in np.unique(lengths).tolist()
    ]


def compare_efforts(
    group: str, efforts: Mapping[str, Effort], *, seed: int = 0, resamples: int = RESAMPLES
) -> EffortComparison:
    """Compare the priors on one group of tasks.

    The intervals are percentile intervals of a paired bootstrap (Efron and Tibshirani 1993, chapter 13): each
    resample draws tasks with replacement, the same ones for every prior. If a resample's share is censored, its ratio
    is only known to lie between two bounds. The lower end of the interval comes from the lower bounds, the upper end
    from the upper ones.

    Args:
        group: name of the group.
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
    statistics = {
        (prior, measure): _OrderStatistics.compute(effort, measure, draws)
        for prior, effort in efforts.items()
        for measure in MEASURES
    }
    quantiles = tuple(
        EffortQuantile(prior, measure, share, _none_if_infinite(entry.censored[index]), float(entry.lower[index]))
        for (prior, measure), entry in statistics.items()
        for index, share in enumerate(SHARES)
    )
    ratios = tuple(
        ratio
        for (prior, measure), entry in statistics.items()
        if prior != GUIDE and GUIDE in efforts
        for index in range(len(SHARES))
        if (ratio := _compute_ratio(prior, measure, index, entry, statistics[GUIDE, measure]))
    )
    return EffortComparison(group, efforts, quantiles, ratios)


def compute_order_statistics(values: Floats, shares: tuple[float, ...] = SHARES) -> Floats:
    """Return for each share the least value that at least this share of the values does not exceed.

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
class _OrderStatistics:
    """Order statistics of one prior and measure, of all tasks and of each resample.

    `censored` counts an unsolved task as infinite, `lower` as the effort spent on it: the truth lies between.
    """

    censored: Floats  # [share]
    lower: Floats  # [share]
    resampled_censored: Floats  # [resample, share]
    resampled_lower: Floats  # [resample, share]

    @classmethod
    def compute(cls, effort: Effort, measure: Measure, draws: npt.NDArray[np.int64]) -> "_OrderStatistics":
        censored, lower = effort.get_censored(measure), effort.get_lower_bounds(measure)
        return cls(
            censored=compute_order_statistics(censored),
            lower=compute_order_statistics(lower),
            resampled_censored=compute_order_statistics(censored[draws]),
            resampled_lower=compute_order_statistics(lower[draws]),
        )


def _compute_ratio(
    prior: str, measure: Measure, index: int, other: _OrderStatistics, guide: _OrderStatistics
) -> EffortRatio | None:
    """Return the ratio at one share; None: the guide does not solve it, or takes no measurable time."""
    guide_effort = guide.censored[index]
    if not 0 < guide_effort < np.inf:
        return None
    is_bound = not np.isfinite(other.censored[index])
    value = float((other.lower if is_bound else other.censored)[index] / guide_effort)
    with np.errstate(divide="ignore", invalid="ignore"):
        lowest = other.resampled_lower[:, index] / guide.resampled_censored[:, index]  # 0 where the guide is censored
        highest = other.resampled_censored[:, index] / guide.resampled_lower[:, index]
    # A ratio to a guide that takes no time at all is not defined: it is bounded by 0 and infinity.
    lowest = np.where(guide.resampled_censored[:, index] > 0, lowest, 0.0)
    highest = np.where(guide.resampled_lower[:, index] > 0, highest, np.inf)
    outside = math.floor((1 - CONFIDENCE) / 2 * len(lowest) + 1e-9)
    low, high = float(np.sort(lowest)[outside]), float(np.sort(highest)[-1 - outside])
    return EffortRatio(
        prior=prior,
        measure=measure,
        share=SHARES[index],
        value=value,
        is_bound=is_bound,
        low=low,
        high=None if is_bound else _none_if_infinite(high),
    )


def _none_if_infinite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
