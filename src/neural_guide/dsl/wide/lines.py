"""Rays and lines drawn from cells, and cells connected."""

import numpy as np

from neural_guide.dsl.cells import MARK
from neural_guide.grid import Grid


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
    right = _smeared(grid)
    return np.where(right != 0, right, _smeared(grid[:, ::-1])[:, ::-1])


def rays_vertical(grid: Grid) -> Grid | None:
    """Each cell of content drawn on up and down, until the next one. Never None."""
    down = _smeared(grid.T).T
    return np.where(down != 0, down, _smeared(grid[::-1].T).T[::-1]).copy()


def rays_cross(grid: Grid) -> Grid | None:
    """Each cell of content drawn on to four sides, until the next one; those up and down lie above. Never None."""
    down = _smeared(grid.T).T
    vertical = np.where(down != 0, down, _smeared(grid[::-1].T).T[::-1])
    right = _smeared(grid)
    across = np.where(right != 0, right, _smeared(grid[:, ::-1])[:, ::-1])
    return np.where(grid != 0, grid, np.where(vertical != 0, vertical, across))


def rays_diagonal(grid: Grid) -> Grid | None:
    """Each cell of content drawn on along its four diagonals, over background. Never None."""
    drawn = grid.copy()
    for down, right in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        _draw_on(drawn, grid, down, right)
    return drawn


def ray_down_right(grid: Grid) -> Grid | None:
    """Each cell of content drawn on down and to the right, over background. Never None."""
    drawn = grid.copy()
    _draw_on(drawn, grid, 1, 1)
    return drawn


def ray_up_right(grid: Grid) -> Grid | None:
    """Each cell of content drawn on up and to the right, over background. Never None."""
    drawn = grid.copy()
    _draw_on(drawn, grid, -1, 1)
    return drawn


def connect_across(grid: Grid) -> Grid | None:
    """Background between two equal cells of a row, in their colour. Never None."""
    return _connected(grid)


def connect_down(grid: Grid) -> Grid | None:
    """Background between two equal cells of a column, in their colour. Never None."""
    return _connected(grid.T).T.copy()


def connect_both(grid: Grid) -> Grid | None:
    """Background between two equal cells of a row or column, in their colour; columns lie above. Never None."""
    down, across = _connected(grid.T).T, _connected(grid)
    return np.where(down != 0, down, across).copy()


def connect_diagonal(grid: Grid) -> Grid | None:
    """Background between two equal cells of a diagonal, in their colour. Never None."""
    drawn = grid.copy()
    for flipped in (False, True):
        view = drawn[:, ::-1] if flipped else drawn
        given = grid[:, ::-1] if flipped else grid
        for offset in range(2 - grid.shape[0], grid.shape[1] - 1):
            line = given.diagonal(offset)
            if np.count_nonzero(line) > 1:
                _put_diagonal(view, offset, _connected(line[None])[0])
    return drawn


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
    columns = np.arange(grid.shape[1])
    last = np.maximum.accumulate(np.where(grid != 0, columns, 0), axis=1)
    return np.take_along_axis(grid, last, axis=1)


def _connected(grid: Grid) -> Grid:
    """Each row with background between equal neighbours in their colour."""
    before = _smeared(grid)
    behind = _smeared(grid[:, ::-1])[:, ::-1]
    return np.where(before == behind, before, grid)


def _bridged(grid: Grid) -> Grid:
    there = grid != 0
    before = np.logical_or.accumulate(there, axis=1)
    behind = np.logical_or.accumulate(there[:, ::-1], axis=1)[:, ::-1]
    return np.where(before & behind & ~there, np.uint8(MARK), grid)


def _draw_on(drawn: Grid, grid: Grid, down: int, right: int) -> None:
    """Draw each cell of content on in one direction over what is background in `drawn`, in place."""
    height, width = grid.shape
    moved = grid
    for _ in range(min(height, width) - 1):
        following = np.zeros_like(grid, order="C")
        to_rows, from_rows = (slice(1, None), slice(None, -1)) if down > 0 else (slice(None, -1), slice(1, None))
        to_columns, from_columns = (slice(1, None), slice(None, -1)) if right > 0 else (slice(None, -1), slice(1, None))
        following[to_rows, to_columns] = moved[from_rows, from_columns]
        following[grid != 0] = 0  # stopped by content
        if not following.any():
            return
        np.copyto(drawn, following, where=drawn == 0)
        moved = following


def _put_diagonal(grid: Grid, offset: int, line: Grid) -> None:
    steps = np.arange(len(line))
    rows, columns = steps - min(offset, 0), steps + max(offset, 0)
    here = grid[rows, columns]
    grid[rows, columns] = np.where(here != 0, here, line)
