"""Targets of an input set: programs worth learning among everything that short programs make of its inputs."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.data.generation.enumeration import Enumeration, LastStep
from neural_guide.dsl.vocabulary import V2, Vocabulary

ENUMERATION_DEPTH = 3  # steps expanded on all pairs; one more goes through LastStep
LENGTH_SHARES = (0.10, 0.25, 0.35, 0.30)  # share of tasks by program length, 1 to 4
TARGETS_PER_SET = 10  # at most; more would be cheaper and show the same grids more often
DEEP_SHARE = 0.5  # share of input sets searched one step beyond the enumeration: it doubles their cost
_ATTEMPTS = 8  # draws before a length is given up for one input set

State = tuple[int, ...]
Weights = npt.NDArray[np.float64]


class _Candidate(NamedTuple):
    """A result, its canonical program, and the number of programs of this length that make it."""

    state: State
    program: tuple[str, ...]
    n_programs: int


class Target(NamedTuple):
    """A program and its outputs on an input set.

    Attributes:
        program: canonical and minimal, first step first.
        outputs: output grids, one for each pair.
        rivals: for each pair, number of other results, of programs no longer than this, with the same output on it.
        n_programs: number of programs of the same length that make the same outputs.
    """

    program: tuple[str, ...]
    outputs: tuple[Grid, ...]
    rivals: tuple[int, ...]
    n_programs: int


class PrimitiveCounts:
    """Running counts of tasks by primitive; they steer the draw to rare primitives of a vocabulary."""

    def __init__(self, vocabulary: Vocabulary = V2) -> None:
        self._positions = {name: position for position, name in enumerate(vocabulary.names)}
        self._counts = np.zeros(len(vocabulary))

    def add(self, program: Sequence[str]) -> None:
        """Count one task."""
        self._counts[[self._positions[name] for name in set(program)]] += 1

    def compute_need(self) -> Weights:
        """float64 [primitive]: falls with the square of the number of tasks that use the primitive."""
        return 1.0 / (1.0 + self._counts) ** 2


class Balance(PrimitiveCounts):
    """Running counts that steer the draw to rare primitives and to lengths below their share."""

    def __init__(self, vocabulary: Vocabulary = V2) -> None:
        super().__init__(vocabulary)
        self._lengths = np.zeros(len(LENGTH_SHARES))

    def add(self, program: Sequence[str]) -> None:
        """Count one task of a length that has a share."""
        super().add(program)
        self._lengths[len(program) - 1] += 1

    def choose_length(self, longest: int) -> int:
        """Choose the length, 1 to `longest`, that is furthest below its share."""
        shares = np.array(LENGTH_SHARES[:longest])
        counts = self._lengths[:longest]
        return 1 + int(np.argmax(shares * (counts.sum() + 1) - counts * shares.sum()))


def draw_targets(
    inputs: Sequence[Grid],
    max_length: int,
    balance: Balance,
    rng: np.random.Generator,
    vocabulary: Vocabulary = V2,
) -> Iterator[Target]:
    """Draw up to `TARGETS_PER_SET` different targets for one input set.

    Args:
        inputs: different grids, one for each pair.
        max_length: maximum number of steps in a program, 1 to 4.
        balance: read before each draw; the caller counts the targets it takes.
        rng: source of all other choices.
        vocabulary: primitives to try at each step.
    """
    enumeration = Enumeration(inputs, min(max_length, ENUMERATION_DEPTH), vocabulary)
    deep = max_length > ENUMERATION_DEPTH and rng.random() < DEEP_SHARE
    longest = ENUMERATION_DEPTH + 1 if deep else enumeration.depth
    sampler = TargetSampler(enumeration, LastStep(enumeration) if deep else None, rng)
    for _ in range(TARGETS_PER_SET):
        target = sampler.draw(balance.choose_length(longest), balance.compute_need())
        if target is not None:
            yield target


class TargetSampler:
    """Sampler of targets from one enumeration, each result at most once.

    Args:
        enumeration: source of the targets.
        last_step: one step more than the enumeration; None if no target is longer than the enumeration is deep.
        rng: source of every draw.
    """

    def __init__(self, enumeration: Enumeration, last_step: LastStep | None, rng: np.random.Generator) -> None:
        self._enumeration, self._last_step, self._rng = enumeration, last_step, rng
        self._taken: set[State] = set()
        states = enumeration.states
        changed = (states != states[0]).all(axis=1)
        single_pair = states.shape[1] == 1
        varied = single_pair | (states != states[:, :1]).any(axis=1)
        self._suitable = enumeration.active & changed & varied

    def draw(self, length: int, need: Weights) -> Target | None:
        """Draw a target of a given length.

        Args:
            length: steps of its program, 1 to one more than the depth of the enumeration.
            need: float64 [primitive], weight of each primitive.

        Returns:
            None if a few attempts find no target.
        """
        last_step = self._last_step if length > self._enumeration.depth else None
        for _ in range(_ATTEMPTS):
            candidate = self._draw_beyond(last_step, need) if last_step else self._draw_within(length, need)
            if candidate is None:
                continue
            state, program, n_programs = candidate
            outputs = tuple(self._enumeration.grids.grids[number] for number in state)
            if state not in self._taken and is_informative(outputs):
                self._taken.add(state)
                return Target(program, outputs, self._enumeration.count_rivals(state, len(program)), n_programs)
        return None

    def _draw_within(self, length: int, need: Weights) -> _Candidate | None:
        enumeration = self._enumeration
        candidates = np.flatnonzero((enumeration.lengths == length) & self._suitable)
        if not candidates.size:
            return None
        uses = enumeration.uses[candidates]
        position = int(candidates[draw_index(uses @ need / uses.sum(axis=1), self._rng)])
        state = tuple(enumeration.states[position].tolist())
        return _Candidate(state, enumeration.trace_program(position), int(enumeration.n_programs[position]))

    def _draw_beyond(self, last_step: LastStep, need: Weights) -> _Candidate | None:
        enumeration = self._enumeration
        parents = last_step.parents[enumeration.active[last_step.parents]]
        if not parents.size:
            return None
        weights = weigh_steps(enumeration.uses[parents], need)
        row, primitive = divmod(draw_index(weights.ravel(), self._rng), len(enumeration.names))
        state = last_step.apply(int(parents[row]), primitive)
        if state is None or not is_change(state, enumeration):
            return None
        origins = last_step.find_origins(state)
        parent, primitive = origins[0]
        # The canonical origin may have a step that leaves a pair unchanged, even if the drawn one had none.
        if not enumeration.active[parent] or (enumeration.states[parent] == np.array(state)).any():
            return None
        n_programs = sum(int(enumeration.n_programs[origin]) for origin, _ in origins)
        return _Candidate(state, (*enumeration.trace_program(parent), enumeration.names[primitive]), n_programs)


def weigh_steps(uses: npt.NDArray[np.bool_], need: Weights) -> Weights:
    """Weigh programs extended by one step: the mean need of the primitives that the longer program uses.

    Args:
        uses: bool [program, primitive], primitives that each program uses so far.
        need: float64 [primitive], weight of each primitive.

    Returns:
        float64 [program, primitive], by the primitive of the new step.
    """
    new = ~uses
    weights: Weights = ((uses @ need)[:, None] + new * need) / (uses.sum(axis=1)[:, None] + new)
    return weights


def draw_index(weights: Weights, rng: np.random.Generator) -> int:
    """Draw a position in proportion to the weights, float64 [position]."""
    total = np.cumsum(weights)
    position = int(np.searchsorted(total, rng.random() * total[-1], side="right"))
    return min(position, total.size - 1)


def is_change(state: State, enumeration: Enumeration) -> bool:
    """True if every output differs from its input, and the outputs are not all the same."""
    inputs = enumeration.states[0].tolist()
    changed = all(output != number for output, number in zip(state, inputs, strict=True))
    return changed and (len(state) == 1 or len(set(state)) > 1)


def is_informative(outputs: Sequence[Grid]) -> bool:
    """True if no output is blank and at most half of them have a single colour."""
    plain = [int(grid.max()) for grid in outputs if grid.min() == grid.max()]
    return 0 not in plain and 2 * len(plain) <= len(outputs)
