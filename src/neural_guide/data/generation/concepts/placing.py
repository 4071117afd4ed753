"""Placing of objects on a grid under construction, apart from each other."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from neural_guide.arc.grid import BACKGROUND, Grid


class Region(NamedTuple):
    """A rectangle of a grid: rows `top` to `bottom - 1`, columns `left` to `right - 1`."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def inside(self) -> tuple[slice, slice]:
        """Its rows and columns, to index a grid with."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def place(
    grid: Grid, sprite: Grid, rng: np.random.Generator, *, margin: int = 1, within: Region | None = None
) -> Region | None:
    """Paint a sprite at a random free place, in place, and return its box; None if there is no such place.

    Args:
        grid: grid under construction.
        sprite: object; 0 is transparent.
        rng: random stream.
        margin: cells around the box of the sprite that must be background too, where they are in the grid.
        within: region that the sprite stays in; None: the grid.
    """
    top, left, bottom, right = within or Region(0, 0, *grid.shape)
    height, width = sprite.shape
    if bottom - top < height or right - left < width:
        return None
    padded = np.pad(grid != BACKGROUND, margin)
    windows = sliding_window_view(padded, (height + 2 * margin, width + 2 * margin))
    taken: npt.NDArray[np.bool_] = np.asarray(windows.any(axis=(2, 3)))
    free = np.argwhere(~taken[top : bottom - height + 1, left : right - width + 1])
    if not len(free):
        return None
    row, column = (int(start) for start in free[rng.integers(len(free))] + (top, left))
    region = Region(row, column, row + height, column + width)
    paint(grid, sprite, row, column)
    return region


def paint(grid: Grid, sprite: Grid, row: int, column: int) -> None:
    """Paint the cells of a sprite that are not 0, its top left corner here, in place; what lies outside is cut off."""
    top, left = max(0, -row), max(0, -column)
    part = sprite[top : max(0, len(grid) - row), left : max(0, grid.shape[1] - column)]
    target = grid[row + top : row + top + len(part), column + left : column + left + part.shape[1]]
    target[part != BACKGROUND] = part[part != BACKGROUND]


def place_many(
    grid: Grid,
    draw: Callable[[], Grid],
    count: int,
    rng: np.random.Generator,
    *,
    margin: int = 1,
    within: Region | None = None,
) -> list[Region]:
    """Place up to `count` drawn sprites, in place, and return the boxes of those that found a place."""
    regions = (place(grid, draw(), rng, margin=margin, within=within) for _ in range(count))
    return [region for region in regions if region]


def find_content(grid: Grid) -> Region | None:
    """Return the smallest region that holds every content cell; None for a blank grid."""
    rows, columns = np.flatnonzero(grid.any(axis=1)), np.flatnonzero(grid.any(axis=0))
    if not len(rows):
        return None
    return Region(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)
