"""Enumeration of every short program on one input set, with each distinct result once.

A *state* is the result of a program on all inputs: a tuple of grids, one for each pair. States that are equal on every
pair are one state (observational equivalence). So an enumeration holds, for every result within its depth, the first
shortest program that reaches it. Grids are interned and identified by a number. A state is then a tuple of small
integers, and each primitive runs at most once on each grid.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.dsl.interning import NO_GRID, GridTable
from neural_guide.dsl.vocabulary import PRIMITIVES, V2, Vocabulary

Ids = npt.NDArray[np.int64]


class Enumeration:
    """All states within `depth` steps of the inputs, in breadth-first vocabulary order.

    In that order the program stored for a state is its canonical program: the first of its shortest programs, compared
    step by step in vocabulary order. Programs that do not apply to some input have no state.

    Args:
        inputs: input grids of one task.
        depth: maximum number of steps.
        vocabulary: primitives to try at each step.

    Attributes:
        grids: the interned grids.
        names: names of the vocabulary, in its order.
        depth: number of steps that were expanded in full.
        states: int64 [state, pair], the number of each grid; state 0 is the inputs.
        lengths: int64 [state], length of the state's shortest programs.
        parents: int64 [state], the state before the last step of the canonical program; 0 for state 0.
        last_steps: int64 [state], that last step as a position in `names`; -1 for state 0.
        n_programs: int64 [state], number of shortest programs that reach the state.
        uses: bool [state, primitive], true if the canonical program contains the primitive.
        active: bool [state], true if every step of the canonical program changes every pair.
    """

    def __init__(self, inputs: Sequence[Grid], depth: int, vocabulary: Vocabulary = V2) -> None:
        self.names = vocabulary.names
        self.grids = GridTable([PRIMITIVES[name] for name in self.names])
        self.depth = depth
        root = tuple(self.grids.intern(grid) for grid in inputs)
        self._index: dict[tuple[int, ...], int] = {root: 0}
        parents, last_steps, n_programs, lengths = [0], [-1], [1], [0]
        first, end = 0, 1
        states = [root]
        for length in range(1, depth + 1):
            for parent in range(first, end):
                results = [self.grids.apply_all(number) for number in states[parent]]
                for primitive, state in enumerate(zip(*results, strict=True)):
                    known = self._index.get(state)
                    if known is not None:
                        if lengths[known] == length:
                            n_programs[known] += n_programs[parent]
                    elif NO_GRID not in state:
                        self._index[state] = len(states)
                        states.append(state)
                        parents.append(parent)
                        last_steps.append(primitive)
                        n_programs.append(n_programs[parent])
                        lengths.append(length)
            first, end = end, len(states)
        self.states = np.array(states, dtype=np.int64)
        self.parents, self.last_steps = np.array(parents), np.array(last_steps)
        self.n_programs, self.lengths = np.array(n_programs), np.array(lengths)
        self.uses, self.active = self._follow_programs()

    def __len__(self) -> int:
        return len(self.states)

    def _follow_programs(self) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Compute `uses` and `active`, passed on from parents to children one length after the other."""
        uses = np.zeros((len(self), len(self.names)), dtype=bool)
        active = (self.states != self.states[self.parents]).all(axis=1)
        active[0] = True
        for length in range(1, self.depth + 1):
            level = np.flatnonzero(self.lengths == length)
            uses[level] = uses[self.parents[level]]
            uses[level, self.last_steps[level]] = True
            active[level] &= active[self.parents[level]]
        return uses, active

    def find(self, state: tuple[int, ...]) -> int | None:
        """The position of a state, given the numbers of its grids; None if no program within the depth reaches it."""
        return self._index.get(state)

    def trace_program(self, state: int) -> tuple[str, ...]:
        """The canonical program of the state at a position, first step first; () for the inputs."""
        steps: list[str] = []
        while state:
            steps.append(self.names[self.last_steps[state]])
            state = int(self.parents[state])
        return tuple(reversed(steps))

    def count_rivals(self, outputs: Sequence[int], length: int) -> tuple[int, ...]:
        """Count, for each pair, the other results of programs up to `length` that give the same output on it.

        Results beyond the depth of the enumeration are not counted.

        Args:
            outputs: numbers of the output grids, one for each pair.
            length: length of the shortest programs that make these outputs.
        """
        within_length = self.states[1 : int(np.searchsorted(self.lengths, length, side="right"))]
        counts = (within_length == np.array(outputs)).sum(axis=0)
        itself = int(length <= self.depth)
        return tuple(int(count) - itself for count in counts)


class LastStep:
    """Results one step beyond an enumeration, without expanding that step on all pairs.

    Only one pair is expanded by one more step, in full. A result of all pairs can then come only from the few steps
    where that pair agrees, and those are checked on the other pairs. This is exact, at a quarter of the cost for tasks
    of four pairs.

    Args:
        enumeration: enumeration to extend.

    Attributes:
        enumeration: the same.
        parents: int64 [parent], positions of the states of the deepest level.
        pair: the pair that is expanded: the one with the fewest different grids on that level.
        results: int64 [parent, primitive], result of each step on that pair: numbers of grids, or `NO_GRID`.
    """

    def __init__(self, enumeration: Enumeration) -> None:
        self.enumeration = enumeration
        self.parents: Ids = np.flatnonzero(enumeration.lengths == enumeration.depth)
        columns = enumeration.states[self.parents]
        distinct = [np.unique(column).size for column in columns.T]
        self.pair = int(np.argmin(distinct))
        self.results: Ids = np.array(
            [enumeration.grids.apply_all(number) for number in columns[:, self.pair].tolist()], dtype=np.int64
        ).reshape(-1, len(enumeration.names))

    def apply(self, parent: int, primitive: int) -> tuple[int, ...] | None:
        """Apply one more step to a state of the deepest level.

        Returns:
            Numbers of the resulting grids; None if the step does not apply, or a shorter program gives the same result.
        """
        numbers: list[int] = []
        for number in self.enumeration.states[parent].tolist():
            numbers.append(self.enumeration.grids.apply(number, primitive))
            if numbers[-1] == NO_GRID:
                return None
        state = tuple(numbers)
        return None if self.enumeration.find(state) is not None else state

    def find_origins(self, state: tuple[int, ...]) -> list[tuple[int, int]]:
        """Every (parent, primitive) that leads to the state, in vocabulary order: the first is canonical."""
        rows, primitives = np.nonzero(self.results == state[self.pair])
        candidates = zip(self.parents[rows].tolist(), primitives.tolist(), strict=True)
        return [(parent, primitive) for parent, primitive in candidates if self._leads_to(state, parent, primitive)]

    def _leads_to(self, state: tuple[int, ...], parent: int, primitive: int) -> bool:
        numbers = self.enumeration.states[parent].tolist()
        grids = self.enumeration.grids
        return all(grids.apply(number, primitive) == result for number, result in zip(numbers, state, strict=True))
