"""The grid type, its limits and its checks."""

from collections.abc import Sequence
from typing import TypeGuard

import numpy as np
import numpy.typing as npt

Grid = npt.NDArray[np.uint8]
"""uint8 [row, column], 1 to 30 on each side (to 100 in tasks of other sets than ARC's), colours 0 to 9."""

MAX_SIDE = 30  # cells, in rows and in columns: the rule of ARC, of datasets and of competitions
MAX_TASK_SIDE = 100  # cells of a grid in a task; public sets in ARC's format have rows of up to 93
COLOURS = 10
BACKGROUND = 0
PAD = 10  # fills a canvas around a grid; no colour has this value


class GridError(ValueError):
    """An error for rows that form no grid; the message names the broken rule."""


def parse_grid(rows: object, max_side: int = MAX_SIDE) -> Grid:
    """Convert rows of cells, e.g. from JSON, to a grid.

    Args:
        rows: list of lists of int, rectangular, 1 to `max_side` rows and columns, cells 0 to 9.
        max_side: the largest number of rows and of columns.

    Raises:
        GridError: the rows break a rule, which the message names.
    """
    if isinstance(rows, list) and any(isinstance(row, str) for row in rows):
        raise GridError("grid has a row of text; rows are lists of integers 0 to 9")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise GridError("grid is not a list of rows")
    widths = sorted({len(row) for row in rows})
    if not widths or widths[0] == 0:
        raise GridError(f"grid is empty; grids have 1 to {max_side} rows and columns")
    if len(widths) > 1:
        raise GridError(f"grid has rows of {widths[0]} and {widths[-1]} cells; grids are rectangular")
    if len(rows) > max_side or widths[0] > max_side:
        raise GridError(f"grid is {len(rows)} x {widths[0]}; grids have 1 to {max_side} rows and columns")
    if any(type(cell) is not int for row in rows for cell in row):
        raise GridError("grid has a cell that is no integer; cells are integers 0 to 9")
    if any(not 0 <= cell < COLOURS for row in rows for cell in row):
        raise GridError("grid has a cell outside 0 to 9; cells are integers 0 to 9")
    return np.array(rows, dtype=np.uint8)


def is_grid(value: object) -> TypeGuard[Grid]:
    """Return true for a valid grid: a uint8 array, two-dimensional, 1 to 30 a side, colours 0 to 9."""
    return (
        isinstance(value, np.ndarray)
        and value.dtype == np.uint8
        and value.ndim == 2
        and min(value.shape) >= 1
        and max(value.shape) <= MAX_SIDE
        and int(value.max()) < COLOURS
    )


def find_max_side(*grids: Grid) -> int:
    """Find the largest side of a grid that is made of others: 30, or 100 where one of them is larger than 30."""
    return MAX_SIDE if all(max(grid.shape) <= MAX_SIDE for grid in grids) else MAX_TASK_SIDE


def has_room(source: Grid, *sides: int) -> bool:
    """Return whether a grid made from another one may have these sides, see `find_max_side`."""
    return max(sides) <= find_max_side(source)


def is_equal(left: Grid, right: Grid) -> bool:
    """Return true if two grids have the same shape and the same cells."""
    return left.shape == right.shape and left.tobytes() == right.tobytes()  # eight times as fast as (==).all()


def is_equal_list(left: Sequence[Grid], right: Sequence[Grid]) -> bool:
    """Return true if two sequences hold the same grids in the same order."""
    return len(left) == len(right) and all(map(is_equal, left, right))
