"""Primitives that exchange or remove colours by their frequency."""

import numpy as np

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.dsl.cells import (
    MARK,
    count_by_colour,
    find_commonest_colour,
    find_rarest_colour,
    list_content_colours,
    sort_colours,
)
from neural_guide.dsl.objects import find_objects

_IDENTITY: Grid = np.arange(COLOURS, dtype=np.uint8)


def swap_colours(grid: Grid) -> Grid | None:
    """The grid with its two colours except background exchanged. None for any other number of colours."""
    colours = list_content_colours(grid)
    return _swap(grid, *colours) if len(colours) == 2 else None


def drop_commonest(grid: Grid) -> Grid | None:
    """The grid without the cells of its most common colour except background. None for a tie or one colour."""
    colour = find_commonest_colour(grid)
    if colour is None:
        return None
    kept: Grid = grid * (grid != colour)
    return kept if kept.any() else None


def swap_background(grid: Grid) -> Grid | None:
    """The grid with background and its most common other colour exchanged. None for a tie."""
    colour = find_commonest_colour(grid)
    return None if colour is None else _swap(grid, 0, colour)


def clear_ground(grid: Grid) -> Grid | None:
    """The most common colour as background, and background in `MARK`. None for a tie or if that is background."""
    counts = count_by_colour(grid)
    most = max(counts)
    ground = counts.index(most)
    if ground == 0 or counts.count(most) > 1:
        return None
    new = _IDENTITY.copy()
    new[0], new[ground] = MARK, 0
    cleared: Grid = new[grid]
    return cleared


def rank_colours(grid: Grid) -> Grid | None:
    """Each colour except background as its rank, 1 for the most common. None for a tie."""
    ranked = sort_colours(grid)
    if ranked is None:
        return None
    new = np.zeros(COLOURS, dtype=np.uint8)
    new[ranked] = range(1, len(ranked) + 1)
    recoloured: Grid = new[grid]
    return recoloured


def list_colours(grid: Grid) -> Grid | None:
    """A column of the colours except background, most common first. None for a tie."""
    ranked = sort_colours(grid)
    return None if ranked is None else np.array(ranked, dtype=np.uint8)[:, None]


def paint_objects_rarest(grid: Grid) -> Grid | None:
    """Each object (any colours, corners join) in its own rarest colour. None for a tie or if nothing changes."""
    objects = find_objects(grid)
    if not any(colours > 1 for colours in objects.colour_counts):
        return None
    chosen = [colour for crop in objects.crops if (colour := find_rarest_colour(crop)) is not None]
    return objects.paint(chosen) if len(chosen) == len(objects) else None


def fill_commonest(grid: Grid) -> Grid | None:
    """The whole grid in its most common colour, background included. None for a tie."""
    counts = count_by_colour(grid)
    most = max(counts)
    return np.full(grid.shape, counts.index(most), dtype=np.uint8) if counts.count(most) == 1 else None


def cell_commonest(grid: Grid) -> Grid | None:
    """One cell of the most common colour except background. None for a tie."""
    colour = find_commonest_colour(grid)
    return None if colour is None else np.full((1, 1), colour, dtype=np.uint8)


def _swap(grid: Grid, one: int, other: int) -> Grid:
    """Exchange two colours."""
    new = _IDENTITY.copy()
    new[one], new[other] = other, one
    swapped: Grid = new[grid]
    return swapped
