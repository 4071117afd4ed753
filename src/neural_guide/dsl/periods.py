"""Periods of drawings: background filled by a tile that all content repeats."""

from itertools import product

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.dsl.kernels import copy_contiguous, find_lattice, find_periods

_MAX_LOST = 0.5  # share of the cells of a grid that may be missing from an upright tiling
_MAX_SLANTED = 36  # cells of a tile whose copies are shifted from row to row


def fill_upright_tiling(grid: Grid) -> Grid | None:
    """Fill background by the smallest period, down and across, that no content contradicts; None without one."""
    if 0 not in grid.tobytes() or np.count_nonzero(grid) < (1 - _MAX_LOST) * grid.size:
        return None
    height, width = grid.shape
    steps = product(_list_periods(grid), _list_periods(grid.T))
    for down, across in sorted(steps, key=lambda step: (step[0] * step[1], step)):
        small = (2 * down <= height or 2 * across <= width) and 2 * down * across <= grid.size
        tile = _fold(grid, down, across) if small else None
        if tile is not None:
            return np.tile(tile, (-(-height // down), -(-width // across)))[:height, :width].copy()
    return None


def fill_slanted_tiling(grid: Grid) -> Grid | None:
    """Fill background by the smallest tile whose copies may be shifted from row to row; None without one.

    Its cells are at most half as many as those of the content.
    """
    content = int(np.count_nonzero(grid))
    if content == grid.size:
        return None
    rows, columns, shift = find_lattice(copy_contiguous(grid), min(content // 2, _MAX_SLANTED))
    if not rows:
        return None
    row, column = np.indices(grid.shape)
    places = row % rows * columns + (column - shift * (row // rows)) % columns
    tile: Grid = np.zeros(rows * columns, dtype=np.uint8)
    np.maximum.at(tile, places, grid)
    filled: Grid = tile[places]
    return filled


def _list_periods(grid: Grid) -> list[int]:
    """List the shifts by rows under which the content of the grid agrees with itself."""
    steps: list[int] = (np.flatnonzero(find_periods(copy_contiguous(grid), content_alone=True)) + 1).tolist()
    return steps


def _fold(grid: Grid, down: int, across: int) -> Grid | None:
    """Find the tile whose repetition agrees with all content; None if there is none, or one of its cells is unknown."""
    rows, columns = -(-grid.shape[0] // down), -(-grid.shape[1] // across)
    padded = np.zeros((rows * down, columns * across), dtype=np.uint8)
    padded[: grid.shape[0], : grid.shape[1]] = grid
    folded = padded.reshape(rows, down, columns, across)
    tile: Grid = folded.max(axis=(0, 2))
    agrees = (folded == 0) | (folded == tile[None, :, None, :])
    return tile if tile.min() and agrees.all() else None
