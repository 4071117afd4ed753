"""Drawings completed by their symmetry, and patterns continued by their period."""

from itertools import product

import cv2
import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.dsl.kernels import copy_contiguous, find_best_axis, find_best_turn, find_periods

MAX_LOST = 0.5  # share of a grid's cells that a pattern may have lost
TURN_ROOM = 3  # cells by which a turned drawing may be larger than what is there


def overlay_mirrored(grid: Grid) -> Grid | None:
    """The grid over its own mirror image, left and right. Never None."""
    return np.where(grid != 0, grid, grid[:, ::-1])


def overlay_flipped(grid: Grid) -> Grid | None:
    """The grid over its own mirror image, top and bottom. Never None."""
    return np.where(grid != 0, grid, grid[::-1])


def overlay_turned(grid: Grid) -> Grid | None:
    """A square grid over its own turns by a quarter, a half and three. None of no square."""
    if grid.shape[0] != grid.shape[1]:
        return None
    drawn = grid
    for quarters in (1, 2, 3):
        drawn = np.where(drawn != 0, drawn, np.rot90(grid, quarters))
    return drawn.copy()


def complete_mirrored(grid: Grid) -> Grid | None:
    """Content mirrored, left and right, at the axis where most of it agrees with itself and none contradicts."""
    return _completed(grid)


def complete_flipped(grid: Grid) -> Grid | None:
    """Content mirrored, top and bottom, at the axis where most of it agrees with itself and none contradicts."""
    completed = _completed(grid.T.copy())
    return None if completed is None else completed.T.copy()


def complete_turned(grid: Grid) -> Grid | None:
    """Content turned by a quarter, a half and three, around the point where most agrees and none contradicts."""
    cells = copy_contiguous(grid)
    left, top, width, height = cv2.boundingRect(cells)
    agreeing, row, column, side = find_best_turn(cells, left, top, width, height, TURN_ROOM)
    if not agreeing:
        return None
    part = cells[row : row + side, column : column + side]
    images = [part, part[::-1, ::-1], part.T[::-1], part[::-1].T]
    part[:] = np.maximum.reduce(images)  # where two have content, they agree
    return cells


def complete_tiling(grid: Grid) -> Grid | None:
    """Background filled by the smallest period, down and across, that no content contradicts. None where none is."""
    if 0 not in grid.tobytes() or np.count_nonzero(grid) < (1 - MAX_LOST) * grid.size:
        return None
    height, width = grid.shape
    steps = product(_shifts(grid), _shifts(grid.T))
    for down, across in sorted(steps, key=lambda step: (step[0] * step[1], step)):
        small = (2 * down <= height or 2 * across <= width) and 2 * down * across <= grid.size
        tile = _folded(grid, down, across) if small else None
        if tile is not None:
            return np.tile(tile, (-(-height // down), -(-width // across)))[:height, :width].copy()
    return None


def smallest_tile(grid: Grid) -> Grid | None:
    """The smallest part at the top left that, repeated down and across, makes the grid. None where that is all."""
    down, across = (
        int(np.argmax(find_periods(copy_contiguous(turned), content_alone=False))) + 1 for turned in (grid, grid.T)
    )
    return grid[:down, :across].copy() if (down, across) != grid.shape else None


def continue_right(grid: Grid) -> Grid | None:
    """Columns of background behind the content filled by the period of the columns before. None where there is none."""
    filled = _continued(grid.T)
    return None if filled is None else filled.T.copy()


def continue_down(grid: Grid) -> Grid | None:
    """Rows of background below the content filled by the period of the rows above. None where there is none."""
    return _continued(grid)


def _completed(grid: Grid) -> Grid | None:
    """The grid and its mirror image, left and right, at its best axis; None where no axis agrees anywhere."""
    completed = copy_contiguous(grid)
    first, _, content, _ = cv2.boundingRect(completed)
    axis = find_best_axis(completed, first, first + content - 1) if content else -1
    if axis < 0:
        return None
    part = completed[:, max(0, axis - grid.shape[1] + 1) : axis + 1]  # columns that have one opposite
    part[:] = np.maximum(part, part[:, ::-1])
    return completed


def _shifts(grid: Grid) -> list[int]:
    """By how many rows a grid can be moved so that its content agrees with itself."""
    steps: list[int] = (np.flatnonzero(find_periods(copy_contiguous(grid), content_alone=True)) + 1).tolist()
    return steps


def _folded(grid: Grid, down: int, across: int) -> Grid | None:
    """The tile whose repetition agrees with all content; None where there is none, or one of its cells is unknown."""
    rows, columns = -(-grid.shape[0] // down), -(-grid.shape[1] // across)
    padded = np.zeros((rows * down, columns * across), dtype=np.uint8)
    padded[: grid.shape[0], : grid.shape[1]] = grid
    folded = padded.reshape(rows, down, columns, across)
    tile: Grid = folded.max(axis=(0, 2))
    agrees = (folded == 0) | (folded == tile[None, :, None, :])
    return tile if tile.min() and agrees.all() else None


def _continued(grid: Grid) -> Grid | None:
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
