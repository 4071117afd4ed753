"""Cells and objects that fall to a side."""

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.dsl.kernels import copy_contiguous, drop_objects
from neural_guide.dsl.objects import find_objects


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
    objects = find_objects(grid)
    if not len(objects):
        return None
    boxes = np.array(objects.boxes)
    lowest_first = np.argsort(-(boxes[:, 1] + boxes[:, 3]), kind="stable")
    return drop_objects(copy_contiguous(grid), objects.labels, boxes, lowest_first)
