"""Search under one transform of a task: explored states, candidates, and the decision to stop."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from neural_guide.dsl.vocabulary import PRIMITIVES, Vocabulary
from neural_guide.search.candidate_pool import CandidatePool
from neural_guide.search.candidates import Candidate
from neural_guide.search.confidence import estimate_log_odds
from neural_guide.search.leave_one_out import leave_pairs_out
from neural_guide.search.prior import Prior
from neural_guide.search.scheduler import Scheduler
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.state_space import StateSpace
from neural_guide.search.task_transforms import TaskTransform

MIB = 2**20
_MEMORY_CHECK_EVERY = 256  # steps between checks of the memory
_FIRST_COMBINATION = 1000  # nodes before explored states are layered for the first time
_COMBINATION_RATIO = 8  # factor of nodes from one layering to the next
_PATIENCE = 4  # multiple of the nodes to the first answer after which two answers end the search
_LONG_PATIENCE = 12  # multiple after which one answer does, if it is a program
_FINISH_SHARE, _MAX_FINISH_SECONDS = 0.4, 3.0  # time kept for rules of cells and for leaving pairs out
_CERTAIN = math.log(0.9 / 0.1)  # log odds of all answers of a program at which the search stops

Watcher = Callable[[StateSpace], None]
"""Observer of a running search, called with the states so far. An exception that it raises ends the search."""
StopReason = Literal["answered", "exhausted", "nodes", "seconds", "memory"]


class Effort(NamedTuple):
    """Effort of searches."""

    nodes: int = 0
    queries: int = 0
    states: int = 0

    def plus(self, other: "Effort") -> "Effort":
        """Return the effort of both."""
        return Effort(self.nodes + other.nodes, self.queries + other.queries, self.states + other.states)


NO_EFFORT = Effort()


class TransformSearch:
    """The search under one transform of a task.

    Args:
        transform: transform of the task.
        vocabulary: primitives of the programs.
        prior: prior over steps.
        settings: settings of the search, with every null choice resolved.
        length: steps of the longest program.
        started: start of the search for the task, on `time.perf_counter`.
        earlier_nodes: nodes that earlier searches for the task took.

    Attributes:
        space: explored states.
        candidates: candidates, after `run`; with their evidence if pairs are left out.
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
        self._outputs = [pair.output for pair in transform.task.pairs]
        primitives = [PRIMITIVES[name] for name in vocabulary.names]
        self.space = StateSpace(inputs, self._outputs, primitives, pieces=bool(settings.pieces))
        self.candidates: list[Candidate] = []
        self._scheduler = Scheduler(self.space, prior, length, settings)
        self._pool = CandidatePool(
            self.space,
            vocabulary.names,
            transform,
            settings,
            earlier_nodes=earlier_nodes,
        )
        self._settings, self._started, self._earlier_nodes = settings, started, earlier_nodes
        self._combine_at = _FIRST_COMBINATION if settings.assembly or settings.units else math.inf
        self._check_at = _FIRST_COMBINATION if settings.leave_one_out else math.inf
        self._has_certain = False

    @property
    def effort(self) -> Effort:
        """Effort so far."""
        return Effort(self.space.nodes, self._scheduler.query_count, len(self.space))

    def run(self, budget: SearchBudget, watch: Watcher | None = None) -> StopReason:
        """Search until there are enough answers or the budget is spent, and return which.

        Args:
            budget: limits, counted from the start of the first search for the task.
            watch: observer, called after every step; None: none.
        """
        steps = 0
        reason: StopReason | None = None
        deadline = self._started + budget.seconds
        search_budget = self._keep_time_to_finish(budget)
        while reason is None:
            seconds = time.perf_counter() - self._started
            self._pool.collect(seconds)
            reason = self._check_stop(search_budget, seconds, check_memory=steps % _MEMORY_CHECK_EVERY == 0)
            if reason is None and not self._scheduler.advance() and self._pool.is_complete:
                reason = "exhausted"
            if self.space.nodes >= self._combine_at:
                self._pool.combine(seconds, deadline)
                self._combine_at *= _COMBINATION_RATIO
            if reason is None and self.space.nodes >= self._check_at:
                self._check_at *= 2
                reason = "answered" if self._is_certain(deadline) else None
            steps += 1
            if watch:
                watch(self.space)
        # A second attempt is worth little where the first is as good as certain.
        self._pool.finish(time.perf_counter() - self._started, deadline, rules=not self._has_certain)
        self.candidates = self._pool.candidates
        if self._settings.leave_one_out:
            self.candidates = leave_pairs_out(self._pool, self.candidates, self._outputs, deadline)
        return reason

    def _keep_time_to_finish(self, budget: SearchBudget) -> SearchBudget:
        """Return the budget of the search for programs, without the time that candidates need at its end."""
        if not self._settings.combines:
            return budget
        seconds_left = budget.seconds - (time.perf_counter() - self._started)
        return replace(budget, seconds=budget.seconds - min(_FINISH_SHARE * max(0, seconds_left), _MAX_FINISH_SECONDS))

    def _is_certain(self, deadline: float) -> bool:
        """Return whether leaving pairs out leaves no doubt about the answers of the likeliest one.

        Rules of cells are not fitted yet, and layerings are certain too rarely.
        """
        known = [entry for entry in self._pool.candidates if entry.family in ("program", "units")]
        for likeliest in leave_pairs_out(
            self._pool, sorted(known, key=lambda entry: entry.rank)[:1], self._outputs, deadline
        ):
            tests = range(len(likeliest.answers))
            has_evidence = likeliest.evidence is not None
            self._has_certain = has_evidence and all(estimate_log_odds(likeliest, test) >= _CERTAIN for test in tests)
        return self._has_certain

    def _check_stop(self, budget: SearchBudget, seconds: float, *, check_memory: bool) -> StopReason | None:
        if self._is_answered():
            return "answered"
        if self._earlier_nodes + self.space.nodes >= budget.nodes:
            return "nodes"
        if seconds >= budget.seconds:
            return "seconds"
        nbytes = self.space.nbytes + self._scheduler.nbytes + self._pool.nbytes if check_memory else 0
        return "memory" if nbytes > budget.memory_mib * MIB else None

    def _is_answered(self) -> bool:
        """Return whether there are enough answers, and no untried step can lead to a cheaper one."""
        candidates, count = drop_rules(self._pool.candidates), self._settings.answers
        if len(candidates) < count:
            has_program = any(candidate.is_program for candidate in candidates)
            return self._settings.combines and has_program and self._has_waited(_LONG_PATIENCE)
        costs = sorted(candidate.cost for candidate in candidates)
        if not self._settings.combines or costs[count - 1] <= self._scheduler.cost:
            return True
        return self._has_waited(_PATIENCE)

    def _has_waited(self, patience: float) -> bool:
        """Return whether the search has spent this multiple of the nodes to its first answer."""
        candidates = drop_rules(self._pool.candidates)
        first = min(candidates, key=lambda candidate: candidate.nodes).nodes - self._earlier_nodes
        return self.space.nodes >= patience * max(_FIRST_COMBINATION, first)


def drop_rules(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates that may end a search. Rules of cells may not: they come early and are wrong more often."""
    return [candidate for candidate in candidates if candidate.rule is None]
