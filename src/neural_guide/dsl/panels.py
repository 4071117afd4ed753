"""Panels: the equal parts that lines of one colour cut a grid into, or that it has side by side."""

from collections import Counter
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.dsl.cells import is_uniform

MAX_CACHED = 256  # grids whose panels are kept


class Panels(NamedTuple):
    """A grid's panels.

    Attributes:
        parts: views of the grid, row by row; not to be changed.
        rows: panels from top to bottom.
        columns: panels from left to right.
        wall: colour of the lines between them; 0 where there are none.
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
        """Whether all panels have one size."""
        return len({part.shape for part in self.parts}) == 1


def find_panels(grid: Grid) -> Panels | None:
    """The parts between full lines of one colour; without lines, squares or halves. None where there are none."""
    return _find_panels(grid.tobytes(), grid.shape)


@lru_cache(maxsize=MAX_CACHED)
def _find_panels(cells: bytes, shape: tuple[int, int]) -> Panels | None:
    grid = np.frombuffer(cells, dtype=np.uint8).reshape(shape)
    return _split_at_lines(grid) or _split_evenly(grid)


def _split_at_lines(grid: Grid) -> Panels | None:
    """What the colour with most full lines inside the grid cuts it into; None where two have as many, or none any."""
    rows = [row for row in range(grid.shape[0]) if is_uniform(grid[row])]
    columns = [column for column in range(grid.shape[1]) if is_uniform(grid[:, column])]
    inner = [row for row in rows if 0 < row < grid.shape[0] - 1]
    beside = [column for column in columns if 0 < column < grid.shape[1] - 1]
    lines = Counter([*grid[inner, 0].tolist(), *grid[0, beside].tolist()]).most_common(2)
    if not lines or (len(lines) > 1 and lines[0][1] == lines[1][1]):
        return None
    wall = lines[0][0]
    down = _list_gaps([row for row in rows if grid[row, 0] == wall], grid.shape[0])
    across = _list_gaps([column for column in columns if grid[0, column] == wall], grid.shape[1])
    return _cut_panels(grid, down, across, wall) if len(down) * len(across) > 1 else None


def _list_gaps(walls: list[int], length: int) -> list[tuple[int, int]]:
    """The stretches (first, end) between walls that have some length."""
    stretches = zip([-1, *walls], [*walls, length], strict=True)
    return [(before + 1, after) for before, after in stretches if after - before > 1]


def _split_evenly(grid: Grid) -> Panels | None:
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
    parts = tuple(grid[top:bottom, left:right] for top, bottom in down for left, right in across)
    tops, lefts = tuple(top for top, _ in down), tuple(left for left, _ in across)
    return Panels(parts, len(down), len(across), wall, tops, lefts)
