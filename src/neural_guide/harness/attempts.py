"""Tasks searched by processes of their own: one that crashes or hangs costs that task only."""

import contextlib
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from neural_guide.arc.task import Pair, Task
from neural_guide.dsl.kernels import compile_kernels
from neural_guide.dsl.vocabulary import V2, Vocabulary
from neural_guide.guide.guide import Guide, load_guide
from neural_guide.guide.priors import frequency_prior, guide_prior, oracle_prior
from neural_guide.harness.isolated_workers import Failed, done_apart
from neural_guide.harness.single_core import use_one_core
from neural_guide.harness.task_results import Entry, Searched
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import Outcome, solve

GRACE = 60.0  # seconds beyond its budgets after which an attempt counts as hung


@dataclass(frozen=True)
class AttemptSettings:
    """How tasks are searched.

    Attributes:
        checkpoint: the guide's; None where the prior needs no guide.
        prior: guide, frequency, uniform or oracle.
        names: the vocabulary of the programs.
        budget: where a search stops.
        search: how it proceeds.
    """

    checkpoint: str | None
    prior: str
    names: tuple[str, ...]
    budget: SearchBudget
    search: SearchSettings

    @property
    def resolved_search(self) -> SearchSettings:
        """The search settings with every null choice made for this vocabulary."""
        return self.search.resolve(extended=set(self.names) != set(V2.names))


class Attempt(Protocol):
    """What is done for a task."""

    def __call__(self, task: Task, settings: AttemptSettings, guide: Guide | None) -> Entry:
        """The searches for one task."""
        ...


def attempt(task: Task, settings: AttemptSettings, guide: Guide | None) -> Entry:
    """Search for programs of one task; the guide's time counts in its seconds.

    Where a guided search spends its budget without a candidate, an unguided one of the same budget follows, so
    that it can be told whether the guide misled.
    """
    vocabulary = Vocabulary(settings.names)
    prior, asking = _prior(task, settings, guide, vocabulary)
    outcome = _search(task, settings, prior, vocabulary)
    searched = Searched.of(outcome, asking)
    if settings.prior != "guide" or guide is None or outcome.candidates or outcome.exhausted:
        return Entry(task.task_id, searched)
    unguided = Searched.of(_search(task, settings, Prior.uniform(len(vocabulary)), vocabulary))
    return Entry(task.task_id, searched, unguided, tuple(guide.probabilities(task).tolist()))


def _search(
    task: Task, settings: AttemptSettings, prior: Prior | Callable[[Task], Prior], vocabulary: Vocabulary
) -> Outcome:
    return solve(task, vocabulary, prior, settings.budget, settings.resolved_search)


def _prior(
    task: Task, settings: AttemptSettings, guide: Guide | None, vocabulary: Vocabulary
) -> tuple[Prior | Callable[[Task], Prior], float]:
    """What the search follows, and the seconds that it took; to know what no search can know takes none."""
    started = time.perf_counter()
    if settings.prior == "guide":
        assert guide is not None
        if settings.resolved_search.forms:
            return partial(guide_prior, guide), 0.0
        return guide_prior(guide, task), time.perf_counter() - started
    if settings.prior == "frequency":
        assert guide is not None
        return frequency_prior(guide), 0.0
    uniform = Prior.uniform(len(vocabulary))
    if settings.prior == "uniform":
        return uniform, 0.0
    known = solve(task, vocabulary, uniform, settings.budget, settings.resolved_search.programs_only).candidates
    return oracle_prior(vocabulary, known[0].program) if known else uniform, 0.0


def attempts(
    tasks: Sequence[Task], settings: AttemptSettings, workers: int, *, attempt: Attempt = attempt, grace: float = GRACE
) -> Generator[Entry, None, None]:
    """Search all tasks, in any order of finishing; close it where it is left early.

    Args:
        tasks: what a solver may see of them.
        settings: the same for all.
        workers: processes.
        attempt: what is done for a task; a function that can be pickled.
        grace: seconds beyond its budgets after which an attempt counts as hung.

    Raises:
        UserError: the guide cannot be loaded, or processes end before they begin.
    """
    most = settings.budget.seconds * (2 if settings.prior in ("guide", "oracle") else 1) + grace
    with contextlib.closing(done_apart(tasks, partial(_ready, settings, attempt), workers, most)) as done:
        for task, answer in done:
            yield Entry(task.task_id, failure=answer.words) if isinstance(answer, Failed) else answer


def _ready(settings: AttemptSettings, attempt: Attempt) -> Callable[[Task], Entry]:
    """Make a process ready: it uses one core, and reads the guide once."""
    use_one_core()
    guide = load_guide(settings.checkpoint) if settings.checkpoint else None
    _warm_up(settings, guide)
    return partial(attempt, settings=settings, guide=guide)


def _warm_up(settings: AttemptSettings, guide: Guide | None) -> None:
    """Search once: what is compiled or loaded at the first call is not paid for out of a task's seconds."""
    compile_kernels()
    cell = np.ones((1, 1), dtype=np.uint8)
    task, vocabulary = Task("", (Pair(cell, cell + 1), Pair(cell, cell + 2)), (cell,)), Vocabulary(settings.names)
    prior, _ = _prior(task, settings, guide, vocabulary)
    solve(task, vocabulary, prior, SearchBudget(nodes=2 * len(vocabulary), length=2), settings.resolved_search)
