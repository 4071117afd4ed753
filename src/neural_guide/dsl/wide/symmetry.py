"""Primitives that complete a drawing by its symmetry and continue a pattern by its period."""

from itertools import product

import cv2
import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.dsl.cells import view_mirrored_columns
from neural_guide.dsl.kernels import copy_contiguous, find_best_axis, find_best_turn, find_periods

MAX_LOST = 0.5  # share of the cells of a grid that may be missing from a pattern
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
    """Background filled by the smallest period, down and across, that no content contradicts. None without one."""
    if 0 not in grid.tobytes() or np.count_nonzero(grid) < (1 - MAX_LOST) * grid.size:
        return None
    height, width = grid.shape
    steps = product(_list_periods(grid), _list_periods(grid.T))
    for down, across in sorted(steps, key=lambda step: (step[0] * step[1], step)):
        small = (2 * down <= height or 2 * across <= width) and 2 * down * across <= grid.size
        tile = _fold(grid, down, across) if small else None
        if tile is not None:
            return np.tile(tile, (-(-height // down), -(-width // across)))[:height, :width].copy()
    return None


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
    axis = find_best_axis(completed, first, first + content - 1) if content else -1
    if axis < 0:
        return None
    part = view_mirrored_columns(completed, axis)
    part[:] = np.maximum(part, part[:, ::-1])
    return completed


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
