"""Attempts at many tasks in isolated processes: a crash or hang costs one task only.

No process imports torch, not even for a shipped guide: one starts in a third of the time and memory.
"""

import contextlib
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from threadpoolctl import threadpool_limits

from neural_guide.arc.task import Pair, Task
from neural_guide.dsl.kernels import compile_kernels
from neural_guide.dsl.vocabulary import V2, Vocabulary
from neural_guide.harness.isolated_workers import JobFailure, WorkerPool, run_isolated
from neural_guide.harness.local_workers import LocalPool
from neural_guide.harness.ray_workers import RayPool
from neural_guide.harness.task_results import SearchResult, TaskResult
from neural_guide.harness.time_limit import TimeLimit
from neural_guide.runtime.cpu import count_cores
from neural_guide.runtime.ray_cluster import connect_to_ray
from neural_guide.search.prior import LatePrior, Prior, SearchPrior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import SearchOutcome, solve

if TYPE_CHECKING:
    from neural_guide.guide.guide import Guide

GRACE = 60.0  # seconds beyond its budgets after which an attempt counts as hung


@dataclass(frozen=True)
class AttemptSettings:
    """Settings of the searches, the same for all tasks.

    Attributes:
        checkpoint: path of the guide; None: the prior needs no guide.
        prior: guide, frequency, uniform or oracle.
        names: vocabulary of the programs.
        budget: limits of a search.
        search: settings of a search.
    """

    checkpoint: str | None
    prior: str
    names: tuple[str, ...]
    budget: SearchBudget
    search: SearchSettings

    @property
    def max_searches(self) -> int:
        """The most searches for one task, each with the whole budget."""
        return 2 if self.prior == "oracle" or self.checks_guide else 1

    @property
    def checks_guide(self) -> bool:
        """True if an unguided search follows where a guide finds nothing; one that orders jobs alone rules none out."""
        return self.prior == "guide" and not self.resolved_search.forms

    @property
    def resolved_search(self) -> SearchSettings:
        """The search settings with every null choice made for this vocabulary."""
        return self.search.resolve(extended=set(self.names) != set(V2.names))


class Attempt(Protocol):
    """Function that attempts one task."""

    def __call__(self, task: Task, settings: AttemptSettings, guide: "Guide | None") -> TaskResult:
        """Return the result of the searches for one task."""
        ...


def attempt_task(task: Task, settings: AttemptSettings, guide: "Guide | None") -> TaskResult:
    """Search for programs of one task; its seconds include the time of the guide.

    If a guided search of programs alone spends its budget without a candidate, an unguided search with the same budget
    follows, which shows whether the guide misled the first one.
    """
    vocabulary = Vocabulary(settings.names)
    prior, prior_seconds = _make_prior(task, settings, guide, vocabulary)
    outcome = _search(task, settings, prior, vocabulary)
    search = SearchResult.from_outcome(outcome, prior_seconds)
    if not settings.checks_guide or guide is None or outcome.candidates or outcome.is_exhausted:
        return TaskResult(task.task_id, search)
    unguided = SearchResult.from_outcome(_search(task, settings, Prior.uniform(len(vocabulary)), vocabulary))
    return TaskResult(task.task_id, search, unguided, tuple(guide.probabilities(task).tolist()))


def _search(task: Task, settings: AttemptSettings, prior: SearchPrior, vocabulary: Vocabulary) -> SearchOutcome:
    return solve(task, vocabulary, prior, settings.budget, settings.resolved_search)


def _make_prior(
    task: Task, settings: AttemptSettings, guide: "Guide | None", vocabulary: Vocabulary
) -> tuple[SearchPrior, float]:
    """Return the prior of a search, and the seconds that it took; the oracle's knowledge counts as free."""
    started = time.perf_counter()
    if settings.prior == "uniform":
        return Prior.uniform(len(vocabulary)), 0.0
    from neural_guide.guide.priors import (
        build_frequency_prior,
        build_guide_prior,
        build_oracle_prior,
        build_search_prior,
    )

    if settings.prior == "guide":
        assert guide is not None
        if settings.resolved_search.forms:
            return build_search_prior(guide, task), 0.0
        return build_guide_prior(guide, task), time.perf_counter() - started
    if settings.prior == "frequency":
        assert guide is not None
        return build_frequency_prior(guide), 0.0
    uniform = Prior.uniform(len(vocabulary))
    candidates = solve(task, vocabulary, uniform, settings.budget, settings.resolved_search.programs_only).candidates
    return build_oracle_prior(vocabulary, candidates[0].program) if candidates else uniform, 0.0


