"""Comparison of priors on one task: a search with each of them in turn."""

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid, is_equal
from neural_guide.arc.task import Task
from neural_guide.dsl.kernels import compile_kernels
from neural_guide.dsl.program import Program
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.guide.guide import Guide, load_guide
from neural_guide.guide.priors import build_frequency_prior, build_guide_prior, build_oracle_prior
from neural_guide.harness.attempts import AttemptSettings, use_one_core
from neural_guide.harness.effort import Effort
from neural_guide.search.candidates import Candidate
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchSettings
from neural_guide.search.solver import SearchOutcome, solve

PRIORS = ("guide", "frequency", "uniform", "oracle")
ORACLE_MIXING = 1e-3  # the oracle knows the primitives, so it hardly tries others


class ComparisonTask(NamedTuple):
    """A task, and facts about it that a solver may not see.

    Attributes:
        task: pairs and test inputs.
        program: program that makes the outputs, for the oracle; None: the unguided search has to find it.
        answers: outputs of the tests; empty: the first program that explains the pairs counts.
        settings: the guide's checkpoint, the budget and the search settings.
    """

    task: Task
    program: Program | None
    answers: tuple[Grid, ...]
    settings: AttemptSettings


class PriorResult(NamedTuple):
    """Result of a search with one prior."""

    solved: bool
    nodes: int  # until it was solved, else in all
    seconds: float
    program: Program


PriorResults = dict[str, PriorResult]  # by prior


def compare_priors(task: ComparisonTask) -> PriorResults:
    """Search a task with every prior, the unguided one first; in this process, on one core.

    If neither the program is given nor the unguided search solves the task, the other priors are not tried.
    """
    guide = load_guide_once(str(task.settings.checkpoint))
    uniform = _search(task, Prior.uniform(len(guide.programs)), _bare_settings())
    results = {"uniform": uniform}
    program = task.program or uniform.program
    if not (task.program or uniform.solved):
        return results
    results["oracle"] = _search(
        task, build_oracle_prior(guide.programs, program), replace(_bare_settings(), uniform_mixing=ORACLE_MIXING)
    )
    results["frequency"] = _search(task, build_frequency_prior(guide), _bare_settings())
    started = time.perf_counter()
    prior = build_guide_prior(guide, task.task)
    results["guide"] = _search(task, prior, task.settings.resolved_search, time.perf_counter() - started)
    return results


def collect_efforts(results: Sequence[PriorResults]) -> dict[str, Effort]:
    """Return the effort of every prior on each task, in the order of `PRIORS`.

    Args:
        results: one per task, each with all priors.
    """
    efforts = {}
    for prior in PRIORS:
        searches = [by_prior[prior] for by_prior in results]
        efforts[prior] = Effort(
            np.array([search.nodes for search in searches], dtype=np.float64),
            np.array([search.seconds for search in searches]),
            np.array([search.solved for search in searches]),
        )
    return efforts


def _search(task: ComparisonTask, prior: Prior, settings: SearchSettings, prior_seconds: float = 0.0) -> PriorResult:
    """Search once; the seconds include those that the prior took."""
    answers = 2 if task.answers else 1
    vocabulary = Vocabulary(task.settings.names)
    settings = replace(settings.programs_only, answers=answers)
    outcome = solve(task.task, vocabulary, prior, task.settings.budget, settings)
    correct = _find_correct(outcome, task.answers)
    if correct is None:
        return PriorResult(False, outcome.nodes, outcome.seconds + prior_seconds, ())
    return PriorResult(True, correct.nodes, correct.seconds + prior_seconds, correct.program)


def _find_correct(outcome: SearchOutcome, answers: tuple[Grid, ...]) -> Candidate | None:
    if not answers:
        return outcome.candidates[0] if outcome.candidates else None
    return next((candidate for candidate in outcome.candidates if _is_right(candidate, answers)), None)


def _is_right(candidate: Candidate, answers: tuple[Grid, ...]) -> bool:
    return all(
        given is not None and is_equal(given, answer) for given, answer in zip(candidate.answers, answers, strict=True)
    )


def _bare_settings() -> SearchSettings:
    """Return settings without the unguided share, so that a prior is measured on its own order alone."""
    return SearchSettings(unguided_share=0.0)


@lru_cache(maxsize=1)
def load_guide_once(checkpoint: str) -> Guide:
    """Load the guide once per process, limit the process to one core, and compile the primitives' kernels."""
    use_one_core()
    compile_kernels()
    return load_guide(checkpoint)
