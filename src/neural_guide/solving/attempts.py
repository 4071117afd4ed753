"""Tasks searched by processes of their own: one that crashes or hangs costs that task only."""

import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import torch
from pebble import ProcessExpired, ProcessPool

from neural_guide.config import BudgetConfig, SearchConfig
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.errors import UserError
from neural_guide.learn.guide import Guide, load_guide
from neural_guide.priors import frequency_prior, guide_prior, oracle_prior
from neural_guide.search.prior import Prior
from neural_guide.search.solver import Budget, Outcome, Strategy, solve
from neural_guide.solving.entries import Entry, Searched
from neural_guide.task import Task

GRACE = 60.0  # seconds beyond its budgets after which an attempt counts as hung; a worker's start is in it
AHEAD = 2  # tasks a worker that are handed out before they are due


@dataclass(frozen=True)
class Settings:
    """How tasks are searched.

    Attributes:
        checkpoint: of the guide; None where the prior needs none.
        prior: guide, frequency, uniform or oracle.
        names: the vocabulary that programs are made of.
        budget: where a search stops.
        search: how it goes.
    """

    checkpoint: str | None
    prior: str
    names: tuple[str, ...]
    budget: BudgetConfig
    search: SearchConfig

    @property
    def limit(self) -> Budget:
        """The budget as the solver takes it."""
        return Budget(self.budget.nodes, self.budget.seconds, self.budget.length, self.budget.memory_mib)

    @property
    def strategy(self) -> Strategy:
        """The way of searching as the solver takes it."""
        search = self.search
        return Strategy(
            search.order,  # type: ignore[arg-type]
            search.exhaustive,
            search.ask_after,
            search.floor,
            search.unguided_share,
        )


def attempt(task: Task, settings: Settings, guide: Guide | None) -> Entry:
    """Search for programs of one task; the guide's time counts in its seconds.

    Where a guided search spends its budget without a candidate, an unguided one of the same budget follows, so
    that it can be told whether the guide misled.
    """
    vocabulary, started = Vocabulary(settings.names), time.perf_counter()
    prior, before = _prior(task, settings, guide, vocabulary)
    outcome = _search(task, settings, prior, vocabulary)
    seconds = time.perf_counter() - started - before
    unguided = None
    if settings.prior == "guide" and not outcome.candidates and not outcome.exhausted:
        then = time.perf_counter()
        unguided = Searched.of(
            _search(task, settings, Prior.uniform(len(vocabulary)), vocabulary), time.perf_counter() - then
        )
    chances = tuple(guide.probabilities(task).tolist()) if guide and settings.prior == "guide" else ()
    return Entry(task.task_id, Searched.of(outcome, seconds), unguided, chances)


def _search(task: Task, settings: Settings, prior: Prior, vocabulary: Vocabulary) -> Outcome:
    return solve(task, vocabulary, prior, settings.limit, settings.strategy)


def _prior(task: Task, settings: Settings, guide: Guide | None, vocabulary: Vocabulary) -> tuple[Prior, float]:
    """What the search follows, and the seconds that went into knowing what no search can know."""
    if settings.prior == "guide":
        assert guide is not None
        return guide_prior(guide, task), 0.0
    if settings.prior == "frequency":
        assert guide is not None
        return frequency_prior(guide), 0.0
    uniform = Prior.uniform(len(vocabulary))
    if settings.prior == "uniform":
        return uniform, 0.0
    started = time.perf_counter()
    known = _search(task, settings, uniform, vocabulary).candidates
    return oracle_prior(vocabulary, known[0].program) if known else uniform, time.perf_counter() - started


def attempts(tasks: Sequence[Task], settings: Settings, workers: int) -> Iterator[Entry]:
    """Search all tasks, in any order of finishing.

    Args:
        tasks: what a solver may see of them.
        settings: the same for all.
        workers: processes.

    Raises:
        UserError: the guide cannot be loaded.
    """
    most = settings.budget.seconds * (2 if settings.prior in ("guide", "oracle") else 1) + GRACE
    context = get_context("spawn")  # not forked: this process runs threads, of a progress bar and of torch
    pool = ProcessPool(min(workers, len(tasks)), initializer=_settle, initargs=(settings,), context=context)
    waiting: dict[Any, Task] = {}  # by pebble's futures
    left = list(reversed(tasks))
    try:
        while left or waiting:
            while left and len(waiting) < AHEAD * workers:
                task = left.pop()
                waiting[pool.schedule(_attempt, args=(task,), timeout=most)] = task
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield _entry(future, waiting.pop(future), most)
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def _entry(future: "Future[Entry]", task: Task, most: float) -> Entry:
    try:
        return future.result()
    except TimeoutError:
        return Entry(task.task_id, failure=f"hung: no answer after {most:.0f} s, its process was ended")
    except ProcessExpired as error:
        return Entry(task.task_id, failure=f"crashed: its process ended with code {error.exitcode}")
    except UserError:
        raise
    except Exception as error:  # a fault of ours in one task; the others go on, and the report names it
        return Entry(task.task_id, failure=f"failed: {type(error).__name__}: {error}")


_mine: tuple[Settings, Guide | None] | None = None  # of a worker process


def _settle(settings: Settings) -> None:
    """Make a process ready: it leaves Ctrl-C to its parent and uses one core."""
    global _mine
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    torch.set_num_threads(1)
    _mine = settings, load_guide(settings.checkpoint) if settings.checkpoint else None


def _attempt(task: Task) -> Entry:
    assert _mine is not None
    return attempt(task, *_mine)
