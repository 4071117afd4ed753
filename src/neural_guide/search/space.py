"""The states of one task that a search has met: each once, each step from each at most once."""

from collections.abc import Sequence
from typing import NamedTuple

from neural_guide.dsl.interned import NO_GRID, Grids
from neural_guide.dsl.vocabulary import Primitive
from neural_guide.grid import Grid
from neural_guide.search.goal import ColourMap, Goal

NO_STATE = -1  # where a primitive does not apply to one of the grids
_NOT_RUN = -2
_STATE_BYTES = 420  # of a state beside its grids: key, entry of the index, path
_STEPS_BYTES = 60  # of the list of a state's steps, beside 8 a primitive

State = tuple[int, ...]
"""Numbers of the grids that a program makes of all inputs: those of the pairs, then those of the tests."""


class Explained(NamedTuple):
    """A state that explains all pairs."""

    state: int
    colour_map: ColourMap
    nodes: int  # spent until it was met


class Space:
    """States by number, 0 being the inputs as they are.

    States that are equal on all pairs and test inputs are one state (observational equivalence), however many
    orders of search walk through the space. A node is one primitive called on one state.

    Args:
        inputs: of the pairs, then of the tests.
        outputs: of the pairs; none: nothing is explained.
        primitives: what a step can be, by position.

    Attributes:
        nodes: spent so far.
        explained: states that explain all pairs, as they were met.
    """

    def __init__(self, inputs: Sequence[Grid], outputs: Sequence[Grid], primitives: Sequence[Primitive]) -> None:
        self.grids = Grids(primitives)
        self.pairs = len(outputs)
        self.nodes = 0
        self.explained: list[Explained] = []
        self._goal = Goal(outputs, self.grids) if outputs else None
        self._states: list[State] = []
        self._index: dict[State, int] = {}
        self._steps: list[list[int]] = []
        self._not_run = [_NOT_RUN] * len(primitives)
        self._came: list[tuple[int, int, int]] = []  # length of the shortest way met, state before, last primitive
        self._expanded = 0
        self._meet(tuple(self.grids.intern(grid) for grid in inputs), 0, -1)

    def __len__(self) -> int:
        return len(self._states)

    @property
    def nbytes(self) -> int:
        """Memory that states and grids take, about."""
        of_state = _STATE_BYTES + 8 * len(self._states[0])
        of_steps = _STEPS_BYTES + 8 * len(self._not_run)
        return self.grids.nbytes + len(self._states) * of_state + self._expanded * of_steps

    def step(self, state: int, primitive: int) -> int:
        """The state after a step, or `NO_STATE`; a node where it was not called before."""
        steps = self._steps[state]
        after = steps[primitive]
        if after != _NOT_RUN:
            return after
        if steps is self._not_run:
            steps = self._steps[state] = steps.copy()
            self._expanded += 1
        self.nodes += 1
        call, made = self.grids.step, []
        for number in self._states[state]:
            number = call(number, primitive)
            if number == NO_GRID:
                steps[primitive] = NO_STATE
                return NO_STATE
            made.append(number)
        key = tuple(made)
        known = self._index.get(key)
        after = steps[primitive] = self._meet(key, state, primitive) if known is None else known
        return after

    def expand(self, state: int) -> list[int]:
        """The states after every step, in order; not to be changed."""
        for primitive in range(len(self._not_run)):
            self.step(state, primitive)
        return self._steps[state]

    def grids_of(self, state: int) -> tuple[Grid, ...]:
        """The grids of a state, those of the pairs first."""
        return tuple(self.grids.grids[number] for number in self._states[state])

    def shorten(self, state: int, before: int, primitive: int) -> None:
        """Remember a way to a state, where it is shorter than the one known."""
        length = self._came[before][0] + 1
        if length < self._came[state][0]:
            self._came[state] = (length, before, primitive)

    def program(self, state: int) -> tuple[int, ...]:
        """The shortest program met that leads to a state: positions of primitives, first step first."""
        steps: list[int] = []
        while state:
            _, state, primitive = self._came[state]
            steps.append(primitive)
        return tuple(reversed(steps))

    def _meet(self, key: State, before: int, primitive: int) -> int:
        number = self._index[key] = len(self._states)
        self._states.append(key)
        self._steps.append(self._not_run)
        self._came.append((self._came[before][0] + 1 if number else 0, before, primitive))
        if self._goal is not None:
            colour_map = self._goal.colour_map(key)
            if colour_map is not None:
                self.explained.append(Explained(number, colour_map, self.nodes))
        return number
