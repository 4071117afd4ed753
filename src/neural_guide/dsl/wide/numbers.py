"""Primitives that paint objects in a colour that is a number, or draw a number as a grid.

The search maps the number to its real colour last. Objects are `dsl.objects.find_objects` unless stated.
"""

from collections import Counter

import numpy as np

from neural_guide.arc.grid import COLOURS, Grid, has_room
from neural_guide.dsl.cells import count_by_colour, list_content_colours
from neural_guide.dsl.objects import Objects, find_objects


def number_by_holes(grid: Grid) -> Grid | None:
    """Each object in the colour of its number of holes plus one. None above eight holes or without objects."""
    objects = find_objects(grid)
    return _paint_numbers(objects, [holes + 1 for holes in objects.hole_counts])


def number_by_area(grid: Grid) -> Grid | None:
    """Each object in the colour of its number of cells. None above nine cells or without objects."""
    objects = find_objects(grid)
    return _paint_numbers(objects, [box.area for box in objects.boxes])


def number_shapes(grid: Grid) -> Grid | None:
    """Each object in the colour of the rank of its shape, 1 for the most frequent. None for a tie."""
    objects = find_objects(grid)
    ranked = Counter(objects.shape_keys).most_common()
    if len({count for _, count in ranked}) < len(ranked):
        return None
    ranks = {shape: rank for rank, (shape, _) in enumerate(ranked, start=1)}
    return _paint_numbers(objects, [ranks[shape] for shape in objects.shape_keys])


def bars(grid: Grid) -> Grid | None:
    """One row for each colour except background, as long as its number of cells.

    The most common colour comes first, the lowest for a tie. None without content or above 30 cells.
    """
    counts = count_by_colour(grid)
    return _draw_bars(grid, list_content_colours(grid), counts)


def _paint_numbers(objects: Objects, numbers: list[int]) -> Grid | None:
    """Paint each object in its number; None without objects or above nine."""
    return objects.paint(numbers) if numbers and max(numbers) < COLOURS else None


def _draw_bars(grid: Grid, colours: list[int], counts: list[int]) -> Grid | None:
    """Draw one row per colour, as long as its count, longest first; None without colours or without room."""
    lengths = [counts[colour] for colour in colours]
    if not lengths or not has_room(grid, *lengths):
        return None
    drawn = np.zeros((len(colours), max(lengths)), dtype=np.uint8)
    for row, colour in enumerate(sorted(colours, key=lambda colour: -counts[colour])):
        drawn[row, : counts[colour]] = colour
    return drawn
