"""Results of the searches for one task, as plain values that a journal can store."""

import msgspec
import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.search.answers import Answers
from neural_guide.search.candidates import Candidate, Evidence, Family, ProgramLayer, Rule
from neural_guide.search.solver import SearchOutcome

Rows = list[list[int]]


class CandidateResult(
    msgspec.Struct, frozen=True, rename={"relabelling": "colours", "layers": "parts", "transform": "form"}
):
    """A candidate, see `search.candidates.Candidate`; the journal keeps the names of older versions."""

    program: tuple[str, ...]
    relabelling: tuple[int, ...] | None
    answers: tuple[Rows | None, ...]
    nodes: int
    seconds: float
    layers: tuple[ProgramLayer, ...] = ()
    rule: Rule | None = None
    transform: str = ""
    cost: float = 0.0
    support: float = 1.0
    families: tuple[Family, ...] = ()
    evidence: Evidence | None = None

    @classmethod
    def from_candidate(cls, candidate: Candidate, prior_seconds: float = 0.0) -> "CandidateResult":
        """Convert a candidate; its seconds include those that the prior took before the search began."""
        return cls(
            program=candidate.program,
            relabelling=candidate.relabelling,
            answers=tuple(None if answer is None else answer.tolist() for answer in candidate.answers),
            nodes=candidate.nodes,
            seconds=candidate.seconds + prior_seconds,
            layers=candidate.layers,
            rule=candidate.rule,
            transform=candidate.transform,
            cost=candidate.cost,
            support=candidate.support,
            families=candidate.families,
            evidence=candidate.evidence,
        )

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of the steps of all its programs."""
        layer_programs = [layer.program for layer in self.layers]
        programs = [self.program, *layer_programs, *(self.rule.programs if self.rule else ())]
        return tuple(name for program in programs for name in program)

    @property
    def family(self) -> Family:
        """Family of the explanation."""
        if self.rule is not None:
            return self.rule.family
        return "layering" if self.layers else "program"

    def to_grids(self) -> tuple[Grid | None, ...]:
        """Return its answers as grids, one per test input; None for a test that it does not answer."""
        return tuple(None if rows is None else np.array(rows, dtype=np.uint8) for rows in self.answers)


class SearchResult(
    msgspec.Struct,
    frozen=True,
    rename={"candidates": "found", "stop_reason": "stopped", "query_count": "asked", "state_count": "states"},
):
    """A finished search, see `search.solver.SearchOutcome`; the journal keeps the names of older versions."""

    candidates: tuple[CandidateResult, ...]
    answers: Answers
    nodes: int
    seconds: float
    stop_reason: str
    query_count: int
    state_count: int

    @classmethod
    def from_outcome(cls, outcome: SearchOutcome, prior_seconds: float = 0.0) -> "SearchResult":
        """Convert an outcome; its seconds include those that the prior took before the search began."""
        return cls(
            candidates=tuple(CandidateResult.from_candidate(entry, prior_seconds) for entry in outcome.candidates),
            answers=outcome.answers,
            nodes=outcome.nodes,
            seconds=outcome.seconds + prior_seconds,
            stop_reason=outcome.stop_reason,
            query_count=outcome.query_count,
            state_count=outcome.state_count,
        )


class TaskResult(msgspec.Struct, frozen=True, rename={"task_id": "task", "probabilities": "chances"}):
    """Result of one task; the journal keeps the names of older versions.

    Attributes:
        task_id: id of the task.
        search: the search; None: the attempt failed.
        unguided: unguided search that followed because the guided one spent its budget without an answer; None: none
            followed.
        probabilities: the guide's probabilities for the inputs, in the order of the vocabulary; empty: no unguided
            search followed.
        failure: why there is no search, e.g. that its process crashed; empty: the attempt did not fail.
    """

    task_id: str
    search: SearchResult | None = None
    unguided: SearchResult | None = None
    probabilities: tuple[float, ...] = ()
    failure: str = ""
