"""Primitives that move cells and objects to a side."""

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.dsl.kernels import copy_contiguous, drop_objects
from neural_guide.dsl.objects import find_objects


def fall_down(grid: Grid) -> Grid | None:
    """The grid with the content of each column moved to its bottom, in order. Never None."""
    return np.take_along_axis(grid, np.argsort(grid != 0, axis=0, kind="stable"), axis=0)


def fall_up(grid: Grid) -> Grid | None:
    """The grid with the content of each column moved to its top, in order. Never None."""
    return np.take_along_axis(grid, np.argsort(grid == 0, axis=0, kind="stable"), axis=0)


def fall_right(grid: Grid) -> Grid | None:
    """The grid with the content of each row moved to its right end, in order. Never None."""
    return np.take_along_axis(grid, np.argsort(grid != 0, axis=1, kind="stable"), axis=1)


def fall_left(grid: Grid) -> Grid | None:
    """The grid with the content of each row moved to its left end, in order. Never None."""
    return np.take_along_axis(grid, np.argsort(grid == 0, axis=1, kind="stable"), axis=1)


def drop_objects_down(grid: Grid) -> Grid | None:
    """Each object (any colours, corners join) moved down to another one or the border. None without objects."""
    return _drop_down(grid)


def drop_objects_up(grid: Grid) -> Grid | None:
    """Each object (any colours, corners join) moved up to another one or the border. None without objects."""
    fallen = _drop_down(grid[::-1].copy())
    return None if fallen is None else fallen[::-1].copy()


def drop_objects_right(grid: Grid) -> Grid | None:
    """Each object (any colours, corners join) moved right to another one or the border. None without objects."""
    fallen = _drop_down(grid.T.copy())
    return None if fallen is None else fallen.T.copy()


def drop_objects_left(grid: Grid) -> Grid | None:
    """Each object (any colours, corners join) moved left to another one or the border. None without objects."""
    fallen = _drop_down(grid.T[::-1].copy())
    return None if fallen is None else fallen[::-1].T.copy()


def _drop_down(grid: Grid) -> Grid | None:
    """Drop the objects, the lowest first, until none moves; None without objects."""
    objects = find_objects(grid)
    if not len(objects):
        return None
    boxes = np.array(objects.boxes)
    lowest_first = np.argsort(-(boxes[:, 1] + boxes[:, 3]), kind="stable")
    return drop_objects(copy_contiguous(grid), objects.labels, boxes, lowest_first)
