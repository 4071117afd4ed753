"""Primitives that reorder or drop rows, columns and objects."""

import numpy as np

from neural_guide.arc.grid import Grid, has_room
from neural_guide.dsl.objects import find_objects


def sort_columns(grid: Grid) -> Grid | None:
    """The grid with its columns sorted by content, most first; the order of ties is kept. Never None."""
    return grid[:, np.argsort(-np.count_nonzero(grid, axis=0), kind="stable")].copy()


def sort_rows(grid: Grid) -> Grid | None:
    """The grid with its rows sorted by content, least first; the order of ties is kept. Never None."""
    return grid[np.argsort(np.count_nonzero(grid, axis=1), kind="stable")].copy()


def dedup_rows(grid: Grid) -> Grid | None:
    """The grid without the rows, and then the columns, that equal an earlier one. None if none does."""
    fewer = _drop_repeated_rows(_drop_repeated_rows(grid).T).T
    return fewer.copy() if fewer.shape != grid.shape else None


def drop_blank_lines(grid: Grid) -> Grid | None:
    """The grid without its rows and columns of background. None without any, or if all are blank."""
    rows, columns = grid.any(axis=1), grid.any(axis=0)
    if not rows.any() or (rows.all() and columns.all()):
        return None
    left: Grid = grid[rows][:, columns]
    return left.copy()


def drop_plain_lines(grid: Grid) -> Grid | None:
    """The grid without its rows and columns of one colour. None without any, or if nothing else is left."""
    rows, columns = (grid != grid[:, :1]).any(axis=1), (grid != grid[:1]).any(axis=0)
    if not rows.any() or not columns.any() or (rows.all() and columns.all()):
        return None
    left: Grid = grid[rows][:, columns]
    return left.copy()


def objects_across(grid: Grid) -> Grid | None:
    """The objects side by side, by first column. None if heights differ, for a tie of columns, or for one object."""
    objects = find_objects(grid)
    starts = [box.left for box in objects.boxes]
    if len(objects) < 2 or len(set(starts)) < len(starts):
        return None
    crops = [crop for _, crop in sorted(zip(starts, objects.crops, strict=True), key=lambda entry: entry[0])]
    if len({len(crop) for crop in crops}) > 1 or not has_room(grid, sum(crop.shape[1] for crop in crops)):
        return None
    return np.concatenate(crops, axis=1)


def overlay_objects(grid: Grid) -> Grid | None:
    """The objects centred on top of each other, smallest box above. None for one object, or if centres cannot align."""
    objects = find_objects(grid)
    if len(objects) < 2:
        return None
    height = max(box.height for box in objects.boxes)
    width = max(box.width for box in objects.boxes)
    drawn = np.zeros((height, width), dtype=np.uint8)
    for number in sorted(
        range(len(objects)), key=lambda index: -objects.boxes[index].width * objects.boxes[index].height
    ):
        crop = objects.crops[number]
        rows, columns = height - crop.shape[0], width - crop.shape[1]
        if rows % 2 or columns % 2:
            return None
        part = drawn[rows // 2 : rows // 2 + crop.shape[0], columns // 2 : columns // 2 + crop.shape[1]]
        np.copyto(part, crop, where=crop != 0)
    return drawn


def _drop_repeated_rows(grid: Grid) -> Grid:
    """Drop the rows that equal an earlier one."""
    rows = list(dict.fromkeys(map(bytes, grid)))
    distinct: Grid = np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(len(rows), -1)
    return distinct
