"""Priors compared in seconds: whole searches of a task under each prior, one after the other on one core."""

import zlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from neural_guide.arc.collections import ArcTask
from neural_guide.arc.grid import Grid, is_equal
from neural_guide.guide.priors import build_frequency_prior, build_search_prior
from neural_guide.harness.prior_comparison import load_guide_once
from neural_guide.search.prior import Prior, SearchPrior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import SearchOutcome, solve

SECONDS_PRIORS = ("uniform", "frequency", "guide")
"""Priors in the order of reports; a search queries the guide itself, so its seconds include the query."""


class SecondsJob(NamedTuple):
    """A task to search under every prior.

    Attributes:
        arc_task: a task with its answers.
        checkpoint: path of the guide.
        budget: limits of each search.
        search: settings of each search.
    """

    arc_task: ArcTask
    checkpoint: str
    budget: SearchBudget
    search: SearchSettings


def time_priors(job: SecondsJob) -> dict[str, list[float]]:
    """Search a task under every prior, in an order drawn from its name.

    Returns:
        By prior, the seconds to the right attempt at each test output; infinite for one that is not solved.
    """
    guide = load_guide_once(job.checkpoint)
    task, answers = job.arc_task.task, job.arc_task.answers or ()
    priors: dict[str, Callable[[], SearchPrior]] = {
        "uniform": lambda: Prior.uniform(len(guide.programs)),
        "frequency": lambda: build_frequency_prior(guide),
        "guide": lambda: build_search_prior(guide, task),
    }
    order = np.random.default_rng(zlib.crc32(task.task_id.encode())).permutation(len(SECONDS_PRIORS))
    needs: dict[str, list[float]] = {}
    for name in (SECONDS_PRIORS[place] for place in order.tolist()):
        outcome = solve(task, guide.programs, priors[name](), job.budget, job.search)
        needs[name] = [_find_seconds(outcome, test, answer) for test, answer in enumerate(answers)]
    return {name: needs[name] for name in SECONDS_PRIORS}


def _find_seconds(outcome: SearchOutcome, test: int, answer: Grid) -> float:
    """Return the seconds after which the right attempt at a test was found; infinite if no attempt is right."""
    for attempt in outcome.answers[test] if outcome.answers else ():
        candidate = outcome.candidates[attempt.candidate]
        given = candidate.answers[test]
        if given is not None and is_equal(given, answer):
            return candidate.seconds
    return float("inf")
