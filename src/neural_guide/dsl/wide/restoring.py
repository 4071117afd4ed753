"""Primitives that restore a pattern of which one colour hides a part: by its period, or by its symmetry."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.dsl.cells import count_by_colour, crop_to_mask, view_mirrored_columns
from neural_guide.dsl.kernels import copy_contiguous, find_best_axis
from neural_guide.dsl.wide.symmetry import complete_tiling

_LEAST_HIDDEN, _MOST_HIDDEN = 2, 0.4  # cells, and share of the cells of a grid
_MIN_SHOWN = 2  # colours of the pattern

_Completion = Callable[[Grid], Grid | None]
"""Function that fills background by a pattern; None if there is none."""


class _Restored(NamedTuple):
    """A pattern and the colour that hid a part of it."""

    grid: Grid
    colour: int


def restore_tiling(grid: Grid) -> Grid | None:
    """A periodic pattern in place of the colour that hides a part of it. None without one such colour."""
    restored = _restore(grid, complete_tiling)
    return None if restored is None else restored.grid


def restore_symmetry(grid: Grid) -> Grid | None:
    """A symmetric pattern in place of the colour that hides a part of it. None without one such colour."""
    restored = _restore(grid, _complete_symmetry)
    return None if restored is None else restored.grid


def hidden_symmetry(grid: Grid) -> Grid | None:
    """The part of a symmetric pattern that a rectangle of one colour hides. None without such a rectangle."""
    restored = _restore(grid, _complete_symmetry)
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


def _complete_symmetry(grid: Grid) -> Grid | None:
    """Fill background by mirror images, left and right, top and bottom, and across the diagonal of a square."""
    drawn = _mirror(grid)
    drawn = np.ascontiguousarray(_mirror(drawn.T).T)
    turned = drawn.T
    if turned.shape == drawn.shape and ((drawn == turned) | (drawn == 0) | (turned == 0)).all():
        drawn = np.maximum(drawn, turned)
    return drawn


def _mirror(grid: Grid) -> Grid:
    """Fill background by the mirror image to the side, at the best axis; the grid if no axis mirrors most of it."""
    drawn = copy_contiguous(grid)
    columns = grid.shape[1]
    axis = find_best_axis(drawn, 0, columns - 1)
    part = view_mirrored_columns(drawn, axis)
    if axis < 0 or 2 * part.shape[1] <= columns:
        return grid
    part[:] = np.maximum(part, part[:, ::-1])
    return drawn
