"""Primitives that restore a pattern of which one colour hides a part: by its period, or by its symmetry."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.dsl.cells import count_by_colour, crop_to_mask, view_mirrored_columns
from neural_guide.dsl.kernels import copy_contiguous, find_best_axis
from neural_guide.dsl.periods import fill_upright_tiling

_LEAST_HIDDEN, _MOST_HIDDEN = 1, 0.4  # cells, and share of the cells of a grid
_MIN_SHOWN = 2  # colours of the pattern

_Completion = Callable[[Grid], Grid | None]
"""Function that fills background by a pattern; None if there is none."""


class _Restored(NamedTuple):
    """A pattern and the colour that hid a part of it."""

    grid: Grid
    colour: int


def restore_tiling(grid: Grid) -> Grid | None:
    """A periodic pattern in place of the colour that hides a part of it. None without one such colour."""
    restored = _restore(grid, fill_upright_tiling)
    return None if restored is None else restored.grid


def restore_symmetry(grid: Grid) -> Grid | None:
    """A symmetric pattern in place of the colour that hides a part of it. None without one such colour."""
    restored = _restore(grid, _complete_symmetry)
    return None if restored is None else restored.grid


def hidden_pattern(grid: Grid) -> Grid | None:
    """The part of a symmetric or periodic pattern that a rectangle of one colour hides. None without a rectangle."""
    restored = _restore(grid, _complete_symmetry) or _restore(grid, fill_upright_tiling)
    if restored is None:
        return None
    mask = (grid == restored.colour).view(np.uint8)
    hidden = crop_to_mask(mask, mask)
    return crop_to_mask(restored.grid, mask) if hidden is not None and hidden.all() else None


def _restore(grid: Grid, complete: _Completion) -> _Restored | None:
    """Restore a pattern in place of the only colour for which the rest is a pattern; None without just one."""
    counts = count_by_colour(grid)
    found: list[_Restored] = []
    if sum(count > 0 for count in counts) <= _MIN_SHOWN:
        return None
    for colour, count in enumerate(counts):
        if _LEAST_HIDDEN <= count <= _MOST_HIDDEN * grid.size:
            completed = complete(_swap_with_background(grid, colour))
            if completed is not None and completed.all():
                found.append(_Restored(_swap_with_background(completed, colour), colour))
    return found[0] if len(found) == 1 else None


def _swap_with_background(grid: Grid, colour: int) -> Grid:
    """Swap a colour and background."""
    table = np.arange(256, dtype=np.uint8)
    table[[0, colour]] = colour, 0
    return table[grid]


def _complete_symmetry(grid: Grid) -> Grid:
    """Fill background by mirror images, left and right, top and bottom, and across the diagonal through the centre."""
    across = _find_axis(grid)
    drawn = _mirror(grid, across)
    down = _find_axis(drawn.T)
    drawn = np.ascontiguousarray(_mirror(drawn.T, down).T)
    if across < 0 or down < 0 or (down - across) % 2:
        return drawn
    return _mirror_diagonally(drawn, (down - across) // 2)


def _find_axis(grid: Grid) -> int:
    """Find the axis of the mirror image to the side, see `find_best_axis`; -1 if no axis mirrors half of the columns.

    The pattern may go on beyond the grid, so that its axis need not be that of the grid.
    """
    columns = grid.shape[1]
    return find_best_axis(copy_contiguous(grid), columns // 2, 2 * columns - 2 - columns // 2)


def _mirror(grid: Grid, axis: int) -> Grid:
    """Fill background by the mirror image to the side; the grid for axis -1."""
    drawn = copy_contiguous(grid)
    if axis >= 0:
        part = view_mirrored_columns(drawn, axis)
        part[:] = np.maximum(part, part[:, ::-1])
    return drawn


def _mirror_diagonally(grid: Grid, offset: int) -> Grid:
    """Fill background by the cells across a diagonal, if no content contradicts; the grid if some does.

    Args:
        grid: uint8 [row, column].
        offset: row of the diagonal in column 0.
    """
    height, width = grid.shape
    first_row, end_row = max(0, offset), min(height, width + offset)
    first, end = max(0, -offset), min(width, height - offset)
    opposite = np.zeros_like(grid)
    opposite[first_row:end_row, first:end] = grid.T[
        first_row - offset : end_row - offset, first + offset : end + offset
    ]
    agrees = ((grid == opposite) | (grid == 0) | (opposite == 0)).all()
    return np.maximum(grid, opposite) if agrees else grid
