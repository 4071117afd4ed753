"""Panels: the parts between full lines of one colour in a grid or, without lines, its squares or halves."""

from collections import Counter
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.dsl.cells import is_uniform

MAX_CACHED = 256  # grids whose panels are cached


class Panels(NamedTuple):
    """The panels of a grid.

    Attributes:
        parts: read-only views of the grid, row by row.
        rows: number of panels from top to bottom.
        columns: number of panels from left to right.
        wall: colour of the lines between the panels; 0 without lines.
        tops: first row of each row of panels.
        lefts: first column of each column of panels.
    """

    parts: tuple[Grid, ...]
    rows: int
    columns: int
    wall: int
    tops: tuple[int, ...]
    lefts: tuple[int, ...]

    @property
    def has_equal_sizes(self) -> bool:
        """True if all panels have the same size."""
        return len({part.shape for part in self.parts}) == 1


def find_panels(grid: Grid) -> Panels | None:
    """Find the panels of a grid; None if it has none.

    With full lines of one colour inside the grid, panels are the parts between them. Without lines, they are the
    squares side by side if one side is a multiple of the other, else the halves.
    """
    return _find_panels(grid.tobytes(), grid.shape)


@lru_cache(maxsize=MAX_CACHED)
def _find_panels(cells: bytes, shape: tuple[int, int]) -> Panels | None:
    grid = np.frombuffer(cells, dtype=np.uint8).reshape(shape)
    return _split_at_lines(grid) or _split_evenly(grid)


def _split_at_lines(grid: Grid) -> Panels | None:
    """Split the grid at the lines of the colour with most full lines inside it; None for a tie or without lines."""
    rows = [row for row in range(grid.shape[0]) if is_uniform(grid[row])]
    columns = [column for column in range(grid.shape[1]) if is_uniform(grid[:, column])]
    inner_rows = [row for row in rows if 0 < row < grid.shape[0] - 1]
    inner_columns = [column for column in columns if 0 < column < grid.shape[1] - 1]
    lines = Counter([*grid[inner_rows, 0].tolist(), *grid[0, inner_columns].tolist()]).most_common(2)
    if not lines or (len(lines) > 1 and lines[0][1] == lines[1][1]):
        return None
    wall = lines[0][0]
    down = _list_gaps([row for row in rows if grid[row, 0] == wall], grid.shape[0])
    across = _list_gaps([column for column in columns if grid[0, column] == wall], grid.shape[1])
    return _cut_panels(grid, down, across, wall) if len(down) * len(across) > 1 else None


def _list_gaps(walls: list[int], length: int) -> list[tuple[int, int]]:
    """List the nonempty ranges (first, end) between the walls."""
    bounds = zip([-1, *walls], [*walls, length], strict=True)
    return [(before + 1, after) for before, after in bounds if after - before > 1]


def _split_evenly(grid: Grid) -> Panels | None:
    """Split the grid into squares or halves side by side; None if its sides allow neither."""
    height, width = grid.shape
    if height > width and height % width == 0 and width > 1:
        return _cut_panels(grid, [(top, top + width) for top in range(0, height, width)], [(0, width)], 0)
    if width > height and width % height == 0 and height > 1:
        return _cut_panels(grid, [(0, height)], [(left, left + height) for left in range(0, width, height)], 0)
    if width >= height and width % 2 == 0:
        return _cut_panels(grid, [(0, height)], [(0, width // 2), (width // 2, width)], 0)
    if height % 2 == 0:
        return _cut_panels(grid, [(0, height // 2), (height // 2, height)], [(0, width)], 0)
    return None


def _cut_panels(grid: Grid, down: list[tuple[int, int]], across: list[tuple[int, int]], wall: int) -> Panels:
    """Cut the grid at the ranges (first, end) of rows and of columns."""
    parts = tuple(grid[top:bottom, left:right] for top, bottom in down for left, right in across)
    tops, lefts = tuple(top for top, _ in down), tuple(left for left, _ in across)
    return Panels(parts, len(down), len(across), wall, tops, lefts)
