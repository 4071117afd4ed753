"""Tasks searched by processes of their own: one that crashes or hangs costs that task only."""

import contextlib
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from neural_guide.arc.task import Pair, Task
from neural_guide.config import BudgetConfig, SearchConfig
from neural_guide.dsl.kernels import compiled
from neural_guide.dsl.vocabulary import V2, Vocabulary
from neural_guide.guide.guide import Guide, load_guide
from neural_guide.guide.priors import frequency_prior, guide_prior, oracle_prior
from neural_guide.harness.isolated_workers import Failed, done_apart
from neural_guide.harness.single_core import use_one_core
from neural_guide.harness.task_results import Entry, Searched
from neural_guide.search.prior import Prior
from neural_guide.search.settings import Strategy
from neural_guide.search.solver import Budget, Outcome, solve

GRACE = 60.0  # seconds beyond its budgets after which an attempt counts as hung


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
            exhaustive=search.exhaustive,
            ask_depth=search.ask_depth,
            ask_below=search.ask_below,
            ask_after=search.ask_after,
            floor=search.floor,
            unguided_share=search.unguided_share,
            pieces=self._is_on(search.pieces),
            assembly=self._is_on(search.assembly),
            cells=self._is_on(search.cells),
            forms=self._is_on(search.forms),
        )

    def _is_on(self, chosen: bool | None) -> bool:
        """Whether an idea is on that is on by default, but for vocabulary v2."""
        return set(self.names) != set(V2.names) if chosen is None else chosen


class Attempt(Protocol):
    """What is done for a task."""

    def __call__(self, task: Task, settings: Settings, guide: Guide | None) -> Entry:
        """The searches for one task."""
        ...


def attempt(task: Task, settings: Settings, guide: Guide | None) -> Entry:
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


def _search(task: Task, settings: Settings, prior: Prior | Callable[[Task], Prior], vocabulary: Vocabulary) -> Outcome:
    return solve(task, vocabulary, prior, settings.limit, settings.strategy)


def _prior(
    task: Task, settings: Settings, guide: Guide | None, vocabulary: Vocabulary
) -> tuple[Prior | Callable[[Task], Prior], float]:
    """What the search follows, and the seconds that it took; to know what no search can know takes none."""
    started = time.perf_counter()
    if settings.prior == "guide":
        assert guide is not None
        if settings.strategy.forms:
            return partial(guide_prior, guide), 0.0
        return guide_prior(guide, task), time.perf_counter() - started
    if settings.prior == "frequency":
        assert guide is not None
        return frequency_prior(guide), 0.0
    uniform = Prior.uniform(len(vocabulary))
    if settings.prior == "uniform":
        return uniform, 0.0
    known = solve(task, vocabulary, uniform, settings.limit, settings.strategy.plain).candidates
    return oracle_prior(vocabulary, known[0].program) if known else uniform, 0.0


def attempts(
    tasks: Sequence[Task], settings: Settings, workers: int, *, attempt: Attempt = attempt, grace: float = GRACE
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


def _ready(settings: Settings, attempt: Attempt) -> Callable[[Task], Entry]:
    """Make a process ready: it uses one core, and reads the guide once."""
    use_one_core()
    guide = load_guide(settings.checkpoint) if settings.checkpoint else None
    _warm_up(settings, guide)
    return partial(attempt, settings=settings, guide=guide)


def _warm_up(settings: Settings, guide: Guide | None) -> None:
    """Search once: what is compiled or loaded at the first call is not paid for out of a task's seconds."""
    compiled()
    cell = np.ones((1, 1), dtype=np.uint8)
    task, vocabulary = Task("", (Pair(cell, cell + 1), Pair(cell, cell + 2)), (cell,)), Vocabulary(settings.names)
    prior, _ = _prior(task, settings, guide, vocabulary)
    solve(task, vocabulary, prior, Budget(nodes=2 * len(vocabulary), length=2), settings.strategy)
