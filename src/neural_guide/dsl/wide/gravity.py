"""Cells and objects that fall to a side."""

import numpy as np
import numpy.typing as npt

from neural_guide.dsl.objects import joined
from neural_guide.grid import Grid


def fall_down(grid: Grid) -> Grid | None:
    """The content of each column at its bottom, in its order. Never None."""
    return np.take_along_axis(grid, np.argsort(grid != 0, axis=0, kind="stable"), axis=0)


def fall_up(grid: Grid) -> Grid | None:
    """The content of each column at its top, in its order. Never None."""
    return np.take_along_axis(grid, np.argsort(grid == 0, axis=0, kind="stable"), axis=0)


def fall_right(grid: Grid) -> Grid | None:
    """The content of each row at its right end, in its order. Never None."""
    return np.take_along_axis(grid, np.argsort(grid != 0, axis=1, kind="stable"), axis=1)


def fall_left(grid: Grid) -> Grid | None:
    """The content of each row at its left end, in its order. Never None."""
    return np.take_along_axis(grid, np.argsort(grid == 0, axis=1, kind="stable"), axis=1)


def drop_objects_down(grid: Grid) -> Grid | None:
    """Each object (any colours, corners join) falls down as a whole until another one or the border stops it."""
    return _fallen(grid)


def drop_objects_up(grid: Grid) -> Grid | None:
    """Each object (any colours, corners join) rises as a whole until another one or the border stops it."""
    fallen = _fallen(grid[::-1].copy())
    return None if fallen is None else fallen[::-1].copy()


def drop_objects_right(grid: Grid) -> Grid | None:
    """Each object (any colours, corners join) moves right as a whole until another one or the border stops it."""
    fallen = _fallen(grid.T.copy())
    return None if fallen is None else fallen.T.copy()


def drop_objects_left(grid: Grid) -> Grid | None:
    """Each object (any colours, corners join) moves left as a whole until another one or the border stops it."""
    fallen = _fallen(grid.T[::-1].copy())
    return None if fallen is None else fallen[::-1].T.copy()


def _fallen(grid: Grid) -> Grid | None:
    """The objects fallen down, the lowest first, until none moves any more. None without objects."""
    objects = joined(grid)
    if not len(objects):
        return None
    fallen = grid.copy()
    tops = [box.top for box in objects.boxes]
    lowest_first = sorted(range(len(objects)), key=lambda number: -tops[number] - objects.boxes[number].height)
    moving = True
    while moving:
        moving = False
        for number in lowest_first:
            left, _, width, height, _ = objects.boxes[number]
            columns, top = fallen[:, left : left + width], tops[number]
            if top + height == len(grid):
                continue
            mask = objects.crops[number] != 0
            columns[top : top + height][mask] = 0
            tops[number] += _room_below(columns, top, mask)
            np.copyto(columns[tops[number] : tops[number] + height], objects.crops[number], where=mask)
            moving |= tops[number] > top
    return fallen


def _room_below(columns: Grid, top: int, mask: npt.NDArray[np.bool_]) -> int:
    """How many rows an object that begins at `top` can fall.

    Args:
        columns: those of the grid that it covers, without it.
        top: its first row.
        mask: its cells, in its box.
    """
    rows = np.arange(len(columns))[:, None]
    taken = np.where(columns != 0, rows, len(columns))
    floor = np.minimum.accumulate(taken[::-1])[::-1]  # for each cell the next taken row
    return int((floor - rows)[top : top + len(mask)][mask].min()) - 1
