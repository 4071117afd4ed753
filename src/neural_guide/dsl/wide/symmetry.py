"""Primitives that complete a drawing by its symmetry and continue a pattern by its period."""

import cv2
import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.dsl.cells import view_mirrored_columns
from neural_guide.dsl.kernels import copy_contiguous, find_best_axis, find_best_turn
from neural_guide.dsl.periods import fill_slanted_tiling, fill_upright_tiling

TURN_ROOM = 3  # cells by which a completed drawing may be larger than its content


def overlay_mirrored(grid: Grid) -> Grid | None:
    """The grid over its own mirror image, left and right. Never None."""
    return np.where(grid != 0, grid, grid[:, ::-1])


def overlay_flipped(grid: Grid) -> Grid | None:
    """The grid over its own mirror image, top and bottom. Never None."""
    return np.where(grid != 0, grid, grid[::-1])


def overlay_turned(grid: Grid) -> Grid | None:
    """A square grid over its own rotations by 90, 180 and 270 degrees. None for a grid that is not square."""
    if grid.shape[0] != grid.shape[1]:
        return None
    drawn = grid
    for quarters in (1, 2, 3):
        drawn = np.where(drawn != 0, drawn, np.rot90(grid, quarters))
    return drawn.copy()


def complete_mirrored(grid: Grid) -> Grid | None:
    """Content mirrored, left and right, at the axis of most agreement and no contradiction. None without one."""
    return _complete_mirror(grid)


def complete_flipped(grid: Grid) -> Grid | None:
    """Content mirrored, top and bottom, at the axis of most agreement and no contradiction. None without one."""
    completed = _complete_mirror(grid.T.copy())
    return None if completed is None else completed.T.copy()


def complete_turned(grid: Grid) -> Grid | None:
    """Content rotated to four sides about the point of most agreement and no contradiction. None without one."""
    cells = copy_contiguous(grid)
    left, top, width, height = cv2.boundingRect(cells)
    agreeing, row, column, side = find_best_turn(cells, left, top, width, height, TURN_ROOM)
    if not agreeing:
        return None
    part = cells[row : row + side, column : column + side]
    images = [part, part[::-1, ::-1], part.T[::-1], part[::-1].T]
    part[:] = np.maximum.reduce(images)  # where two images have content, they agree
    return cells


def complete_tiling(grid: Grid) -> Grid | None:
    """Background filled by the smallest period, down and across or slanted, of all content. None without one."""
    filled = fill_upright_tiling(grid)
    return fill_slanted_tiling(grid) if filled is None else filled


def continue_right(grid: Grid) -> Grid | None:
    """Columns right of the content filled by the period of those before. None without such columns or period."""
    filled = _continue_rows(grid.T)
    return None if filled is None else filled.T.copy()


def continue_down(grid: Grid) -> Grid | None:
    """Rows below the content filled by the period of those above. None without such rows or period."""
    return _continue_rows(grid)


def _complete_mirror(grid: Grid) -> Grid | None:
    """Mirror the content, left and right, at its best axis; None if no axis agrees anywhere."""
    completed = copy_contiguous(grid)
    first, _, content, _ = cv2.boundingRect(completed)
    last = first + content - 1
    # All content has its mirror image inside the grid.
    axes = max(2 * first, last), min(2 * last, grid.shape[1] - 1 + first)
    axis = find_best_axis(completed, *axes) if content else -1
    if axis < 0:
        return None
    part = view_mirrored_columns(completed, axis)
    part[:] = np.maximum(part, part[:, ::-1])
    return completed


def _continue_rows(grid: Grid) -> Grid | None:
    """Fill the rows below the content by the smallest period of its rows; None without such rows or period."""
    rows = np.flatnonzero(grid.any(axis=1))
    height = grid.shape[0]
    if not rows.size or rows[-1] == height - 1:
        return None
    end = int(rows[-1]) + 1
    first = int(rows[0])
    part = grid[first:end]
    for period in range(1, len(part)):
        if (part[period:] == part[:-period]).all():
            break
    else:
        return None
    filled = grid.copy()
    for row in range(end, height):
        filled[row] = filled[row - period]
    return filled
