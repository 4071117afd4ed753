"""Each prior on the same task, one after the other: what a comparison of priors is made of."""

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid, is_equal_list
from neural_guide.arc.task import Task
from neural_guide.dsl.kernels import compile_kernels
from neural_guide.dsl.program import Program
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.guide.guide import Guide, load_guide
from neural_guide.guide.priors import frequency_prior, guide_prior, oracle_prior
from neural_guide.harness.attempts import AttemptSettings
from neural_guide.harness.effort import Effort
from neural_guide.harness.single_core import use_one_core
from neural_guide.search.candidates import Candidate
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchSettings
from neural_guide.search.solver import Outcome, solve

PRIORS = ("guide", "frequency", "uniform", "oracle")
ORACLE_MIXING = 1e-3  # who knows the set hardly looks elsewhere


class Runner(NamedTuple):
    """A task, and what is known of it apart from what a solver may see.

    Attributes:
        task: all that a solver sees.
        program: that makes the outputs, for the oracle; None where the unguided search has to find it.
        answers: of the test inputs; none: the first program that explains the pairs counts.
        settings: the guide's checkpoint, the budget and the way of searching.
    """

    task: Task
    program: Program | None
    answers: tuple[Grid, ...]
    settings: AttemptSettings


class Finish(NamedTuple):
    """How far a search with one prior came."""

    solved: bool
    nodes: int  # until it was solved, else in all
    seconds: float
    program: Program


Race = dict[str, Finish]  # by prior


def race(runner: Runner) -> Race:
    """Search a task with every prior, the unguided one first; in this process, on one core.

    A task whose program is not known and that the unguided order does not solve is left to it: nobody runs on it.
    """
    guide = _guide(str(runner.settings.checkpoint))
    uniform = _run(runner, Prior.uniform(len(guide.vocabulary)), _plain())
    found = {"uniform": uniform}
    program = runner.program or uniform.program
    if not (runner.program or uniform.solved):
        return found
    found["oracle"] = _run(
        runner, oracle_prior(guide.vocabulary, program), replace(_plain(), uniform_mixing=ORACLE_MIXING)
    )
    found["frequency"] = _run(runner, frequency_prior(guide), _plain())
    started = time.perf_counter()
    prior = guide_prior(guide, runner.task)
    found["guide"] = _run(runner, prior, runner.settings.resolved_search, time.perf_counter() - started)
    return found


def efforts_of(races: Sequence[Race]) -> dict[str, Effort]:
    """What every prior spent on each task, in the order of `PRIORS`; all ran on all tasks."""
    efforts = {}
    for prior in PRIORS:
        finishes = [each[prior] for each in races]
        efforts[prior] = Effort(
            np.array([finish.nodes for finish in finishes], dtype=np.float64),
            np.array([finish.seconds for finish in finishes]),
            np.array([finish.solved for finish in finishes]),
        )
    return efforts


def _run(runner: Runner, prior: Prior, search: SearchSettings, before: float = 0.0) -> Finish:
    """One search; `before`: seconds that making the prior took."""
    answers = 2 if runner.answers else 1
    names = Vocabulary(runner.settings.names)
    search = replace(search.programs_only, answers=answers)
    outcome = solve(runner.task, names, prior, runner.settings.budget, search)
    right = _right(outcome, runner.answers)
    if right is None:
        return Finish(False, outcome.nodes, outcome.seconds + before, ())
    return Finish(True, right.nodes, right.seconds + before, right.program)


def _right(outcome: Outcome, answers: tuple[Grid, ...]) -> Candidate | None:
    if not answers:
        return outcome.candidates[0] if outcome.candidates else None
    return next((each for each in outcome.candidates if is_equal_list(each.answers, answers)), None)


def _plain() -> SearchSettings:
    """Nothing but the prior's own order: a competitor pays for no safety net."""
    return SearchSettings(unguided_share=0.0)


@lru_cache(maxsize=1)
def _guide(checkpoint: str) -> Guide:
    """The guide, loaded once a process, which then uses one core and has compiled what primitives call."""
    use_one_core()
    compile_kernels()
    return load_guide(checkpoint)
