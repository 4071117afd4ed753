"""Rays and lines drawn from cells, and cells connected."""

from collections.abc import Callable

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.dsl.cells import MARK, fill_between_equals
from neural_guide.dsl.kernels import carry_content, copy_contiguous


def ray_right(grid: Grid) -> Grid | None:
    """Each cell of content drawn on to its right, until the next one. Never None."""
    return _smeared(grid)


def ray_left(grid: Grid) -> Grid | None:
    """Each cell of content drawn on to its left, until the next one. Never None."""
    return _smeared(grid[:, ::-1])[:, ::-1].copy()


def ray_down(grid: Grid) -> Grid | None:
    """Each cell of content drawn on downwards, until the next one. Never None."""
    return _smeared(grid.T).T.copy()


def ray_up(grid: Grid) -> Grid | None:
    """Each cell of content drawn on upwards, until the next one. Never None."""
    return _smeared(grid[::-1].T).T[::-1].copy()


def rays_across(grid: Grid) -> Grid | None:
    """Each cell of content drawn on to both sides, until the next one. Never None."""
    return _drawn_both_ways(grid)


def rays_vertical(grid: Grid) -> Grid | None:
    """Each cell of content drawn on up and down, until the next one. Never None."""
    return _drawn_both_ways(grid.T).T.copy()


def rays_cross(grid: Grid) -> Grid | None:
    """Each cell of content drawn on to four sides, until the next one; those up and down lie above. Never None."""
    vertical = _drawn_both_ways(grid.T).T
    return np.where(vertical != 0, vertical, _drawn_both_ways(grid)).copy()


def rays_diagonal(grid: Grid) -> Grid | None:
    """Each cell of content drawn on along its four diagonals, until the next one. Never None."""
    left = _on_diagonals(grid, _drawn_both_ways)
    return np.where(left != 0, left, _on_diagonals(grid[:, ::-1], _drawn_both_ways)[:, ::-1])


def ray_down_right(grid: Grid) -> Grid | None:
    """Each cell of content drawn on down and to the right, until the next one. Never None."""
    return _on_diagonals(grid[:, ::-1], _smeared)[:, ::-1].copy()


def ray_up_right(grid: Grid) -> Grid | None:
    """Each cell of content drawn on up and to the right, until the next one. Never None."""
    return _on_diagonals(grid[::-1, ::-1], _smeared)[::-1, ::-1].copy()


def connect_across(grid: Grid) -> Grid | None:
    """Background between two equal cells of a row, in their colour. Never None."""
    return fill_between_equals(grid)


def connect_down(grid: Grid) -> Grid | None:
    """Background between two equal cells of a column, in their colour. Never None."""
    return fill_between_equals(grid.T).T.copy()


def connect_both(grid: Grid) -> Grid | None:
    """Background between two equal cells of a row or column, in their colour; columns lie above. Never None."""
    down, across = fill_between_equals(grid.T).T, fill_between_equals(grid)
    return np.where(down != 0, down, across).copy()


def connect_diagonal(grid: Grid) -> Grid | None:
    """Background between two equal cells of a diagonal, in their colour. Never None."""
    left = _on_diagonals(grid, fill_between_equals)
    return np.where(left != 0, left, _on_diagonals(grid[:, ::-1], fill_between_equals)[:, ::-1])


def bridge_across(grid: Grid) -> Grid | None:
    """Background between two cells of content of a row, whatever their colours, becomes `MARK`. Never None."""
    return _bridged(grid)


def bridge_down(grid: Grid) -> Grid | None:
    """Background between two cells of content of a column, whatever their colours, becomes `MARK`. Never None."""
    return _bridged(grid.T).T.copy()


def shade_down(grid: Grid) -> Grid | None:
    """Background below content, as far as the border, becomes `MARK`. Never None."""
    below = np.logical_or.accumulate(grid != 0, axis=0)
    return np.where((grid == 0) & below, np.uint8(MARK), grid)


def _smeared(grid: Grid) -> Grid:
    """Each row with the last content so far in place of background."""
    made = copy_contiguous(grid)
    carry_content(made, both_ways=False)
    return made


def _drawn_both_ways(grid: Grid) -> Grid:
    """Each row with the last content so far in place of background; before the first one, that."""
    made = copy_contiguous(grid)
    carry_content(made, both_ways=True)
    return made


def _bridged(grid: Grid) -> Grid:
    there = grid != 0
    before = np.logical_or.accumulate(there, axis=1)
    behind = np.logical_or.accumulate(there[:, ::-1], axis=1)[:, ::-1]
    return np.where(before & behind & ~there, np.uint8(MARK), grid)


def _on_diagonals(grid: Grid, change: Callable[[Grid], Grid]) -> Grid:
    """What a change of rows makes of the diagonals that lead down and to the left; a view of a new array.

    Rows with as much room behind them as there are rows, read as rows one cell shorter: each lies one cell further to
    the right than the one above, and diagonals are columns.
    """
    rows, columns = grid.shape
    padded = np.zeros((rows, columns + rows), dtype=np.uint8)
    padded[:, :columns] = grid
    slanted = padded.ravel()[: rows * (columns + rows - 1)]
    slanted[:] = change(slanted.reshape(rows, -1).T).T.ravel()
    return padded[:, :columns]
