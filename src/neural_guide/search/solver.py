"""Solver: searches programs that explain all pairs of a task, within a budget."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from neural_guide.arc.task import Task
from neural_guide.dsl.vocabulary import PRIMITIVES, V2, Vocabulary
from neural_guide.search.candidates import Candidate, CandidatePool, merge_candidates
from neural_guide.search.confidence import assign_confidence
from neural_guide.search.prior import Prior
from neural_guide.search.scheduler import Scheduler
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.state_space import StateSpace
from neural_guide.search.task_transforms import TaskTransform, identity_transform, list_transforms

MIB = 2**20
_MEMORY_CHECK_EVERY = 256  # steps between checks of the memory
_FIRST_COMBINATION = 1000  # nodes before explored states are layered for the first time
_COMBINATION_RATIO = 8  # factor of nodes from one layering to the next
_PATIENCE = 4  # multiple of the nodes to the first answer after which two answers end the search
_LONG_PATIENCE = 12  # multiple after which one answer does, if it is a program

Watcher = Callable[[StateSpace], None]
"""Observer of a running search, called with the states so far. An exception that it raises ends the search."""
StopReason = Literal["answered", "exhausted", "nodes", "seconds", "memory"]


@dataclass(frozen=True)
class SearchOutcome:
    """Result of a search.

    Attributes:
        candidates: candidates with different answers, the first attempt first.
        nodes: nodes spent.
        seconds: time spent.
        stop_reason: why the search stopped.
        query_count: queries to the policy.
        state_count: different states reached.
    """

    candidates: tuple[Candidate, ...]
    nodes: int
    seconds: float
    stop_reason: StopReason
    query_count: int
    state_count: int

    @property
    def is_exhausted(self) -> bool:
        """True if every program within the length was tried."""
        return self.stop_reason == "exhausted"


def solve(
    task: Task,
    vocabulary: Vocabulary,
    prior: Prior | Callable[[Task], Prior],
    budget: SearchBudget,
    settings: SearchSettings | None = None,
    watch: Watcher | None = None,
) -> SearchOutcome:
    """Search under a prior until there are enough answers or a budget is spent.

    Args:
        task: pairs and test inputs; a task has no test outputs.
        vocabulary: primitives of the programs; all executable.
        prior: prior over steps; or a function that makes one for each transform of the task, see
            `SearchSettings.forms`.
        budget: limits of the search, a second candidate included.
        settings: settings of the search; None: the defaults.
        watch: observer, called after every step; None: none.

    Returns:
        The same outcome for the same arguments, except for seconds and what a time limit cuts off.
    """
    started = time.perf_counter()
    settings = (settings or SearchSettings()).resolve(extended=set(vocabulary.names) != set(V2.names))
    transforms = list_transforms(task) if settings.forms else [identity_transform(task)]
    candidates: list[Candidate] = []
    spent = _Spent(0, 0, 0)
    stop_reason: StopReason = "exhausted"
    for index, transform in enumerate(transforms):
        share = _share_budget(budget, len(transforms) - index, spent.nodes, time.perf_counter() - started)
        transform_prior = prior(transform.task) if callable(prior) else prior
        search = _TransformSearch(
            transform, vocabulary, transform_prior, settings, budget.length, started, earlier_nodes=spent.nodes
        )
        search_reason = search.run(share, watch)
        # Only if all searches are exhausted is the whole one.
        stop_reason = search_reason if search_reason != "exhausted" else stop_reason
        spent = _Spent(*map(sum, zip(spent, search.spent, strict=True)))
        candidates = merge_candidates(candidates, search.pool.candidates) if candidates else search.pool.candidates
        if search_reason == "answered" or len(_drop_rules(candidates)) >= settings.answers:
            stop_reason = "answered"
            break
    return SearchOutcome(
        seconds=time.perf_counter() - started,
        candidates=assign_confidence(candidates[: settings.answers]),
        nodes=spent.nodes,
        stop_reason=stop_reason,
        query_count=spent.queries,
        state_count=spent.states,
    )


def _drop_rules(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates that may end a search. Rules of cells may not: they come early and are wrong more often."""
    return [candidate for candidate in candidates if candidate.rule is None]


class _Spent(NamedTuple):
    """Effort of the searches under some transforms of a task."""

    nodes: int
    queries: int
    states: int