@contextlib.contextmanager
def open_pool(workers: int | str | None) -> Iterator[WorkerPool]:
    """Yield the place where tasks are searched, for as long as the block runs.

    Args:
        workers: number of processes of this machine; None: one a core; `ray`: those of a Ray cluster.

    Raises:
        UserError: there is no Ray cluster.
    """
    if isinstance(workers, str):
        with connect_to_ray() as cluster:
            yield RayPool(cluster)
    else:
        yield LocalPool(workers or count_cores())


class _TimedTask(NamedTuple):
    """A task, and the seconds for each of its searches."""

    task: Task
    seconds: float


def run_attempts(
    tasks: Sequence[Task],
    settings: AttemptSettings,
    pool: WorkerPool,
    *,
    time_limit: TimeLimit | None = None,
    attempt: Attempt = attempt_task,
    grace: float = GRACE,
) -> Generator[TaskResult, None, None]:
    """Attempt all tasks and yield their results as they finish; close the generator to stop early.

    Args:
        tasks: tasks without test outputs.
        settings: settings of the searches.
        pool: where the tasks are searched.
        time_limit: limit of the run. It shortens the searches, and tasks that are not finished at its end have no
            result; None: no limit.
        attempt: function that attempts one task; can be pickled.
        grace: seconds beyond its budgets after which an attempt counts as hung.

    Raises:
        UserError: the guide cannot be loaded, or processes end before they begin.
    """
    limit = time_limit or TimeLimit(time.monotonic())

    def shorten(job: _TimedTask, waiting: int) -> _TimedTask:
        share = limit.share_seconds(time.monotonic(), waiting, pool.count()) / settings.max_searches
        return job._replace(seconds=min(settings.budget.seconds, share))

    guide = _load_guide(settings.checkpoint) if settings.checkpoint and not pool.shares_files else None
    jobs = run_isolated(
        [_TimedTask(task, settings.budget.seconds) for task in tasks],
        partial(_prepare_worker, settings, attempt, guide),
        pool,
        settings.budget.seconds * settings.max_searches + grace,
        end=limit.search_end,
        adapt=shorten,
    )
    with contextlib.closing(jobs):
        for job, result in jobs:
            yield TaskResult(job.task.task_id, failure=result.message) if isinstance(result, JobFailure) else result


def _prepare_worker(
    settings: AttemptSettings, attempt: Attempt, guide: "Guide | None"
) -> Callable[[_TimedTask], TaskResult]:
    """Prepare a process: limit it to one core, and load the guide once, unless it was sent along."""
    if guide is None and settings.checkpoint:
        guide = _load_guide(settings.checkpoint)
    _warm_up(settings, guide)
    use_one_core()
    return partial(_attempt_in_time, settings=settings, guide=guide, attempt=attempt)


def _attempt_in_time(job: _TimedTask, settings: AttemptSettings, guide: "Guide | None", attempt: Attempt) -> TaskResult:
    budget = replace(settings.budget, seconds=job.seconds)
    return attempt(job.task, replace(settings, budget=budget), guide)


def _load_guide(checkpoint: str) -> "Guide":
    from neural_guide.guide.guide import load_guide

    return load_guide(checkpoint)


def use_one_core() -> None:
    """Limit torch and every BLAS that this process has loaded to one thread; there is one process per core."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
    threadpool_limits(1)


def _warm_up(settings: AttemptSettings, guide: "Guide | None") -> None:
    """Search once, so that compiling and loading at the first call do not count in a task's seconds."""
    compile_kernels()
    cell = np.ones((1, 1), dtype=np.uint8)
    task, vocabulary = Task("", (Pair(cell, cell + 1), Pair(cell, cell + 2)), (cell,)), Vocabulary(settings.names)
    prior, _ = _make_prior(task, settings, guide, vocabulary)
    if isinstance(prior, LatePrior):
        prior.query()
    solve(task, vocabulary, prior, SearchBudget(nodes=2 * len(vocabulary), length=2), settings.resolved_search)
