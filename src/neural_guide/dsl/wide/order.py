"""Primitives that reorder or drop rows, columns and objects."""

import numpy as np

from neural_guide.arc.grid import Grid


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


def _drop_repeated_rows(grid: Grid) -> Grid:
    """Drop the rows that equal an earlier one."""
    rows = list(dict.fromkeys(map(bytes, grid)))
    distinct: Grid = np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(len(rows), -1)
    return distinct