def _share_budget(budget: SearchBudget, transforms: int, nodes: int, seconds: float) -> SearchBudget:
    """Return the share of a budget for the next transform.

    Half of the budget is for the task itself; the other transforms share the rest equally.

    Args:
        budget: of the whole task.
        transforms: number of transforms left, the next included.
        nodes: nodes spent so far.
        seconds: time spent so far.
    """
    parts = transforms if nodes else min(transforms, 2)
    return replace(
        budget,
        nodes=(budget.nodes - nodes) // parts,
        seconds=seconds + (budget.seconds - seconds) / parts,
    )


class _TransformSearch:
    """The search under one transform of a task.

    Args:
        transform: transform of the task.
        vocabulary: primitives of the programs.
        prior: prior over steps.
        settings: settings of the search, with every null choice resolved.
        length: steps of the longest program.
        started: start of the search for the task, on `time.perf_counter`.
        earlier_nodes: nodes that the searches under other transforms took.
    """

    def __init__(
        self,
        transform: TaskTransform,
        vocabulary: Vocabulary,
        prior: Prior,
        settings: SearchSettings,
        length: int,
        started: float,
        *,
        earlier_nodes: int,
    ) -> None:
        inputs = [pair.input for pair in transform.task.pairs] + list(transform.task.test_inputs)
        outputs = [pair.output for pair in transform.task.pairs]
        primitives = [PRIMITIVES[name] for name in vocabulary.names]
        self.space = StateSpace(inputs, outputs, primitives, pieces=bool(settings.pieces))
        self.scheduler = Scheduler(self.space, prior, length, settings)
        self.pool = CandidatePool(
            self.space,
            vocabulary.names,
            transform,
            assembly=bool(settings.assembly),
            cells=bool(settings.cells),
            earlier_nodes=earlier_nodes,
        )
        self._settings, self._started, self._earlier_nodes = settings, started, earlier_nodes
        self._combine_at = _FIRST_COMBINATION if settings.assembly else math.inf

    @property
    def spent(self) -> _Spent:
        """Effort so far."""
        return _Spent(self.space.nodes, self.scheduler.query_count, len(self.space))

    def run(self, budget: SearchBudget, watch: Watcher | None = None) -> StopReason:
        """Search until there are enough answers or the budget is spent, and return which."""
        steps = 0
        reason: StopReason | None = None
        while reason is None:
            seconds = time.perf_counter() - self._started
            self.pool.collect(seconds)
            reason = self._check_stop(budget, seconds, check_memory=steps % _MEMORY_CHECK_EVERY == 0)
            if reason is None and not self.scheduler.advance() and self.pool.is_complete:
                reason = "exhausted"
            if self.space.nodes >= self._combine_at:
                self.pool.combine(seconds)
                self._combine_at *= _COMBINATION_RATIO
            steps += 1
            if watch:
                watch(self.space)
        self.pool.finish(time.perf_counter() - self._started)
        return reason

    def _check_stop(self, budget: SearchBudget, seconds: float, *, check_memory: bool) -> StopReason | None:
        if self._is_answered():
            return "answered"
        if self.space.nodes >= budget.nodes:
            return "nodes"
        if seconds >= budget.seconds:
            return "seconds"
        nbytes = self.space.nbytes + self.scheduler.nbytes + self.pool.nbytes if check_memory else 0
        return "memory" if nbytes > budget.memory_mib * MIB else None

    def _is_answered(self) -> bool:
        """Return whether there are enough answers, and no untried step can lead to a cheaper one."""
        candidates, count = _drop_rules(self.pool.candidates), self._settings.answers
        if len(candidates) < count:
            has_program = any(candidate.is_program for candidate in candidates)
            return self._settings.combines and has_program and self._has_waited(_LONG_PATIENCE)
        costs = sorted(candidate.cost for candidate in candidates)
        if not self._settings.combines or costs[count - 1] <= self.scheduler.cost:
            return True
        return self._has_waited(_PATIENCE)

    def _has_waited(self, patience: float) -> bool:
        """Return whether the search has spent this multiple of the nodes to its first answer."""
        candidates = _drop_rules(self.pool.candidates)
        first = min(candidates, key=lambda candidate: candidate.nodes).nodes - self._earlier_nodes
        return self.space.nodes >= patience * max(_FIRST_COMBINATION, first)
