"""Primitives that draw rays from cells and connect cells by lines."""

from collections.abc import Callable

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.dsl.cells import MARK, fill_between_equals
from neural_guide.dsl.kernels import carry_content, copy_contiguous


def ray_right(grid: Grid) -> Grid | None:
    """Each cell of content extended to the right, up to the next one. Never None."""
    return _extend_right(grid)


def ray_left(grid: Grid) -> Grid | None:
    """Each cell of content extended to the left, up to the next one. Never None."""
    return _extend_right(grid[:, ::-1])[:, ::-1].copy()


def ray_down(grid: Grid) -> Grid | None:
    """Each cell of content extended downwards, up to the next one. Never None."""
    return _extend_right(grid.T).T.copy()


def ray_up(grid: Grid) -> Grid | None:
    """Each cell of content extended upwards, up to the next one. Never None."""
    return _extend_right(grid[::-1].T).T[::-1].copy()


def rays_across(grid: Grid) -> Grid | None:
    """Each cell of content extended left and right, up to the next one. Never None."""
    return _extend_both_ways(grid)


def rays_vertical(grid: Grid) -> Grid | None:
    """Each cell of content extended up and down, up to the next one. Never None."""
    return _extend_both_ways(grid.T).T.copy()


def rays_cross(grid: Grid) -> Grid | None:
    """Each cell of content extended to four sides, up to the next one; vertical rays lie above. Never None."""
    vertical = _extend_both_ways(grid.T).T
    return np.where(vertical != 0, vertical, _extend_both_ways(grid)).copy()


def rays_diagonal(grid: Grid) -> Grid | None:
    """Each cell of content extended along its four diagonals, up to the next one. Never None."""
    left = _map_diagonals(grid, _extend_both_ways)
    return np.where(left != 0, left, _map_diagonals(grid[:, ::-1], _extend_both_ways)[:, ::-1])


def ray_down_right(grid: Grid) -> Grid | None:
    """Each cell of content extended down and to the right, up to the next one. Never None."""
    return _map_diagonals(grid[:, ::-1], _extend_right)[:, ::-1].copy()


def ray_up_right(grid: Grid) -> Grid | None:
    """Each cell of content extended up and to the right, up to the next one. Never None."""
    return _map_diagonals(grid[::-1, ::-1], _extend_right)[::-1, ::-1].copy()


def connect_across(grid: Grid) -> Grid | None:
    """The grid with background between two equal cells of a row in their colour. Never None."""
    return fill_between_equals(grid)


def connect_down(grid: Grid) -> Grid | None:
    """The grid with background between two equal cells of a column in their colour. Never None."""
    return fill_between_equals(grid.T).T.copy()


def connect_both(grid: Grid) -> Grid | None:
    """Background between two equal cells of a row or column in their colour; columns lie above. Never None."""
    down, across = fill_between_equals(grid.T).T, fill_between_equals(grid)
    return np.where(down != 0, down, across).copy()


def connect_diagonal(grid: Grid) -> Grid | None:
    """The grid with background between two equal cells of a diagonal in their colour. Never None."""
    left = _map_diagonals(grid, fill_between_equals)
    return np.where(left != 0, left, _map_diagonals(grid[:, ::-1], fill_between_equals)[:, ::-1])


def bridge_across(grid: Grid) -> Grid | None:
    """The grid with background between two cells of content of a row, of any colours, in `MARK`. Never None."""
    return _bridge_rows(grid)


def bridge_down(grid: Grid) -> Grid | None:
    """The grid with background between two cells of content of a column, of any colours, in `MARK`. Never None."""
    return _bridge_rows(grid.T).T.copy()


def _extend_right(grid: Grid) -> Grid:
    """Replace the background of each row by the last content to its left."""
    extended = copy_contiguous(grid)
    carry_content(extended, both_ways=False)
    return extended


def _extend_both_ways(grid: Grid) -> Grid:
    """Replace the background of each row by the last content to its left, or else by the first of the row."""
    extended = copy_contiguous(grid)
    carry_content(extended, both_ways=True)
    return extended


def _bridge_rows(grid: Grid) -> Grid:
    """Paint `MARK` on background between content cells of a row."""
    content = grid != 0
    before = np.logical_or.accumulate(content, axis=1)
    after = np.logical_or.accumulate(content[:, ::-1], axis=1)[:, ::-1]
    return np.where(before & after & ~content, np.uint8(MARK), grid)


def _map_diagonals(grid: Grid, change: Callable[[Grid], Grid]) -> Grid:
    """Apply a change of rows to the diagonals that lead down and to the left; returns a view of a new array.

    Rows are padded on the right by the number of rows, then read as rows one cell shorter. Each row then lies one cell
    further to the right than the one above, so that these diagonals become columns.
    """
    rows, columns = grid.shape
    padded = np.zeros((rows, columns + rows), dtype=np.uint8)
    padded[:, :columns] = grid
    slanted = padded.ravel()[: rows * (columns + rows - 1)]
    slanted[:] = change(slanted.reshape(rows, -1).T).T.ravel()
    return padded[:, :columns]
