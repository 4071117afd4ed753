"""The cells of many pairs at once, without their padding, and the keys by which equal pairs are found."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS, MAX_SIDE, PAD

Integers = npt.NDArray[np.intp]
Keys = npt.NDArray[np.uint64]

AREA = MAX_SIDE * MAX_SIDE
# Below 2**42, so that the weights of all 1,800 cells of a pair add up exactly in float64, whatever the order.
WEIGHTS = np.random.default_rng(20_250_701).integers(1 << 42, size=(2, 2 * AREA)).astype(np.float64)
SALT = np.random.default_rng(20_250_702).integers(1 << 63, size=(2, COLOURS)).astype(np.uint64)


class LooseCells(NamedTuple):
    """The cells of n pairs, one after another, inputs and outputs together.

    Attributes:
        pair: [cell], 0 to n - 1, ascending.
        which: [cell], 0 in the input, 1 in the output.
        row, column: [cell], from the grid's upper left corner.
        colour: [cell].
        heights, widths: [n, 2], of the input and of the output.
    """

    pair: Integers
    which: Integers
    row: Integers
    column: Integers
    colour: Integers
    heights: Integers
    widths: Integers

    @property
    def counts(self) -> Integers:
        """Cells of each colour, [n, 2, colour]."""
        shape = (*self.heights.shape, COLOURS)
        slots = (2 * self.pair + self.which) * COLOURS + self.colour
        return np.bincount(slots, minlength=int(np.prod(shape))).reshape(shape)


def loose_cells(inputs: npt.NDArray[np.uint8], outputs: npt.NDArray[np.uint8]) -> LooseCells:
    """Take the padding away.

    Args:
        inputs: uint8 [n, side, side], grids in the upper left corner, PAD around them.
        outputs: uint8 [n, side, side], likewise.
    """
    pairs = np.stack([inputs, outputs], axis=1)
    side = pairs.shape[-1]
    filled = np.flatnonzero(pairs.reshape(-1) != PAD)
    pair, place = np.divmod(filled, 2 * side * side)
    which, row, column = (of[place] for of in np.indices((2, side, side)).reshape(3, -1))
    colour = pairs.reshape(-1)[filled].astype(np.intp)
    heights, widths = (pairs[..., 0] != PAD).sum(axis=2), (pairs[..., 0, :] != PAD).sum(axis=2)
    return LooseCells(pair, which, row, column, colour, heights, widths)


def pair_keys(cells: LooseCells) -> tuple[Keys, Keys]:
    """Two hashes of each pair, uint64 [n] each.

    Returns:
        exact: equal where input and output are equal.
        canonical: equal where pairs are the same up to one of the eight symmetries, applied to input and
            output alike, and a permutation of the ten colours.

    A colouring is a partition of the cells: every cell has a random weight by its place, every colour the sum
    of its cells' weights, and the pair the sum of its colours' mixed sums, which does not depend on which
    colour is which. Of the eight keys that a pair has when turned and mirrored the smallest is kept.
    """
    n = len(cells.heights)
    slots = cells.pair * COLOURS + cells.colour
    grid, offset = 2 * cells.pair + cells.which, cells.which * AREA
    rows = (cells.row, cells.heights.reshape(-1)[grid] - 1 - cells.row)
    columns = (cells.column, cells.widths.reshape(-1)[grid] - 1 - cells.column)
    exact = canonical = np.full(n, np.iinfo(np.uint64).max, np.uint64)
    for down, across in ((rows, columns), (columns, rows)):
        for first in down:
            start = offset + first * MAX_SIDE
            for second in across:
                sums = _colour_sums(slots, start + second, n)
                if first is cells.row and second is cells.column:
                    exact = _mixed(sums[0] + SALT[0], sums[1] + SALT[1]).sum(axis=1, dtype=np.uint64)
                canonical = np.minimum(canonical, _mixed(*sums).sum(axis=1, dtype=np.uint64))
    return exact, canonical


def _colour_sums(slots: Integers, places: Integers, n: int) -> tuple[Keys, Keys]:
    """Two sums of weights of each colour, uint64 [n, colour] each: 84 bits tell cells apart."""
    low, high = (np.bincount(slots, weights[places], minlength=n * COLOURS) for weights in WEIGHTS)
    return low.astype(np.uint64).reshape(n, COLOURS), high.astype(np.uint64).reshape(n, COLOURS)


def _mixed(low: Keys, high: Keys) -> Keys:
    """64 bits of two numbers, so that sums of such values differ where the numbers do (splitmix64)."""
    mixed = low * np.uint64(0x9E3779B97F4A7C15) + high
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed
