"""Primitives that place copies side by side or scale the grid."""

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid, has_room
from neural_guide.dsl.cells import MARK, add_border, find_commonest_colour, list_content_colours


def scale_2(grid: Grid) -> Grid | None:
    """Every cell as 2 x 2 cells. None above 30 x 30."""
    return _scale(grid, 2)


def scale_3(grid: Grid) -> Grid | None:
    """Every cell as 3 x 3 cells. None above 30 x 30."""
    return _scale(grid, 3)


def scale_by_colours(grid: Grid) -> Grid | None:
    """Every cell as a square of side n, n the number of colours except background. None for n = 1 or above 30 x 30."""
    return _scale(grid, len(list_content_colours(grid)))


def repeat_right(grid: Grid) -> Grid | None:
    """Two copies of the grid side by side. None above 15 columns."""
    return _tile(grid, 1, 2)


def repeat_down(grid: Grid) -> Grid | None:
    """Two copies of the grid, one below the other. None above 15 rows."""
    return _tile(grid, 2, 1)


def tile_3(grid: Grid) -> Grid | None:
    """Three by three copies of the grid. None above 10 x 10."""
    return _tile(grid, 3, 3)


def mirror_up(grid: Grid) -> Grid | None:
    """The grid with its mirror image above. None above 15 rows."""
    return np.concatenate((grid[::-1], grid)) if has_room(grid, 2 * grid.shape[0]) else None


def mirror_left(grid: Grid) -> Grid | None:
    """The grid with its mirror image to the left. None above 15 columns."""
    return np.concatenate((grid[:, ::-1], grid), axis=1) if has_room(grid, 2 * grid.shape[1]) else None


def turn_quad(grid: Grid) -> Grid | None:
    """A square grid and, clockwise, its rotations by 90, 180 and 270 degrees. None above 15 x 15 or if not square."""
    height, width = grid.shape
    if height != width or not has_room(grid, 2 * height):
        return None
    top = np.concatenate((grid, grid[::-1].T), axis=1)
    return np.concatenate((top, top[::-1, ::-1]))


def tile_by_commonest(grid: Grid) -> Grid | None:
    """A copy of the grid in place of each cell of its most common colour. None for a tie or above 30 x 30."""
    colour = find_commonest_colour(grid)
    return None if colour is None else _tile_where(grid, grid == colour)


def add_frame(grid: Grid) -> Grid | None:
    """The grid with a frame of `MARK` added around it. None above 28 x 28."""
    return add_border(grid, MARK) if has_room(grid, max(grid.shape) + 2) else None


def add_margin(grid: Grid) -> Grid | None:
    """The grid with a cell of background added around it. None above 28 x 28."""
    return add_border(grid, 0) if has_room(grid, max(grid.shape) + 2) else None


def _scale(grid: Grid, factor: int) -> Grid | None:
    """Enlarge each cell to a square of `factor` cells a side; None for factors below 2 or above 30 x 30."""
    if factor < 2 or not has_room(grid, factor * max(grid.shape)):
        return None
    return grid.repeat(factor, axis=0).repeat(factor, axis=1)


def _tile(grid: Grid, down: int, across: int) -> Grid | None:
    """Repeat the grid down and across; None above 30 x 30."""
    height, width = grid.shape
    if not has_room(grid, down * height, across * width):
        return None
    tiles = np.empty((down, height, across, width), dtype=np.uint8)
    tiles[:] = grid[None, :, None, :]
    return tiles.reshape(down * height, across * width)


def _tile_where(grid: Grid, marks: npt.NDArray[np.bool_]) -> Grid | None:
    """Copy the grid to the place of each marked cell; None above 30 x 30."""
    height, width = grid.shape
    if not has_room(grid, max(height, width) ** 2):
        return None
    tiles: Grid = marks[:, None, :, None] * grid[None, :, None, :]
    return tiles.reshape(height * height, width * width)
