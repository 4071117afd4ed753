"""A grid as it looks turned, unmirrored, or within another one: what tells of steps that are still to come."""

import numpy as np

from neural_guide.grid import Grid

Views = dict[tuple[int, ...], Grid]
"""Grids by their shape, uint8 [view, height, width] each."""


def turns(grid: Grid) -> Views:
    """The seven other turns and mirror images of a grid."""
    quarters = [np.rot90(grid, quarter) for quarter in range(4)]
    return _by_shape([*quarters[1:], *(quarter[:, ::-1] for quarter in quarters)])


def unmirrored(grid: Grid) -> Views:
    """What a grid is the mirror image of, beside or below: its halves, and the quarter where it has both."""
    height, width = grid.shape
    beside = width % 2 == 0 and bool((grid == grid[:, ::-1]).all())
    below = height % 2 == 0 and bool((grid == grid[::-1]).all())
    found = []
    if beside:
        found.append(grid[:, : width // 2])
    if below:
        found.append(grid[: height // 2])
    if beside and below:
        found.append(grid[: height // 2, : width // 2])
    return _by_shape(found)


class Part:
    """A grid that is looked for within others."""

    def __init__(self, grid: Grid) -> None:
        self._height, self._width = grid.shape
        self._lines = [line.tobytes() for line in grid]
        # A line with much content is found in few places.
        self._rarest = int(np.count_nonzero(grid, axis=1).argmax())

    def within(self, grid: Grid) -> bool:
        """Whether it stands somewhere in a grid, cell by cell."""
        height, width = grid.shape
        if height < self._height or width < self._width:
            return False
        cells, line = grid.tobytes(), self._lines[self._rarest]
        at = cells.find(line)
        while at >= 0:
            row, column = at // width - self._rarest, at % width
            if 0 <= row <= height - self._height and column <= width - self._width:
                above = at - self._rarest * width
                if all(cells.startswith(each, above + step * width) for step, each in enumerate(self._lines)):
                    return True
            at = cells.find(line, at + 1)
        return False


def _by_shape(grids: list[Grid]) -> Views:
    shapes = {grid.shape for grid in grids}
    return {shape: np.array([grid for grid in grids if grid.shape == shape]) for shape in shapes}
