"""Every short program on one set of inputs, each distinct result once.

A *state* is what one program makes of all inputs: a tuple of grids, one a pair. States that are equal
on every pair are one state (observational equivalence), so the tree holds, for every result within its
depth, the first shortest program that reaches it. Grids are interned and named by a number, which
makes a state a tuple of small integers and each primitive run at most once on each grid.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.dsl.interning import NO_GRID, GridTable
from neural_guide.dsl.vocabulary import PRIMITIVES, V2, Vocabulary

Ids = npt.NDArray[np.int64]


class Tree:
    """All states within `depth` steps of the inputs, in breadth-first vocabulary order.

    In that order the program stored for a state is the first, by vocabulary order step by step, of its
    shortest programs: its canonical program. Programs that do not apply to some input have no state.

    Args:
        inputs: of one task.
        depth: most steps.
        vocabulary: what a step can be.

    Attributes:
        grids: the interned grids.
        names: of the vocabulary, in its order.
        depth: steps that were expanded, in full.
        states: int64 [state, pair], the number of each grid; state 0 is the inputs.
        lengths: int64 [state], length of the state's shortest programs.
        parents: int64 [state], the state before the last step of the canonical program; 0 for state 0.
        last: int64 [state], that last step as a position in `names`; -1 for state 0.
        programs: int64 [state], how many shortest programs reach the state.
        used: bool [state, primitive], what the canonical program uses.
        active: bool [state], whether every step of the canonical program changes every pair.
    """

    def __init__(self, inputs: Sequence[Grid], depth: int, vocabulary: Vocabulary = V2) -> None:
        self.names = vocabulary.names
        self.grids = GridTable([PRIMITIVES[name] for name in self.names])
        self.depth = depth
        root = tuple(self.grids.intern(grid) for grid in inputs)
        self._index: dict[tuple[int, ...], int] = {root: 0}
        parents, last, programs, lengths = [0], [-1], [1], [0]
        first, end = 0, 1
        states = [root]
        for length in range(1, depth + 1):
            for parent in range(first, end):
                results = [self.grids.apply_all(number) for number in states[parent]]
                for primitive, state in enumerate(zip(*results, strict=True)):
                    known = self._index.get(state)
                    if known is not None:
                        if lengths[known] == length:
                            programs[known] += programs[parent]
                    elif NO_GRID not in state:
                        self._index[state] = len(states)
                        states.append(state)
                        parents.append(parent)
                        last.append(primitive)
                        programs.append(programs[parent])
                        lengths.append(length)
            first, end = end, len(states)
        self.states = np.array(states, dtype=np.int64)
        self.parents, self.last = np.array(parents), np.array(last)
        self.programs, self.lengths = np.array(programs), np.array(lengths)
        self.used, self.active = self._along_programs()

    def __len__(self) -> int:
        return len(self.states)

    def _along_programs(self) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """`used` and `active`, handed on from parents to children one length after the other."""
        used = np.zeros((len(self), len(self.names)), dtype=bool)
        active = (self.states != self.states[self.parents]).all(axis=1)
        active[0] = True
        for length in range(1, self.depth + 1):
            level = np.flatnonzero(self.lengths == length)
            used[level] = used[self.parents[level]]
            used[level, self.last[level]] = True
            active[level] &= active[self.parents[level]]
        return used, active

    def find(self, state: tuple[int, ...]) -> int | None:
        """The position of a state given by its grids' numbers, or None where no short program makes it."""
        return self._index.get(state)

    def program(self, state: int) -> tuple[str, ...]:
        """The canonical program of the state at a position, first step first; () for the inputs."""
        steps: list[str] = []
        while state:
            steps.append(self.names[self.last[state]])
            state = int(self.parents[state])
        return tuple(reversed(steps))

    def rivals(self, outputs: Sequence[int], length: int) -> tuple[int, ...]:
        """For each pair, how many other results of programs up to `length` give the same output on it.

        Args:
            outputs: numbers of the output grids, one a pair.
            length: of the program that made them, which is the first to make them; what lies beyond the
                depth of the tree is not counted.
        """
        shown = self.states[1 : int(np.searchsorted(self.lengths, length, side="right"))]
        same = (shown == np.array(outputs)).sum(axis=0)
        itself = int(length <= self.depth)
        return tuple(int(count) - itself for count in same)


class LastStep:
    """The results one step beyond a tree, found without expanding it on all pairs.

    One pair alone is expanded by one more step, in full. A result of all pairs can then only come from
    the few places where that pair agrees, which are checked on the other pairs: exact at a quarter
    of the cost for tasks of four pairs.

    Attributes:
        tree: as given.
        parents: int64 [parent], positions of the states of the deepest level.
        pair: the pair that is expanded: the one with the fewest different grids on that level.
        made: int64 [parent, primitive], what each step makes of that pair: numbers of grids or `NO_GRID`.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.parents: Ids = np.flatnonzero(tree.lengths == tree.depth)
        columns = tree.states[self.parents]
        distinct = [np.unique(column).size for column in columns.T]
        self.pair = int(np.argmin(distinct))
        self.made: Ids = np.array(
            [tree.grids.apply_all(number) for number in columns[:, self.pair].tolist()], dtype=np.int64
        ).reshape(-1, len(tree.names))

    def result(self, parent: int, primitive: int) -> tuple[int, ...] | None:
        """The grids after one more step from a state of the deepest level.

        Returns:
            Numbers of the grids, or None where the step does not apply or a shorter program does the same.
        """
        made: list[int] = []
        for number in self.tree.states[parent].tolist():
            made.append(self.tree.grids.apply(number, primitive))
            if made[-1] == NO_GRID:
                return None
        state = tuple(made)
        return None if self.tree.find(state) is not None else state

    def origins(self, state: tuple[int, ...]) -> list[tuple[int, int]]:
        """Every (parent, primitive) that leads to the result, in vocabulary order: the first is canonical."""
        rows, primitives = np.nonzero(self.made == state[self.pair])
        places = zip(self.parents[rows].tolist(), primitives.tolist(), strict=True)
        return [place for place in places if self._leads(place, state)]

    def _leads(self, place: tuple[int, int], state: tuple[int, ...]) -> bool:
        parent, primitive = place
        numbers = self.tree.states[parent].tolist()
        return all(
            self.tree.grids.apply(number, primitive) == made for number, made in zip(numbers, state, strict=True)
        )
