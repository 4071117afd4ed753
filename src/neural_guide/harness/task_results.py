"""What is kept of the search for one task: plain values, so that a journal of them can be read back."""

import msgspec
import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.search.candidates import Candidate, Part
from neural_guide.search.cell_rules.rule import CellRule
from neural_guide.search.solver import Outcome

Rows = list[list[int]]


class Found(msgspec.Struct, frozen=True):
    """What explains the pairs, see `search.candidates.Candidate`."""

    program: tuple[str, ...]
    colours: tuple[int, ...] | None
    answers: tuple[Rows, ...]
    nodes: int
    seconds: float
    parts: tuple[Part, ...] = ()
    rule: CellRule | None = None
    form: str = ""
    cost: float = 0.0
    support: float = 1.0
    confidence: float = 0.0

    @classmethod
    def of(cls, candidate: Candidate, asking: float = 0.0) -> "Found":
        """Of a candidate, and the seconds that went into the prior before the search began."""
        answers = tuple(answer.tolist() for answer in candidate.answers)
        return cls(
            *(candidate.program, candidate.colour_map, answers, candidate.nodes, candidate.seconds + asking),
            *(candidate.parts, candidate.rule, candidate.form, candidate.cost, candidate.support),
            candidate.confidence,
        )

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of the steps of all its programs."""
        programs = [self.program, *(part.program for part in self.parts), *(self.rule.programs if self.rule else ())]
        return tuple(name for program in programs for name in program)

    def grids(self) -> tuple[Grid, ...]:
        """Its answers, one a test input."""
        return tuple(np.array(rows, dtype=np.uint8) for rows in self.answers)


class Searched(msgspec.Struct, frozen=True):
    """A finished search, see `search.solver.Outcome`."""

    found: tuple[Found, ...]
    nodes: int
    seconds: float
    stopped: str
    asked: int
    states: int

    @classmethod
    def of(cls, outcome: Outcome, asking: float = 0.0) -> "Searched":
        """Of an outcome, and the seconds that went into the prior before the search began."""
        found = tuple(Found.of(candidate, asking) for candidate in outcome.candidates)
        seconds = outcome.seconds + asking
        return cls(found, outcome.nodes, seconds, outcome.stopped, outcome.asked, outcome.states)


class Entry(msgspec.Struct, frozen=True):
    """What became of one task.

    Attributes:
        task: its id.
        search: None where the attempt failed.
        unguided: the unguided search that followed where the guided one spent its budget without an answer.
        chances: what the guide says of the inputs, in the order of the vocabulary; empty where no unguided
            search followed.
        failure: why there is no search, e.g. that its process crashed.
    """

    task: str
    search: Searched | None = None
    unguided: Searched | None = None
    chances: tuple[float, ...] = ()
    failure: str = ""
