"""The states of one task that a search has met: each once, each step from each at most once."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid, is_equal
from neural_guide.dsl.interning import NO_GRID, GridTable
from neural_guide.dsl.vocabulary import Primitive
from neural_guide.search.goal import ColourMap, Goal
from neural_guide.search.piece_lists.values import LIST_OFFSET, Values
from neural_guide.search.prior import rankings

NO_STATE = -1  # where a primitive does not apply to one of the grids
_NOT_RUN = -2
_STATE_BYTES = 420  # of a state beside its grids: key, entry of the index, path
_STEPS_BYTES = 60  # of the list of a state's steps, beside 8 a primitive

State = tuple[int, ...]
"""Numbers of what a program makes of all inputs, those of the pairs, then those of the tests: all grids, or all lists
of pieces."""


class Explained(NamedTuple):
    """A state that explains all pairs."""

    state: int
    colour_map: ColourMap
    nodes: int  # spent until it was met


class Space:
    """States by number, 0 being the inputs as they are.

    States that are equal on all pairs and test inputs are one state (observational equivalence), however many
    orders of search walk through the space. A node is one function called on one state; a primitive mapped over
    pieces counts as many times as the longest list has pieces.

    Args:
        inputs: of the pairs, then of the tests.
        outputs: of the pairs; none: nothing is explained.
        primitives: what a step can be, by position.
        pieces: whether states may be lists of pieces, and steps what makes, maps, chooses and joins them; their
            positions follow those of the primitives, see `search.piece_lists.values`.

    Attributes:
        grids: of the states.
        values: grids and lists of the states; None where there are no lists.
        functions: what a step can be.
        nodes: spent so far.
        explained: states that explain all pairs, as they were met.
    """

    def __init__(
        self,
        inputs: Sequence[Grid],
        outputs: Sequence[Grid],
        primitives: Sequence[Primitive],
        *,
        pieces: bool = False,
    ) -> None:
        self.values = Values(primitives) if pieces else None
        self.grids = self.values.interned if self.values else GridTable(primitives)
        self.functions = self.values.function_count if self.values else len(primitives)
        self.pairs = len(outputs)
        self.nodes = 0
        self.explained: list[Explained] = []
        self._goal = Goal(outputs, self.grids) if outputs else None
        self._step = self.values.apply if self.values else self.grids.apply
        self._apart = _differing(outputs) if pieces else []
        self._states: list[State] = []
        self._index: dict[State, int] = {}
        self._steps: list[list[int]] = []
        self._not_run = [_NOT_RUN] * self.functions
        # Length of the shortest way met, state before, last function, cost: -log of the chance under a uniform prior.
        self._came: list[tuple[int, int, int, float]] = []
        self._costs = _uniform_costs(len(primitives), self.functions)
        self._expanded = 0
        self._meet(tuple(self.grids.intern(grid) for grid in inputs), 0, -1)

    def __len__(self) -> int:
        return len(self._states)

    @property
    def nbytes(self) -> int:
        """Memory that states and grids take, about."""
        of_state = _STATE_BYTES + 8 * len(self._states[0])
        of_steps = _STEPS_BYTES + 8 * len(self._not_run)
        grids = self.values or self.grids
        return grids.nbytes + len(self._states) * of_state + self._expanded * of_steps

    def step(self, state: int, primitive: int) -> int:
        """The state after a step, or `NO_STATE`; a node where it was not called before."""
        steps = self._steps[state]
        after = steps[primitive]
        if after != _NOT_RUN:
            return after
        if steps is self._not_run:
            steps = self._steps[state] = steps.copy()
            self._expanded += 1
        self.nodes += self._calls(state, primitive)
        call, made = self._step, []
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
        """The states after every primitive, in order."""
        primitives = range(len(self.grids.primitives))
        return [self.step(state, primitive) for primitive in primitives]

    def is_list(self, state: int) -> bool:
        """Whether a state is made of lists of pieces."""
        return self._states[state][0] >= LIST_OFFSET

    def is_hopeless(self, state: int) -> bool:
        """Whether two pairs of different outputs have become one: no step can part them again."""
        numbers = self._states[state]
        return any(numbers[one] == numbers[other] for one, other in self._apart)

    def numbers_of(self, state: int) -> State:
        """The numbers of the grids or lists of a state, those of the pairs first."""
        return self._states[state]

    def grids_of(self, state: int) -> tuple[Grid, ...]:
        """The grids of a state, those of the pairs first."""
        return tuple(self.grids.grids[number] for number in self._states[state])

    def shorten(self, state: int, before: int, primitive: int) -> None:
        """Remember a way to a state, where it is shorter than the one known."""
        length = self._came[before][0] + 1
        if length < self._came[state][0]:
            self._came[state] = (length, before, primitive, self._cost_after(before, primitive))

    def cost(self, state: int) -> float:
        """How long the shortest program met is that leads to a state, in nats: -log of its uniform chance."""
        return self._came[state][3]

    def program(self, state: int) -> tuple[int, ...]:
        """The shortest program met that leads to a state: positions of primitives, first step first."""
        steps: list[int] = []
        while state:
            _, state, primitive, _ = self._came[state]
            steps.append(primitive)
        return tuple(reversed(steps))

    def _cost_after(self, before: int, function: int) -> float:
        return self._came[before][3] + self._costs[self._states[before][0] >= LIST_OFFSET][function]

    def _calls(self, state: int, function: int) -> int:
        """Nodes that a step takes."""
        if self.values is None or function >= len(self.grids.primitives) or not self.is_list(state):
            return 1
        return max(map(self.values.count_calls, self._states[state]))

    def _meet(self, key: State, before: int, primitive: int) -> int:
        number = self._index[key] = len(self._states)
        self._states.append(key)
        self._steps.append(self._not_run)
        if number:
            self._came.append((self._came[before][0] + 1, before, primitive, self._cost_after(before, primitive)))
        else:
            self._came.append((0, 0, -1, 0.0))
        if self._goal is not None and key[0] < LIST_OFFSET:
            colour_map = self._goal.colour_map(key)
            if colour_map is not None:
                self.explained.append(Explained(number, colour_map, self.nodes))
        return number


def _differing(outputs: Sequence[Grid]) -> list[tuple[int, int]]:
    """Which two pairs have different outputs."""
    return [
        (one, other)
        for other in range(len(outputs))
        for one in range(other)
        if not is_equal(outputs[one], outputs[other])
    ]


def _uniform_costs(primitives: int, functions: int) -> tuple[list[float], list[float]]:
    """-log of the chance of each function on grids and on lists under a uniform prior."""
    both = rankings(np.ones(primitives), pieces=functions > primitives)
    tables = []
    for steps in both:
        table = [0.0] * functions
        for function, cost in zip(*steps, strict=True):
            table[function] = cost
        tables.append(table)
    return tables[0], tables[1]
