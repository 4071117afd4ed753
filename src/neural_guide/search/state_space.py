"""State space of one task: each state is stored once, and each step from it is executed at most once."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid, is_equal
from neural_guide.dsl.interning import NO_GRID, GridTable
from neural_guide.dsl.vocabulary import Primitive
from neural_guide.search.goal import Goal, Relabelling
from neural_guide.search.piece_lists.values import LIST_OFFSET, Values
from neural_guide.search.prior import rank_steps

NO_STATE = -1  # the primitive does not apply to one of the grids
_NOT_EXECUTED = -2
_STATE_BYTES = 420  # memory of a state beside its grids: key, index entry, path
_STEPS_BYTES = 60  # memory of the list of a state's steps, beside 8 per primitive

State = tuple[int, ...]
"""Ids of a program's results on all inputs, those of the pairs, then those of the tests: all grids, or all lists of
pieces."""


class GoalState(NamedTuple):
    """A state that explains all pairs."""

    state: int
    relabelling: Relabelling
    nodes: int  # nodes until it was reached


class ReachedState(NamedTuple):
    """A state that a search order reaches for the first time."""

    cost: float  # negative log probability of the steps to it, in nats
    state: int
    length: int


class StateSpace:
    """States by number; state 0 holds the inputs.

    States that are equal on all pairs and test inputs are one state (observational equivalence); all search orders
    over the space share them. A node is one function called on one state; a primitive mapped over pieces counts once
    per piece of the longest list.

    Args:
        inputs: grids of the pairs, then of the tests.
        outputs: grids of the pairs; empty: no state is a goal.
        primitives: steps, by position.
        pieces: whether states may be lists of pieces, and steps may make, map, select and compose them; positions of
            these functions follow those of the primitives, see `search.piece_lists.values`.

    Attributes:
        grids: store of the states' grids.
        values: store of grids and lists; None: states hold grids alone.
        function_count: number of functions that a step may call.
        pair_count: number of pairs.
        nodes: nodes spent so far.
        goal_states: states that explain all pairs, in the order they were reached.
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
        self.function_count = self.values.function_count if self.values else len(primitives)
        self.pair_count = len(outputs)
        self.nodes = 0
        self.goal_states: list[GoalState] = []
        self._goal = Goal(outputs, self.grids) if outputs else None
        self._step = self.values.apply if self.values else self.grids.apply
        self._distinct_pairs = _list_distinct_pairs(outputs) if pieces else []
        self._states: list[State] = []
        self._index: dict[State, int] = {}
        self._steps: list[list[int]] = []
        self._no_steps = [_NOT_EXECUTED] * self.function_count
        # Shortest known path to each state: length, parent, last function, negative log probability (uniform prior).
        self._paths: list[tuple[int, int, int, float]] = []
        self._costs = _compute_uniform_costs(len(primitives), self.function_count)
        self._expanded_count = 0
        self._add_state(tuple(self.grids.intern(grid) for grid in inputs), 0, -1)

    def __len__(self) -> int:
        return len(self._states)

    @property
    def nbytes(self) -> int:
        """Approximate memory of states and grids, in bytes."""
        state_bytes = _STATE_BYTES + 8 * len(self._states[0])
        steps_bytes = _STEPS_BYTES + 8 * len(self._no_steps)
        store = self.values or self.grids
        return store.nbytes + len(self._states) * state_bytes + self._expanded_count * steps_bytes

    def step(self, state: int, primitive: int) -> int:
        """Return the state after a step, or `NO_STATE`; a first call costs nodes, a repeated one none."""
        steps = self._steps[state]
        successor = steps[primitive]
        if successor != _NOT_EXECUTED:
            return successor
        if steps is self._no_steps:
            steps = self._steps[state] = steps.copy()
            self._expanded_count += 1
        self.nodes += self._count_nodes(state, primitive)
        call, results = self._step, []
        for value_id in self._states[state]:
            value_id = call(value_id, primitive)
            if value_id == NO_GRID:
                steps[primitive] = NO_STATE
                return NO_STATE
            results.append(value_id)
        key = tuple(results)
        known = self._index.get(key)
        successor = steps[primitive] = self._add_state(key, state, primitive) if known is None else known
        return successor

    def expand(self, state: int) -> list[int]:
        """Return the states after every primitive, in order."""
        primitives = range(len(self.grids.primitives))
        return [self.step(state, primitive) for primitive in primitives]

    def is_list(self, state: int) -> bool:
        """Return whether a state consists of lists of pieces."""
        return self._states[state][0] >= LIST_OFFSET

    def is_dead_end(self, state: int) -> bool:
        """Return whether two pairs with different outputs have become equal: no step can separate them again."""
        ids = self._states[state]
        return any(ids[first] == ids[second] for first, second in self._distinct_pairs)

    def get_ids(self, state: int) -> State:
        """Return the ids of a state's grids or lists, those of the pairs first."""
        return self._states[state]

    def get_grids(self, state: int) -> tuple[Grid, ...]:
        """Return the grids of a state, those of the pairs first."""
        return tuple(self.grids.grids[grid_id] for grid_id in self._states[state])

    def find_goal_states_without(self) -> list[list[GoalState]]:
        """Find the states that explain all pairs but one, for each pair left out, in the order they were reached.

        A state that explains all pairs is among those of every pair. Their nodes are not known and 0.
        """
        states: list[list[GoalState]] = [[] for _ in range(self.pair_count)]
        if self._goal is not None and self.pair_count > 1:
            for state, key in enumerate(self._states):
                if key[0] < LIST_OFFSET:
                    for pair, relabelling in self._goal.find_relabellings_without(key).items():
                        states[pair].append(GoalState(state, relabelling, 0))
        return states

    def shorten_path(self, state: int, parent: int, primitive: int) -> None:
        """Record a path to a state if it is shorter than the known one."""
        length = self._paths[parent][0] + 1
        if length < self._paths[state][0]:
            self._paths[state] = (length, parent, primitive, self._cost_after(parent, primitive))

    def get_cost(self, state: int) -> float:
        """Return the negative log probability, in nats, of the shortest known program under a uniform prior."""
        return self._paths[state][3]

    def get_program(self, state: int) -> tuple[int, ...]:
        """Return the shortest known program that leads to a state: positions of functions, first step first."""
        steps: list[int] = []
        while state:
            _, state, function, _ = self._paths[state]
            steps.append(function)
        return tuple(reversed(steps))

    def _cost_after(self, parent: int, function: int) -> float:
        return self._paths[parent][3] + self._costs[self._states[parent][0] >= LIST_OFFSET][function]

    def _count_nodes(self, state: int, function: int) -> int:
        """Return the nodes that a step costs."""
        if self.values is None or function >= len(self.grids.primitives) or not self.is_list(state):
            return 1
        return max(map(self.values.count_calls, self._states[state]))

    def _add_state(self, key: State, parent: int, primitive: int) -> int:
        state = self._index[key] = len(self._states)
        self._states.append(key)
        self._steps.append(self._no_steps)
        if state:
            cost = self._cost_after(parent, primitive)
            self._paths.append((self._paths[parent][0] + 1, parent, primitive, cost))
        else:
            self._paths.append((0, 0, -1, 0.0))
        if self._goal is not None and key[0] < LIST_OFFSET:
            relabelling = self._goal.find_relabelling(key)
            if relabelling is not None:
                self.goal_states.append(GoalState(state, relabelling, self.nodes))
        return state


def _list_distinct_pairs(outputs: Sequence[Grid]) -> list[tuple[int, int]]:
    """Return the index pairs of outputs that differ."""
    return [
        (first, second)
        for second in range(len(outputs))
        for first in range(second)
        if not is_equal(outputs[first], outputs[second])
    ]


@cache
def _compute_uniform_costs(primitives: int, functions: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the negative log probability of each function on grids and on lists, under a uniform prior."""
    rankings = rank_steps(np.ones(primitives), pieces=functions > primitives)
    tables = []
    for ranking in rankings:
        table = [0.0] * functions
        for function, cost in zip(*ranking, strict=True):
            table[function] = cost
        tables.append(table)
    return tuple(tables[0]), tuple(tables[1])
