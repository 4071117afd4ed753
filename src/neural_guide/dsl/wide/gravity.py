"""Cells and objects that fall to a side."""

import numpy as np

from neural_guide.dsl.objects import Labels, Objects, joined
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
    height = grid.shape[0]
    labels = objects.labels.copy()
    bottoms = [box.top + box.height for box in objects.boxes]
    lowest_first = sorted(range(len(objects)), key=lambda number: -bottoms[number])
    moving = True
    while moving:
        moving = False
        for number in lowest_first:
            own = labels == number + 1
            rows, columns = own.nonzero()
            others = np.where((labels != 0) & ~own, np.arange(height)[:, None], height)
            floor = np.minimum.accumulate(others[::-1])[::-1]  # of each cell: the next taken row from it downwards
            steps = int((floor[rows, columns] - rows).min()) - 1
            if steps > 0:
                labels[own] = 0
                labels[rows + steps, columns] = number + 1
                moving = True
    return _painted_as(grid, objects, labels)


def _painted_as(grid: Grid, objects: Objects, labels: Labels) -> Grid:
    """The objects where the labels now are."""
    fallen = np.zeros(grid.shape, dtype=np.uint8)
    for number, box in enumerate(objects.boxes, start=1):
        rows, _ = (labels == number).nonzero()
        top = int(rows.min())
        part = fallen[top : top + box.height, box.left : box.left + box.width]
        crop = objects.crops[number - 1]
        np.copyto(part, crop, where=crop != 0)
    return fallen
