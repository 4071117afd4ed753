"""Chooses programs worth learning among everything that short programs make of one input set."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.data.generation.enumeration import LastStep, Tree
from neural_guide.dsl.vocabulary import V2, Vocabulary

TREE_DEPTH = 3  # steps expanded on all pairs; one more goes through LastStep
LENGTH_SHARES = (0.10, 0.25, 0.35, 0.30)  # of tasks, by program length 1 to 4
TARGETS_PER_SET = 10  # at most; more would be cheaper and show the same grids more often
DEEP_SHARE = 0.5  # of the input sets, those searched one step beyond the tree: it doubles their cost
_ATTEMPTS = 8  # draws before a length is given up for one input set

State = tuple[int, ...]
Weights = npt.NDArray[np.float64]


class _Found(NamedTuple):
    """A result, its canonical program, and how many programs as short make it."""

    state: State
    program: tuple[str, ...]
    programs: int


class Target(NamedTuple):
    """A program and what it makes of an input set.

    Attributes:
        program: canonical and minimal, first step first.
        outputs: one grid a pair.
        rivals: for each pair, other results of programs no longer that give the same output on it.
        programs: how many programs as short as this one make the same outputs.
    """

    program: tuple[str, ...]
    outputs: tuple[Grid, ...]
    rivals: tuple[int, ...]
    programs: int


class Uses:
    """Running counts that steer the draw to rare primitives of a vocabulary."""

    def __init__(self, vocabulary: Vocabulary = V2) -> None:
        self._places = {name: place for place, name in enumerate(vocabulary.names)}
        self._primitives = np.zeros(len(vocabulary))

    def add(self, program: Sequence[str]) -> None:
        """Count one task."""
        self._primitives[[self._places[name] for name in set(program)]] += 1

    def need(self) -> Weights:
        """float64 [primitive]: falls with the square of the number of tasks that use the primitive."""
        return 1.0 / (1.0 + self._primitives) ** 2


class Balance(Uses):
    """Running counts that steer the draw to rare primitives and to lengths that fall behind."""

    def __init__(self, vocabulary: Vocabulary = V2) -> None:
        super().__init__(vocabulary)
        self._lengths = np.zeros(len(LENGTH_SHARES))

    def add(self, program: Sequence[str]) -> None:
        """Count one task of a length that has a share."""
        super().add(program)
        self._lengths[len(program) - 1] += 1

    def length(self, longest: int) -> int:
        """The length, 1 to `longest`, that is furthest behind its share."""
        shares = np.array(LENGTH_SHARES[:longest])
        made = self._lengths[:longest]
        return 1 + int(np.argmax(shares * (made.sum() + 1) - made * shares.sum()))


def draw_targets(
    inputs: Sequence[Grid],
    max_length: int,
    balance: Balance,
    rng: np.random.Generator,
    vocabulary: Vocabulary = V2,
) -> Iterator[Target]:
    """Up to `TARGETS_PER_SET` different targets for one input set.

    Args:
        inputs: different grids, one a pair.
        max_length: most steps of a program, 1 to 4.
        balance: read before each draw; the caller counts what it takes.
        rng: decides everything else.
        vocabulary: what a step can be.
    """
    tree = Tree(inputs, min(max_length, TREE_DEPTH), vocabulary)
    deep = max_length > TREE_DEPTH and rng.random() < DEEP_SHARE
    longest = TREE_DEPTH + 1 if deep else tree.depth
    draws = Draws(tree, LastStep(tree) if deep else None, rng)
    for _ in range(TARGETS_PER_SET):
        target = draws.draw(balance.length(longest), balance.need())
        if target is not None:
            yield target


class Draws:
    """Draws from one tree, never the same result twice.

    Args:
        tree: where targets come from.
        beyond: one step more than the tree; None where no target is longer than the tree is deep.
        rng: decides every draw.
    """

    def __init__(self, tree: Tree, beyond: LastStep | None, rng: np.random.Generator) -> None:
        self._tree, self._beyond, self._rng = tree, beyond, rng
        self._taken: set[State] = set()
        moved = (tree.states != tree.states[0]).all(axis=1)
        alone = tree.states.shape[1] == 1
        varied = alone | (tree.states != tree.states[:, :1]).any(axis=1)
        self._fit = tree.active & moved & varied

    def draw(self, length: int, need: Weights) -> Target | None:
        """A target of the length, or None where a few attempts find none.

        Args:
            length: steps of its program, 1 to one more than the tree is deep.
            need: float64 [primitive], how much each primitive is wanted.
        """
        beyond = self._beyond if length > self._tree.depth else None
        for _ in range(_ATTEMPTS):
            found = self._after(beyond, need) if beyond else self._within(length, need)
            if found is None:
                continue
            state, program, programs = found
            outputs = tuple(self._tree.grids.grids[number] for number in state)
            if state not in self._taken and worth(outputs):
                self._taken.add(state)
                return Target(program, outputs, self._tree.rivals(state, len(program)), programs)
        return None

    def _within(self, length: int, need: Weights) -> _Found | None:
        tree = self._tree
        candidates = np.flatnonzero((tree.lengths == length) & self._fit)
        if not candidates.size:
            return None
        used = tree.used[candidates]
        chosen = int(candidates[choose(used @ need / used.sum(axis=1), self._rng)])
        state = tuple(tree.states[chosen].tolist())
        return _Found(state, tree.program(chosen), int(tree.programs[chosen]))

    def _after(self, beyond: LastStep, need: Weights) -> _Found | None:
        tree = self._tree
        parents = beyond.parents[tree.active[beyond.parents]]
        if not parents.size:
            return None
        weights = step_weights(tree.used[parents], need)
        row, primitive = divmod(choose(weights.ravel(), self._rng), len(tree.names))
        state = beyond.result(int(parents[row]), primitive)
        if state is None or not moves(state, tree):
            return None
        origins = beyond.origins(state)
        parent, primitive = origins[0]
        # The canonical origin may have a step that leaves a pair as it was, where the drawn one had none.
        if not tree.active[parent] or (tree.states[parent] == np.array(state)).any():
            return None
        programs = sum(int(tree.programs[origin]) for origin, _ in origins)
        return _Found(state, (*tree.program(parent), tree.names[primitive]), programs)


def step_weights(used: npt.NDArray[np.bool_], need: Weights) -> Weights:
    """How much a program is wanted after one more step: the mean need of the primitives it then uses.

    Args:
        used: bool [program, primitive], what each program uses so far.
        need: float64 [primitive].

    Returns:
        float64 [program, primitive], by the primitive of the step.
    """
    new = ~used
    weights: Weights = ((used @ need)[:, None] + new * need) / (used.sum(axis=1)[:, None] + new)
    return weights


def choose(weights: Weights, rng: np.random.Generator) -> int:
    """A position drawn in proportion to the weights, float64 [position]."""
    total = np.cumsum(weights)
    position = int(np.searchsorted(total, rng.random() * total[-1], side="right"))
    return min(position, total.size - 1)


def moves(state: State, tree: Tree) -> bool:
    """Whether every output differs from its input, and the outputs are not all the same."""
    changed = all(made != given for made, given in zip(state, tree.states[0].tolist(), strict=True))
    return changed and (len(state) == 1 or len(set(state)) > 1)


def worth(outputs: Sequence[Grid]) -> bool:
    """Whether no output is blank and at most half of them have a single colour."""
    plain = [int(grid.max()) for grid in outputs if grid.min() == grid.max()]
    return 0 not in plain and 2 * len(plain) <= len(outputs)
