"""Layering: answers composed of several explored states, laid over each other.

The greedy cover of J. S. Wind's solver of 2020 (icecuber, first in the ARC competition on Kaggle), from its public
description. A state may be a layer if each of its cells is right on all pairs, transparent, or covered by the layers
above it. The most useful layers are tried first, until no cell is left uncovered. Beyond that description, colours of a
layer are relabelled here, as at the end of a program: a colour that always lies where the output has one colour becomes
that colour, and any other colour becomes transparent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.search.goal import Relabelling
from neural_guide.search.state_space import StateSpace

TRANSPARENT = 255  # in the colours of a layer
_MAX_STATES = 3000  # the shortest states that differ on the pairs
_MAX_CELLS = 4_000_000  # of all those states together
_BYTES_PER_CELL = 8  # cells, content, mismatches, and copies of the uncovered columns
_STATE_BYTES = 200
_RELABELLED_STATES = 300  # states whose colours are relabelled
_MAX_LAYERS = 3
_BEAM_WIDTH = 6  # partial layerings that are extended
_MAX_RESULTS = 24
_LAYER_COST = 2.0  # nats for each layer beside its program
_RELABELLING_COST = 2.0  # nats for relabelling its colours
_UNSUPPORTED_COST = 4.0  # nats for a layer that no pair needs, in proportion to the pairs that do not need it

Cells = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


class Layer(NamedTuple):
    """A state and the new colour of each of the ten colours: a colour or `TRANSPARENT`."""

    state: int
    colours: Relabelling


@dataclass(frozen=True)
class Layering:
    """Layers that together make the outputs of all pairs, the uppermost first.

    Attributes:
        layers: one or more; cells that no layer covers are background.
        cost: nats for the programs, for each layer, and for missing support.
        support: share of layers and pairs in which the layer covers a cell, (0, 1].
    """

    layers: tuple[Layer, ...]
    cost: float
    support: float


class _PartialLayering(NamedTuple):
    """A layering with uncovered cells."""

    layers: tuple[Layer, ...]
    cost: float
    gains: tuple[Mask, ...]  # for each layer, bool [pair]: whether it covers a cell
    uncovered: Mask  # bool [cell]


def overlay_grids(grids: Sequence[Grid], relabellings: Sequence[Relabelling]) -> Grid:
    """Lay grids of one shape over each other, the first uppermost; uncovered cells are background.

    Args:
        grids: one per layer.
        relabellings: new colours of each layer, see `Layer`.
    """
    result = np.zeros_like(grids[0])
    for grid, relabelling in zip(reversed(grids), reversed(relabellings), strict=True):
        coloured = np.array(relabelling, dtype=np.uint8)[grid]
        np.copyto(result, coloured, where=coloured != TRANSPARENT)
    return result


class LayeringSearch:
    """Search for layerings of the states that have the outputs' shapes.

    Args:
        space: states of a search.
        outputs: grids of the pairs.
    """

    def __init__(self, space: StateSpace, outputs: Sequence[Grid]) -> None:
        self._space, self._outputs = space, outputs
        self._cells = sum(output.size for output in outputs)

    def estimate_nbytes(self, state_count: int) -> int:
        """Return the approximate memory in bytes that a search over so many states takes, without the state space."""
        return _STATE_BYTES * state_count + _BYTES_PER_CELL * min(_MAX_CELLS, state_count * self._cells)

    def search(self, groups: Sequence[Sequence[int]], left_out: int | None = None) -> list[Layering]:
        """Return layerings, the cheapest first.

        Args:
            groups: states, grouped as by `OutputShapedStates.list_groups`.
            left_out: index of a pair that the layers need not explain; None: they explain all.
        """
        pairs = [pair for pair in range(len(self._outputs)) if pair != left_out]
        layerings: list[Layering] = []
        for states in groups:
            if len(states) > 1:
                layerings += _GreedyCover(self._space, states, self._outputs, pairs).search()
        return sorted(layerings, key=lambda layering: layering.cost)[:_MAX_RESULTS]


class _GreedyCover:
    """Beam search for layers among states of one shape.

    Args:
        space: where the states come from.
        states: states that differ on the pairs, the cheapest first.
        outputs: grids of the pairs.
        pairs: indices of the pairs to explain.
    """

    def __init__(self, space: StateSpace, states: Sequence[int], outputs: Sequence[Grid], pairs: Sequence[int]) -> None:
        ends = np.cumsum([outputs[pair].size for pair in pairs])
        self._starts = np.concatenate(([0], ends[:-1]))
        self._outputs = np.concatenate([outputs[pair].ravel() for pair in pairs])
        self._states = states[: min(_MAX_STATES, _MAX_CELLS // len(self._outputs))]
        self._costs = np.array([space.get_cost(state) for state in self._states]) + _LAYER_COST
        cells = space.grids.cells
        joined = b"".join([cells[space.get_ids(state)[pair]] for state in self._states for pair in pairs])
        self._cells = np.frombuffer(joined, dtype=np.uint8).reshape(len(self._states), -1)
        self._differs = self._cells != self._outputs
        self._content = self._cells != 0
        counts = np.bincount(self._cells[:_RELABELLED_STATES].ravel(), minlength=COLOURS)
        self._colours = [colour for colour in range(1, COLOURS) if counts[colour]]
        self._finished: list[Layering] = []

    def search(self) -> list[Layering]:
        """Return the finished layerings."""
        beam = [_PartialLayering((), 0.0, (), np.ones(len(self._outputs), dtype=bool))]
        for _ in range(_MAX_LAYERS):
            extended = [layering for parent in beam for layering in self._extend(parent)]
            extended.sort(key=lambda layering: (layering.uncovered.sum(), layering.cost))
            beam = _drop_duplicates(extended)[:_BEAM_WIDTH]
        return self._finished

    def _extend(self, parent: _PartialLayering) -> list[_PartialLayering]:
        """Return the parent with one more layer each; a complete layering goes to the finished ones instead."""
        missing = parent.uncovered & (self._outputs != 0)
        if parent.layers and not missing.any():
            return []
        columns = np.flatnonzero(parent.uncovered)
        differs, content = self._differs[:, columns], self._content[:, columns]
        right = ~differs & content
        wrong = (differs & content).any(axis=1)
        counts = right.sum(axis=1)
        if parent.layers:
            self._finish_opaque(parent, differs)
        gains = np.where(wrong, 0, counts)
        layers = [(int(index), _CLEAR_BACKGROUND, right[index]) for index in _select_best(gains, self._costs)]
        layers += self._relabel_layers(columns, wrong)
        extended = (self._add_layer(parent, columns, index, colours, covered) for index, colours, covered in layers)
        return [layering for layering in extended if layering]

    def _relabel_layers(self, columns: npt.NDArray[np.int64], wrong: Mask) -> list[tuple[int, Relabelling, Mask]]:
        """Return the most useful layers with relabelled colours: index of the state, new colours, covered columns."""
        cells, outputs = self._cells[:_RELABELLED_STATES, columns], self._outputs[columns]
        if not cells.size:
            return []
        targets = np.full((len(cells), COLOURS), TRANSPARENT, dtype=np.uint8)  # new colour of each colour
        consistent = np.zeros((len(cells), COLOURS), dtype=bool)
        occurs = np.zeros((len(cells), COLOURS), dtype=bool)
        rows = np.arange(len(cells))
        for colour in self._colours:
            has_colour = cells == colour
            occurs[:, colour] = has_colour.any(axis=1)
            first = has_colour.argmax(axis=1)
            target = outputs[first]
            consistent[:, colour] = occurs[:, colour] & ~(has_colour & (outputs != target[rows, None])).any(axis=1)
            targets[consistent[:, colour], colour] = target[consistent[:, colour]]
        unchanged = ~wrong[: len(cells)] & (targets[:, 1:] == np.arange(1, COLOURS))[:, :].all(axis=1)
        covered = np.take_along_axis(consistent, cells.astype(np.intp), axis=1)
        changed = (consistent & (targets != np.arange(COLOURS))).any(axis=1) | wrong[: len(cells)]
        gains = np.where(changed & ~unchanged, covered.sum(axis=1), 0)
        layers = []
        for index in _select_best(gains, self._costs[: len(cells)]):
            colours = [TRANSPARENT] + [
                int(targets[index, colour])
                if consistent[index, colour]
                else TRANSPARENT
                if occurs[index, colour]
                else colour
                for colour in range(1, COLOURS)
            ]
            layers.append((int(index), tuple(colours), covered[index]))
        return layers

    def _add_layer(
        self,
        parent: _PartialLayering,
        columns: npt.NDArray[np.int64],
        index: int,
        colours: Relabelling,
        covered: Mask,
    ) -> _PartialLayering | None:
        """Return the parent with a layer below it; None: the result is complete and goes to the finished ones."""
        gain = np.zeros(len(self._outputs), dtype=bool)
        gain[columns] = covered
        uncovered = parent.uncovered & ~gain
        relabelling_cost = _RELABELLING_COST if colours is not _CLEAR_BACKGROUND else 0.0
        cost = parent.cost + float(self._costs[index]) + relabelling_cost
        layers = (*parent.layers, Layer(self._states[index], colours))
        gains = (*parent.gains, np.logical_or.reduceat(gain, self._starts))
        if not self._outputs[uncovered].any():
            self._finish(layers, cost, gains)
            return None
        return _PartialLayering(layers, cost, gains, uncovered)

    def _finish_opaque(self, parent: _PartialLayering, differs: Mask) -> None:
        """Finish with an opaque layer: a state that is right in every uncovered cell, its background included."""
        for index in np.flatnonzero(~differs.any(axis=1))[:3]:
            layers = (*parent.layers, Layer(self._states[index], _OPAQUE))
            gains = (*parent.gains, np.logical_or.reduceat(parent.uncovered, self._starts))
            self._finish(layers, parent.cost + float(self._costs[index]), gains)

    def _finish(self, layers: tuple[Layer, ...], cost: float, gains: tuple[Mask, ...]) -> None:
        support = float(np.mean(gains))
        self._finished.append(Layering(layers, cost + _UNSUPPORTED_COST * len(layers) * (1 - support), support))


_CLEAR_BACKGROUND: Relabelling = (TRANSPARENT, *range(1, COLOURS))
_OPAQUE: Relabelling = tuple(range(COLOURS))


def _select_best(gains: npt.NDArray[np.int64], costs: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return the indices of the most useful layers: half by covered cells, half by covered cells per cost."""
    useful = np.flatnonzero(gains)
    by_gain = useful[np.lexsort((costs[useful], -gains[useful]))][:_BEAM_WIDTH]
    by_rate = useful[np.argsort(-gains[useful] / costs[useful], kind="stable")][:_BEAM_WIDTH]
    return np.unique(np.concatenate((by_gain, by_rate)))


def _drop_duplicates(layerings: Sequence[_PartialLayering]) -> list[_PartialLayering]:
    """Return the first of those that leave the same cells uncovered."""
    first: dict[bytes, _PartialLayering] = {}
    for layering in layerings:
        first.setdefault(layering.uncovered.tobytes(), layering)
    return list(first.values())
