"""Primitives that mirror, rotate and shift the grid: the turns that take two or three steps in `v2`."""

import numpy as np

from neural_guide.arc.grid import Grid


def hmirror(grid: Grid) -> Grid | None:
    """The grid mirrored at its horizontal axis: top becomes bottom. Never None."""
    return grid[::-1].copy()


def rot180(grid: Grid) -> Grid | None:
    """The grid rotated by 180 degrees. Never None."""
    return grid[::-1, ::-1].copy()


def rot270(grid: Grid) -> Grid | None:
    """The grid rotated by 90 degrees clockwise. Never None."""
    return grid[::-1].T.copy()


def transpose(grid: Grid) -> Grid | None:
    """The grid mirrored at the diagonal from its top left: rows become columns. Never None."""
    return grid.T.copy()


def anti_transpose(grid: Grid) -> Grid | None:
    """The grid mirrored at the diagonal from its top right. Never None."""
    return grid[::-1, ::-1].T.copy()


def roll_down(grid: Grid) -> Grid | None:
    """Every row one further down, the last one on top. None for one row."""
    return np.concatenate((grid[-1:], grid[:-1])) if grid.shape[0] > 1 else None


def roll_right(grid: Grid) -> Grid | None:
    """Every column one further to the right, the last one first. None for one column."""
    return np.concatenate((grid[:, -1:], grid[:, :-1]), axis=1) if grid.shape[1] > 1 else None
