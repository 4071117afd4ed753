"""Priors compared in seconds: whole searches of tasks under each prior, each on one core."""

from collections.abc import Callable, Sequence
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
    """A task to search under one prior.

    Attributes:
        arc_task: a task with its answers.
        prior: one of `SECONDS_PRIORS`.
        checkpoint: path of the guide.
        budget: limits of the search.
        search: settings of the search.
    """

    arc_task: ArcTask
    prior: str
    checkpoint: str
    budget: SearchBudget
    search: SearchSettings


def list_jobs(
    tasks: Sequence[ArcTask], checkpoint: str, budget: SearchBudget, search: SearchSettings, seed: int
) -> list[SecondsJob]:
    """List the searches of tasks under every prior, in random order.

    Searches of one task are far apart, so that none finds what another one has left in the caches of the process.

    Args:
        tasks: tasks with their answers.
        checkpoint: path of the guide.
        budget: limits of each search.
        search: settings of each search.
        seed: seed of the order.
    """
    jobs = [SecondsJob(arc, prior, checkpoint, budget, search) for prior in SECONDS_PRIORS for arc in tasks]
    return [jobs[index] for index in np.random.default_rng(seed).permutation(len(jobs)).tolist()]


def time_search(job: SecondsJob) -> list[float]:
    """Return the seconds to the right attempt at each test output; infinite for one that is not solved."""
    guide = load_guide_once(job.checkpoint)
    task, answers = job.arc_task.task, job.arc_task.answers or ()
    priors: dict[str, Callable[[], SearchPrior]] = {
        "uniform": lambda: Prior.uniform(len(guide.programs)),
        "frequency": lambda: build_frequency_prior(guide),
        "guide": lambda: build_search_prior(guide, task),
    }
    outcome = solve(task, guide.programs, priors[job.prior](), job.budget, job.search)
    return [_find_seconds(outcome, test, answer) for test, answer in enumerate(answers)]


def _find_seconds(outcome: SearchOutcome, test: int, answer: Grid) -> float:
    """Return the seconds after which the right attempt at a test was found; infinite if no attempt is right."""
    for attempt in outcome.answers[test] if outcome.answers else ():
        candidate = outcome.candidates[attempt.candidate]
        given = candidate.answers[test]
        if given is not None and is_equal(given, answer):
            return candidate.seconds
    return float("inf")
