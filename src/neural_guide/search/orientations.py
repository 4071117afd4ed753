"""Orientations: a grid turned by what it shows, so that lines, sides and content lie alike in all grids of a task.

A rule that says "down" holds for every pair once the fullest border of each input is at the bottom.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid


class Symmetry(NamedTuple):
    """One of the eight symmetries of a rectangle's grid: rows become columns first, then rows and columns reverse.

    Attributes:
        transposes: whether rows become columns.
        flips: whether the order of the rows is reversed.
        mirrors: whether the order of the columns is reversed.
    """

    transposes: bool = False
    flips: bool = False
    mirrors: bool = False

    def apply(self, grid: Grid) -> Grid:
        """Turn a grid."""
        turned = grid.T if self.transposes else grid
        return np.ascontiguousarray(turned[:: -1 if self.flips else 1, :: -1 if self.mirrors else 1])

    def invert(self, grid: Grid) -> Grid:
        """Undo `apply`."""
        turned = grid[:: -1 if self.flips else 1, :: -1 if self.mirrors else 1]
        return np.ascontiguousarray(turned.T if self.transposes else turned)


def orient_by_lines(grid: Grid) -> Symmetry:
    """Lay lines and stripes across: colours change at least as often from row to row as from column to column."""
    down = float((grid[1:] != grid[:-1]).mean()) if grid.shape[0] > 1 else 0.0
    across = float((grid[:, 1:] != grid[:, :-1]).mean()) if grid.shape[1] > 1 else 0.0
    return Symmetry(transposes=across > down)


def orient_by_sides(grid: Grid) -> Symmetry:
    """Set the grid upright: no wider than high."""
    return Symmetry(transposes=grid.shape[1] > grid.shape[0])


def orient_by_border(grid: Grid) -> Symmetry:
    """Turn the border with the largest share of content to the bottom; the first of bottom, right, top and left."""
    content = grid != 0
    shares = [float(line.mean()) for line in (content[-1], content[:, -1], content[0], content[:, 0])]
    return _BORDER_TURNS[int(np.argmax(shares))]


_BORDER_TURNS = (
    Symmetry(),
    Symmetry(transposes=True, mirrors=True),
    Symmetry(flips=True, mirrors=True),
    Symmetry(transposes=True, flips=True),
)


def orient_by_corner(grid: Grid) -> Symmetry:
    """Mirror the grid so that its content lies nearer to the top than to the bottom, and to the left than the right."""
    rows, columns = np.nonzero(grid)
    if not len(rows):
        return Symmetry()
    height, width = grid.shape
    return Symmetry(flips=2 * rows.mean() > height - 1, mirrors=2 * columns.mean() > width - 1)


_Orientation = Callable[[Grid], Symmetry]

LINE_ORIENTATIONS: dict[str, _Orientation] = {"by lines": orient_by_lines, "by sides": orient_by_sides}
"""Orientations that depend on no background."""
CONTENT_ORIENTATIONS: dict[str, _Orientation] = {"by border": orient_by_border, "by corner": orient_by_corner}
"""Orientations that depend on what is content."""
ORIENTATIONS = LINE_ORIENTATIONS | CONTENT_ORIENTATIONS
"""Functions from an input to the symmetry that turns the grids of its pair or test, by name."""
