"""Copies side by side, scalings, and what undoes them."""

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import MAX_SIDE, Grid
from neural_guide.dsl.cells import MARK, add_border, find_commonest_colour, find_rarest_colour, list_content_colours


def scale_2(grid: Grid) -> Grid | None:
    """Every cell as 2 x 2. None where that is above 30 x 30."""
    return _scaled(grid, 2)


def scale_3(grid: Grid) -> Grid | None:
    """Every cell as 3 x 3. None where that is above 30 x 30."""
    return _scaled(grid, 3)


def scale_by_colours(grid: Grid) -> Grid | None:
    """Every cell as a square with as many cells a side as the grid has colours but background; None for one."""
    return _scaled(grid, len(list_content_colours(grid)))


def repeat_right(grid: Grid) -> Grid | None:
    """The grid and once more to its right. None above 15 columns."""
    return _tiled(grid, 1, 2)


def repeat_down(grid: Grid) -> Grid | None:
    """The grid and once more below it. None above 15 rows."""
    return _tiled(grid, 2, 1)


def tile_3(grid: Grid) -> Grid | None:
    """Three by three copies of the grid. None above 10 x 10."""
    return _tiled(grid, 3, 3)


def mirror_up(grid: Grid) -> Grid | None:
    """The grid with its mirror image above. None above 15 rows."""
    return np.concatenate((grid[::-1], grid)) if 2 * grid.shape[0] <= MAX_SIDE else None


def turn_quad(grid: Grid) -> Grid | None:
    """A square grid, and clockwise its turns by a quarter, a half and three. None above 15 x 15, or of no square."""
    height, width = grid.shape
    if height != width or 2 * height > MAX_SIDE:
        return None
    top = np.concatenate((grid, grid[::-1].T), axis=1)
    return np.concatenate((top, top[::-1, ::-1]))


def tile_by_commonest(grid: Grid) -> Grid | None:
    """A copy of the grid in place of each cell of its most common colour. None above 30 x 30, or of a tie."""
    colour = find_commonest_colour(grid)
    return None if colour is None else _tiled_where(grid, grid == colour)


def tile_by_rarest(grid: Grid) -> Grid | None:
    """A copy of the grid in place of each cell of its rarest colour. None above 30 x 30, or of a tie."""
    colour = find_rarest_colour(grid)
    return None if colour is None else _tiled_where(grid, grid == colour)


def add_frame(grid: Grid) -> Grid | None:
    """The grid with a frame of `MARK` added around it. None above 28 x 28."""
    return add_border(grid, MARK) if max(grid.shape) <= MAX_SIDE - 2 else None


def add_margin(grid: Grid) -> Grid | None:
    """The grid with a cell of background added around it. None above 28 x 28."""
    return add_border(grid, 0) if max(grid.shape) <= MAX_SIDE - 2 else None


def _scaled(grid: Grid, factor: int) -> Grid | None:
    if factor < 2 or factor * max(grid.shape) > MAX_SIDE:
        return None
    return grid.repeat(factor, axis=0).repeat(factor, axis=1)


def _tiled(grid: Grid, down: int, across: int) -> Grid | None:
    height, width = grid.shape
    if down * height > MAX_SIDE or across * width > MAX_SIDE:
        return None
    tiles = np.empty((down, height, across, width), dtype=np.uint8)
    tiles[:] = grid[None, :, None, :]
    return tiles.reshape(down * height, across * width)


def _tiled_where(grid: Grid, places: npt.NDArray[np.bool_]) -> Grid | None:
    height, width = grid.shape
    if max(height, width) ** 2 > MAX_SIDE:
        return None
    tiles: Grid = places[:, None, :, None] * grid[None, :, None, :]
    return tiles.reshape(height * height, width * width)
