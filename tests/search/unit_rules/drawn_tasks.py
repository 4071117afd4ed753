"""Drawn tasks for rules over units: pairs of grids before and after; the last pair is the test and its answer."""

from collections.abc import Sequence

from neural_guide.arc.grid import Grid
from neural_guide.arc.task import Pair, Task
from search.unit_rules.drawing import build_grid, split_drawing

MOVE_ALL = [
    """
    1 1 . 2 | . . . .
    . . . . | 1 1 . 2
    . . . . | . . . .
    """,
    """
    . 3 . . | . . . .
    . 3 . . | . 3 . .
    . . . 4 | . 3 . .
    . . . . | . . . 4
    """,
    """
    5 . . . | . . . .
    5 . 6 6 | 5 . . .
    . . 6 6 | 5 . 6 6
    . . . . | . . 6 6
    """,
    """
    . 8 . | . . .
    . . . | . 8 .
    7 7 7 | . . .
    . . . | 7 7 7
    """,
]
"""Every object moves down by one row."""

RECOLOUR_LARGEST = [
    "1 1 . 2 . 2 | 4 4 . 2 . 2",
    """
    3 . . 1 1 | 3 . . 4 4
    3 . . . 1 | 3 . . . 4
    """,
    "2 . 2 2 2 . 1 1 | 2 . 4 4 4 . 1 1",
    "1 . 3 3 . 2 2 2 | 1 . 3 3 . 4 4 4",
]
"""The largest object takes colour 4."""

TAKE_ODD = [
    """
    1 1 . 1 1 . 2 2 | 2 2
    . 1 . . 1 . 2 . | 2 .
    """,
    """
    3 . . 4 4 . 4 . | 3 .
    3 3 . 4 . . 4 4 | 3 3
    """,
    """
    8 8 . . 5 5 . 8 . 8 | 5 5
    8 . . . . 5 . 8 . 8 | . 5
    """,
    """
    6 6 . 6 6 . 6 6 . 7 7 | 7 7
    6 . . . 6 . . . . . 7 | . 7
    """,
]
"""The output is the object of the odd colour."""

LIST_BY_SIZE = [
    """
    1 1 1 . 2 | 2 3 1
    . . . . . |
    3 3 . . . |
    """,
    "4 . 5 5 . | 4 5",
    """
    6 . 8 8 8 . 1 | 1 7 8 6
    6 . . . . . . |
    6 . 7 7 . . . |
    6 . . . . . . |
    """,
    """
    5 5 . 2 2 | 3 5 2
    5 . . 2 2 |
    . . . . . |
    3 . . . . |
    """,
]
"""The output lists the colours of the objects, the smallest first."""

COUNT_ONES = [
    """
    1 . 1 . 2 | 1 1 1 .
    . . . . . |
    2 . 1 . . |
    """,
    "2 . 1 . 2 | 1 . . .",
    """
    1 . 2 | 1 1 . .
    . . . |
    2 . 1 |
    """,
    """
    1 . 1 . 1 | 1 1 1 1
    . . . . . |
    2 . 1 . 2 |
    """,
]
"""The output is a bar of four cells, filled by as many as there are objects of colour 1."""

UNEXPLAINED = [
    """
    1 . . . . | 1 . . . .
    . . . . . | . . . . 7
    . . . . . | . . . . .
    """,
    """
    . . . . . | . 7 . . .
    . . . . . | . . . . .
    2 . . . . | 2 . . . .
    """,
    """
    . . 3 . . | . . 3 . .
    . . . . . | . . . . .
    . . . . . | 7 . . . .
    """,
]
"""A cell far from the object changes."""


def parse_task(drawings: Sequence[str]) -> tuple[Task, Grid]:
    """Parse drawn pairs to a task and the answer to its test."""
    *pairs, test = [Pair(*map(build_grid, split_drawing(drawing))) for drawing in drawings]
    return Task("t", tuple(pairs), (test.input,)), test.output
