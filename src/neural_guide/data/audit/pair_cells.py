"""Cells of many pairs at once, without padding, and the keys that identify equal pairs."""

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


class PairCells(NamedTuple):
    """The cells of n pairs, one after another, inputs and outputs together.

    Attributes:
        pair: [cell], 0 to n - 1, ascending.
        role: [cell], 0 in the input, 1 in the output.
        row, column: [cell], position from the upper left corner of the grid.
        colour: [cell].
        heights, widths: [n, 2], sides of the input and of the output.
    """

    pair: Integers
    role: Integers
    row: Integers
    column: Integers
    colour: Integers
    heights: Integers
    widths: Integers

    @property
    def counts(self) -> Integers:
        """Number of cells of each colour, [n, 2, colour]."""
        shape = (*self.heights.shape, COLOURS)
        slots = (2 * self.pair + self.role) * COLOURS + self.colour
        return np.bincount(slots, minlength=int(np.prod(shape))).reshape(shape)


def extract_cells(inputs: npt.NDArray[np.uint8], outputs: npt.NDArray[np.uint8]) -> PairCells:
    """Extract the cells of padded grids.

    Args:
        inputs: uint8 [n, side, side], grids in the upper left corner, padded with PAD.
        outputs: uint8 [n, side, side], likewise.
    """
    pairs = np.stack([inputs, outputs], axis=1)
    side = pairs.shape[-1]
    filled = np.flatnonzero(pairs.reshape(-1) != PAD)
    pair, position = np.divmod(filled, 2 * side * side)
    role, row, column = (index[position] for index in np.indices((2, side, side)).reshape(3, -1))
    colour = pairs.reshape(-1)[filled].astype(np.intp)
    heights, widths = (pairs[..., 0] != PAD).sum(axis=2), (pairs[..., 0, :] != PAD).sum(axis=2)
    return PairCells(pair, role, row, column, colour, heights, widths)


def hash_pairs(cells: PairCells) -> tuple[Keys, Keys]:
    """Compute two hashes of each pair, uint64 [n] each.

    A colouring is a partition of the cells. Every cell has a random weight by its position, and every colour has the
    sum of the weights of its cells. The hash of the pair is the sum of the mixed sums of its colours. So it does not
    depend on the names of the colours. The canonical hash is the smallest of the eight under all symmetries.

    Returns:
        exact: equal if input and output are equal.
        canonical: equal if pairs are the same up to one of the eight symmetries, applied to input and output alike, and
            a permutation of the ten colours.
    """
    n = len(cells.heights)
    slots = cells.pair * COLOURS + cells.colour
    grid, offset = 2 * cells.pair + cells.role, cells.role * AREA
    rows = (cells.row, cells.heights.reshape(-1)[grid] - 1 - cells.row)
    columns = (cells.column, cells.widths.reshape(-1)[grid] - 1 - cells.column)
    exact = canonical = np.full(n, np.iinfo(np.uint64).max, np.uint64)
    for down, across in ((rows, columns), (columns, rows)):
        for first in down:
            start = offset + first * MAX_SIDE
            for second in across:
                sums = _sum_weights(slots, start + second, n)
                if first is cells.row and second is cells.column:
                    exact = _mix(sums[0] + SALT[0], sums[1] + SALT[1]).sum(axis=1, dtype=np.uint64)
                canonical = np.minimum(canonical, _mix(*sums).sum(axis=1, dtype=np.uint64))
    return exact, canonical


def _sum_weights(slots: Integers, positions: Integers, n: int) -> tuple[Keys, Keys]:
    """Two sums of weights of each colour, uint64 [n, colour] each: 84 bits distinguish cells."""
    low, high = (np.bincount(slots, weights[positions], minlength=n * COLOURS) for weights in WEIGHTS)
    return low.astype(np.uint64).reshape(n, COLOURS), high.astype(np.uint64).reshape(n, COLOURS)


def _mix(low: Keys, high: Keys) -> Keys:
    """Mix two numbers into 64 bits, so that sums of the results differ if the numbers do (splitmix64)."""
    mixed = low * np.uint64(0x9E3779B97F4A7C15) + high
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed
