"""Answers that several explored states make together, laid over each other.

The greedy cover of J. S. Wind's solver of 2020 (icecuber, first in the ARC competition on Kaggle), from its public
description: a state may be a layer where each of its cells is right on all pairs, or transparent, or covered by the
layers above it; the most useful layers are tried first, until nothing is left uncovered. Beyond it, the colours of a
layer are bound here, as they are at the end of a program: a colour that always lies where the output has one colour
becomes that one, and one that does not is transparent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.search.goal import ColourMap
from neural_guide.search.state_space import Space

CLEAR = 255  # in the colours of a layer: transparent
_MOST_STATES = 3000  # the shortest ones that differ on the pairs
_MOST_CELLS = 4_000_000  # of all those states together
_BYTES_A_CELL = 8  # the cells, what they cover, where they are wrong, and copies of what is not covered yet
_STATE_BYTES = 200
_MAPPED = 300  # of them, those whose colours are bound
_MOST_LAYERS = 3
_BEAM = 6  # incomplete assemblies that are gone on with
_KEPT = 24  # finished ones that are returned
_LAYER_COST = 2.0  # of each layer beside its program, in nats
_MAP_COST = 2.0  # of binding its colours
_UNSUPPORTED_COST = 4.0  # of a layer that no pair needs; in proportion to the pairs that do not need it

Cells = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


class Layer(NamedTuple):
    """A state and what its colours become: colour or `CLEAR`, for each of the ten."""

    state: int
    colours: ColourMap


@dataclass(frozen=True)
class Assembly:
    """Layers that make all outputs of the pairs, the uppermost first.

    Attributes:
        layers: one or more; what none of them covers is background.
        cost: in nats, of the programs, of each layer, and of what pairs do not support.
        support: share of layers and pairs where the layer covers something, (0, 1].
    """

    layers: tuple[Layer, ...]
    cost: float
    support: float


class _Open(NamedTuple):
    """An incomplete assembly."""

    layers: tuple[Layer, ...]
    cost: float
    gains: tuple[npt.NDArray[np.bool_], ...]  # for each layer, by pair: whether it covers something
    left: Mask  # cells that are not covered


def laid_over(grids: Sequence[Grid], tables: Sequence[ColourMap]) -> Grid:
    """Grids of one shape on top of each other, the first uppermost; what none covers is background.

    Args:
        grids: one a layer.
        tables: what their colours become, see `Layer`.
    """
    made = np.zeros_like(grids[0])
    for grid, table in zip(reversed(grids), reversed(tables), strict=True):
        coloured = np.array(table, dtype=np.uint8)[grid]
        np.copyto(made, coloured, where=coloured != CLEAR)
    return made


class Assembler:
    """Lays the states of a space that have the outputs' shapes over each other.

    Args:
        space: that a search walks through.
        outputs: of the pairs.
    """

    def __init__(self, space: Space, outputs: Sequence[Grid]) -> None:
        self._space = space
        self._out = np.concatenate([output.ravel() for output in outputs])
        ends = np.cumsum([output.size for output in outputs])
        self._starts = np.concatenate(([0], ends[:-1]))

    def nbytes(self, states: int) -> int:
        """Memory that so many states take beside the space, about, that of laying them over each other included."""
        return _STATE_BYTES * states + _BYTES_A_CELL * min(_MOST_CELLS, states * len(self._out))

    def assemble(self, groups: Sequence[Sequence[int]]) -> list[Assembly]:
        """What can be made of states of a space, the cheapest first; the groups as of `Fitting`."""
        found: list[Assembly] = []
        for states in groups:
            if len(states) > 1:
                found += _Cover(self._space, states, self._out, self._starts).search()
        return sorted(found, key=lambda assembly: assembly.cost)[:_KEPT]


class _Cover:
    """The search for layers among states of one size.

    Args:
        space: where they are from.
        states: different ones on the pairs, the cheapest first.
        out: cells of all outputs, one after the other, uint8 [cell].
        starts: where each output begins in them.
    """

    def __init__(self, space: Space, states: Sequence[int], out: Cells, starts: npt.NDArray[np.int64]) -> None:
        self._states = states[: min(_MOST_STATES, _MOST_CELLS // len(out))]
        self._costs = np.array([space.cost(state) for state in self._states]) + _LAYER_COST
        pairs, cells = len(starts), space.grids.cells
        joined = b"".join([cells[number] for state in self._states for number in space.numbers_of(state)[:pairs]])
        self._made = np.frombuffer(joined, dtype=np.uint8).reshape(len(self._states), -1)
        self._out, self._starts = out, starts
        self._differs = self._made != out
        self._content = self._made != 0
        counts = np.bincount(self._made[:_MAPPED].ravel(), minlength=COLOURS)
        self._colours = [colour for colour in range(1, COLOURS) if counts[colour]]
        self._finished: list[Assembly] = []

    def search(self) -> list[Assembly]:
        """Finished assemblies of two or more layers."""
        beam = [_Open((), 0.0, (), np.ones(len(self._out), dtype=bool))]
        for _ in range(_MOST_LAYERS):
            following = [opened for parent in beam for opened in self._extended(parent)]
            following.sort(key=lambda opened: (opened.left.sum(), opened.cost))
            beam = _different(following)[:_BEAM]
        return self._finished

    def _extended(self, parent: _Open) -> list[_Open]:
        """A parent with one more layer each; what is complete goes to the finished ones."""
        wanted = parent.left & (self._out != 0)
        if parent.layers and not wanted.any():
            return []
        columns = np.flatnonzero(parent.left)
        differs, content = self._differs[:, columns], self._content[:, columns]
        right = ~differs & content
        wrong = (differs & content).any(axis=1)
        covers = right.sum(axis=1)
        if parent.layers:
            self._finish_opaque(parent, differs)
        gains = np.where(wrong, 0, covers)
        chosen = [(int(place), _PLAIN, right[place]) for place in _best(gains, self._costs)]
        chosen += self._mapped(columns, wrong)
        return [
            opened for place, table, covered in chosen if (opened := self._with(parent, columns, place, table, covered))
        ]

    def _mapped(self, columns: npt.NDArray[np.int64], wrong: Mask) -> list[tuple[int, ColourMap, Mask]]:
        """The most useful layers whose colours are bound."""
        made, out = self._made[:_MAPPED, columns], self._out[columns]
        if not made.size:
            return []
        goal = np.full((len(made), COLOURS), CLEAR, dtype=np.uint8)  # what each colour becomes
        sure = np.zeros((len(made), COLOURS), dtype=bool)
        met = np.zeros((len(made), COLOURS), dtype=bool)
        rows = np.arange(len(made))
        for colour in self._colours:
            here = made == colour
            met[:, colour] = here.any(axis=1)
            first = here.argmax(axis=1)
            wanted = out[first]
            sure[:, colour] = met[:, colour] & ~(here & (out != wanted[rows, None])).any(axis=1)
            goal[sure[:, colour], colour] = wanted[sure[:, colour]]
        plain = ~wrong[: len(made)] & (goal[:, 1:] == np.arange(1, COLOURS))[:, :].all(axis=1)
        covered = np.take_along_axis(sure, made.astype(np.intp), axis=1)
        moved = (sure & (goal != np.arange(COLOURS))).any(axis=1) | wrong[: len(made)]
        gains = np.where(moved & ~plain, covered.sum(axis=1), 0)
        found = []
        for place in _best(gains, self._costs[: len(made)]):
            table = [CLEAR] + [
                int(goal[place, colour]) if sure[place, colour] else CLEAR if met[place, colour] else colour
                for colour in range(1, COLOURS)
            ]
            found.append((int(place), tuple(table), covered[place]))
        return found

    def _with(
        self, parent: _Open, columns: npt.NDArray[np.int64], place: int, table: ColourMap, covered: Mask
    ) -> _Open | None:
        """The parent with a layer below; None where that is complete, and finished."""
        gain = np.zeros(len(self._out), dtype=bool)
        gain[columns] = covered
        left = parent.left & ~gain
        cost = parent.cost + float(self._costs[place]) + (_MAP_COST if table is not _PLAIN else 0.0)
        layers = (*parent.layers, Layer(self._states[place], table))
        gains = (*parent.gains, np.logical_or.reduceat(gain, self._starts))
        if not self._out[left].any():
            self._finish(layers, cost, gains)
            return None
        return _Open(layers, cost, gains, left)

    def _finish_opaque(self, parent: _Open, differs: Mask) -> None:
        """Finish with a state that is right wherever nothing covers it, its background too."""
        for place in np.flatnonzero(~differs.any(axis=1))[:3]:
            layers = (*parent.layers, Layer(self._states[place], _OPAQUE))
            gains = (*parent.gains, np.logical_or.reduceat(parent.left, self._starts))
            self._finish(layers, parent.cost + float(self._costs[place]), gains)

    def _finish(self, layers: tuple[Layer, ...], cost: float, gains: tuple[npt.NDArray[np.bool_], ...]) -> None:
        support = float(np.mean(gains))
        self._finished.append(Assembly(layers, cost + _UNSUPPORTED_COST * len(layers) * (1 - support), support))


_PLAIN: ColourMap = (CLEAR, *range(1, COLOURS))
_OPAQUE: ColourMap = tuple(range(COLOURS))


def _best(gains: npt.NDArray[np.int64], costs: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Places of the most useful layers: half by what they cover, half by that in proportion to their cost."""
    useful = np.flatnonzero(gains)
    by_gain = useful[np.lexsort((costs[useful], -gains[useful]))][:_BEAM]
    by_rate = useful[np.argsort(-gains[useful] / costs[useful], kind="stable")][:_BEAM]
    return np.unique(np.concatenate((by_gain, by_rate)))


def _different(opened: Sequence[_Open]) -> list[_Open]:
    """Of those that leave the same cells uncovered the first."""
    first: dict[bytes, _Open] = {}
    for each in opened:
        first.setdefault(each.left.tobytes(), each)
    return list(first.values())
