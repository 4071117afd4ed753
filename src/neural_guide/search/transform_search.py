"""Search under one transform of a task: its jobs, explored states and candidates."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from neural_guide.arc.task import Task
from neural_guide.dsl.vocabulary import PRIMITIVES, Vocabulary
from neural_guide.search.candidate_pool import CandidatePool, Discovery
from neural_guide.search.candidates import Candidate
from neural_guide.search.jobs import Job, JobKind
from neural_guide.search.leave_one_out import has_log_odds, leave_pairs_out
from neural_guide.search.lifts import NO_LIFTS, Lifts
from neural_guide.search.prior import Floats, Prior, compute_step_costs
from neural_guide.search.scheduler import Scheduler
from neural_guide.search.settings import SearchSettings
from neural_guide.search.state_space import StateSpace
from neural_guide.search.task_transforms import TaskTransform
from neural_guide.search.unit_rules.units import SEGMENTATIONS

_MEMORY_CHECK_EVERY = 256  # steps between checks of the memory
_FIRST_NODES = 500  # of the first job of programs
_MAX_NODES = 8000  # of a later one; until then each has as many as all before it
_COMBINED_NODES, _COMBINATION_RATIO = 500, 4  # nodes before states are combined, and the factor to the next time
_MIN_WAIT = 1000  # nodes of a first answer that came sooner
_PATIENCE = 4  # multiple of the nodes to the first answer after which two answers end the search
_LONG_PATIENCE = 12  # multiple after which one answer does, if it is a program
_TURNED_KINDS = ("object", "shape", "colour", "whole")  # kinds of units where pairs are turned: those that answer most
_CERTAIN = math.log(0.9 / 0.1)  # log odds of all answers at which the search stops

Watcher = Callable[[StateSpace], None]
"""Observer of a running search, called with the states so far. An exception that it raises ends the search."""
Limit = Literal["nodes", "seconds", "memory"]


class Limits(NamedTuple):
    """Limits of one job.

    Attributes:
        nodes: nodes of all searches for the task.
        other_nodes: nodes that the others among them have taken.
        end: end of programs, on `time.perf_counter`.
        nbytes: memory of this search.
    """

    nodes: int
    other_nodes: int
    end: float
    nbytes: float


class _Done(NamedTuple):
    """How often a job was done, and the nodes of the search when it was last done."""

    times: int
    nodes: int


class TransformSearch:
    """The search under one transform of a task.

    Args:
        transform: transform of the task.
        vocabulary: primitives of the programs.
        prior: prior over steps, or a function that makes one for the transformed task.
        settings: settings of the search, with every null choice resolved.
        length: steps of the longest program.
        started: start of the search for the task, on `time.perf_counter`.
        deadline: end of the search, on `time.perf_counter`.

    Attributes:
        transform: the transform.
        space: explored states.
    """

    def __init__(
        self,
        transform: TaskTransform,
        vocabulary: Vocabulary,
        prior: Prior | Callable[[Task], Prior],
        settings: SearchSettings,
        length: int,
        started: float,
        deadline: float,
    ) -> None:
        inputs = [pair.input for pair in transform.task.pairs] + list(transform.task.test_inputs)
        self.transform = transform
        self._settings, self._given_prior, self._length = settings, prior, length
        self._started, self._deadline = started, deadline
        self._outputs = [pair.output for pair in transform.task.pairs]
        primitives = [PRIMITIVES[name] for name in vocabulary.names]
        self.space = StateSpace(inputs, self._outputs, primitives, pieces=bool(settings.pieces))
        self._pool = CandidatePool(self.space, vocabulary.names, transform, settings, deadline)
        self._lazy_scheduler: Scheduler | None = None
        self._is_explored = False
        self._done: dict[tuple[JobKind, str], _Done] = {}
        self._judged: tuple[int, list[Candidate]] = (0, [])  # explanations, and candidates with evidence at that time
        self._pool.collect(Discovery(time.perf_counter() - started, 0))  # transformed inputs that are the outputs

    def follow(self, prior: Prior) -> None:
        """Search programs under another prior from here on."""
        self._given_prior = prior
        if self._lazy_scheduler is not None:
            self._lazy_scheduler.follow(prior)

    @property
    def _step_costs(self) -> Floats | None:
        """Nats of each primitive by a guide of words; None without one."""
        prior = self._given_prior
        if callable(prior) or not prior.lifts or prior.probabilities is None:
            return None
        return compute_step_costs(prior.probabilities)

    @property
    def query_count(self) -> int:
        """Queries to the policy so far."""
        return self._lazy_scheduler.query_count if self._lazy_scheduler else 0

    @property
    def nbytes(self) -> int:
        """Approximate memory in bytes."""
        scheduler = self._lazy_scheduler.nbytes if self._lazy_scheduler else 0
        return self.space.nbytes + scheduler + self._pool.nbytes

    @property
    def explanation_count(self) -> int:
        """Number of different explanations so far."""
        return self._pool.explanation_count

    @property
    def has_unjudged(self) -> bool:
        """True if there are explanations that leaving pairs out has not judged."""
        return bool(self._settings.leave_one_out) and self._judged[0] < self._pool.explanation_count

    @property
    def is_answered(self) -> bool:
        """True if there are enough answers, and hardly a cheaper one is to be expected."""
        candidates, count = _drop_rules(self._pool.candidates), self._settings.answers
        if len(candidates) < count:
            has_program = any(candidate.is_program for candidate in candidates)
            return self._settings.combines and has_program and self._has_waited(_LONG_PATIENCE)
        costs = sorted(candidate.cost for candidate in candidates)
        if not self._settings.combines or costs[count - 1] <= self._scheduler.cost:
            return True
        return self._has_waited(_PATIENCE)

    def list_jobs(self, *, explores: bool) -> Iterator[Job]:
        """List the jobs that can be done now.

        Args:
            explores: whether more states may be explored; if not, those so far are combined once more.
        """
        settings, explores = self._settings, explores and not self._is_explored
        if explores:
            yield self._build_job("programs")
        if settings.assembly and self._is_due("layerings", explores):
            yield self._build_job("layerings")
        if not self.transform.task.test_inputs:
            return
        if settings.cells and self._is_due("cells", explores):
            yield self._build_job("cells")
        if self._count_done("lines") < self._count_done("cells"):
            yield self._build_job("lines")
        # Transposed, a rule of units is one over the same units in other directions.
        if settings.units and not self.transform.grids.is_transposed:
            all_kinds = _TURNED_KINDS if self.transform.grids.orientation else SEGMENTATIONS
            kinds = [kind for kind in all_kinds if not self._count_done("units", kind)]
            yield from (self._build_job("units", kind) for kind in kinds)
            yield from self._list_stages(explores, after_rules=not kinds)

    def run(self, job: Job, limits: Limits, watch: Watcher | None = None, lifts: Lifts = NO_LIFTS) -> Limit | None:
        """Do a job.

        Args:
            job: one of `list_jobs`.
            limits: limits of programs.
            watch: observer, called after every step; None: none.
            lifts: lifts of words, which order the features that rules of units grow by.

        Returns:
            The limit that ended it; None: it is done.
        """
        pool, reached = self._pool, None
        at = Discovery(time.perf_counter() - self._started, limits.other_nodes)
        match job.kind:
            case "programs":
                reached = self._explore(_count_nodes(job.round), limits, watch)
            case "layerings":
                pool.add_layerings(at)
            case "units":
                pool.add_unit_rules(job.word, lifts, at)
            case "cells":
                pool.add_cell_rules(at)
            case "lines":
                pool.add_line_rules(at)
            case "after rules":
                pool.add_rules_after_rules(at)
            case "after programs":
                pool.add_rules_after_programs(self._step_costs, at)
        self._done[job.kind, job.word] = _Done(job.round + 1, self.space.nodes)
        return reached

    def check_certain(self) -> bool:
        """Return whether leaving pairs out leaves no doubt about the answers of the likeliest candidate.

        Layerings are certain too rarely.
        """
        known = [entry for entry in self._pool.candidates if entry.family != "layering"]
        likeliest = min(known, key=lambda entry: entry.rank, default=None)
        return likeliest is not None and has_log_odds(
            self._pool, likeliest, self._outputs, self._deadline, least=_CERTAIN
        )

    @property
    def candidates(self) -> list[Candidate]:
        """Candidates so far, without evidence; the lowest rank first if they are ranked."""
        found = self._pool.candidates
        return sorted(found, key=lambda candidate: candidate.rank) if self._settings.combines else found

    def judge(self) -> list[Candidate]:
        """List the candidates with their evidence, if pairs are left out."""
        if not self._settings.leave_one_out:
            return self.candidates
        if self.has_unjudged:
            judged = leave_pairs_out(self._pool, self.candidates, self._outputs, self._deadline)
            self._judged = self._pool.explanation_count, judged
        return self._judged[1]

    @property
    def _scheduler(self) -> Scheduler:
        """The scheduler; a guide is asked about the transformed task when it is first needed."""
        if self._lazy_scheduler is None:
            given = self._given_prior
            prior = given(self.transform.task) if callable(given) else given
            self._lazy_scheduler = Scheduler(self.space, prior, self._length, self._settings)
        return self._lazy_scheduler

    def _list_stages(self, explores: bool, *, after_rules: bool) -> Iterator[Job]:
        """List the jobs for rules of two stages, unless something shorter explains the pairs."""
        is_explained = any(candidate.family in ("program", "units") for candidate in self._pool.candidates)
        if is_explained or not self._settings.stages or self.transform.name:
            return
        if after_rules and not self._count_done("after rules"):
            yield self._build_job("after rules")
        if self._is_due("after programs", explores):
            yield self._build_job("after programs")

    def _build_job(self, kind: JobKind, word: str = "") -> Job:
        return Job(self.transform.name, kind, word, self._count_done(kind, word))

    def _count_done(self, kind: JobKind, word: str = "") -> int:
        done = self._done.get((kind, word))
        return done.times if done else 0

    def _is_due(self, kind: JobKind, explores: bool) -> bool:
        """Return whether enough states are new for another job of a kind that combines them."""
        done = self._done.get((kind, ""))
        if not explores:
            return done is None or self.space.nodes > done.nodes
        return self.space.nodes >= (_COMBINATION_RATIO * done.nodes if done else _COMBINED_NODES)

    def _explore(self, nodes: int, limits: Limits, watch: Watcher | None) -> Limit | None:
        """Try programs until this search has so many nodes, or has enough answers where states are not combined."""
        steps = 0
        while True:
            now = time.perf_counter()
            self._pool.collect(Discovery(now - self._started, limits.other_nodes))
            if self.space.nodes >= nodes or (not self._settings.combines and self.is_answered):
                return None
            reached = self._find_limit(limits, now, check_memory=steps % _MEMORY_CHECK_EVERY == 0)
            if reached:
                return reached
            if not self._scheduler.advance() and self._pool.is_complete:
                self._is_explored = True
                return None
            steps += 1
            if watch:
                watch(self.space)

    def _find_limit(self, limits: Limits, now: float, *, check_memory: bool) -> Limit | None:
        if limits.other_nodes + self.space.nodes >= limits.nodes:
            return "nodes"
        if now >= limits.end:
            return "seconds"
        return "memory" if check_memory and self.nbytes > limits.nbytes else None

    def _has_waited(self, patience: float) -> bool:
        """Return whether the search has spent this multiple of the nodes to its first answer."""
        return self.space.nodes >= patience * max(_MIN_WAIT, self._pool.first_nodes or 0)


def _drop_rules(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates that may end a search. Rules of cells may not: they come early and are wrong more often."""
    return [candidate for candidate in candidates if candidate.rule is None]


def _count_nodes(round_: int) -> int:
    """Count the nodes of a search after a job of programs: each doubles them, as long as it takes less than 8000."""
    nodes = _FIRST_NODES
    for _ in range(round_):
        nodes += min(nodes, _MAX_NODES)
    return nodes
