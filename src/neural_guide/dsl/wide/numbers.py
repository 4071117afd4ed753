"""Objects in the colour that is a number, and grids that show a number.

The number's real colour comes from the map of colours that the search binds last. Objects are
`dsl.objects.find_objects` unless stated.
"""

from collections import Counter

import numpy as np

from neural_guide.arc.grid import COLOURS, MAX_SIDE, Grid
from neural_guide.dsl.cells import MARK, count_by_colour, list_content_colours
from neural_guide.dsl.objects import Objects, find_objects


def number_by_holes(grid: Grid) -> Grid | None:
    """Each object in the colour that is the number of its holes, and one. None above eight, or without objects."""
    objects = find_objects(grid)
    return _numbered(objects, [holes + 1 for holes in objects.hole_counts])


def number_by_area(grid: Grid) -> Grid | None:
    """Each object in the colour that is its number of cells. None above nine, or without objects."""
    objects = find_objects(grid)
    return _numbered(objects, [box.area for box in objects.boxes])


def number_largest(grid: Grid) -> Grid | None:
    """The objects with most cells in 2, the others in 1. None where all are that."""
    objects = find_objects(grid)
    areas = [box.area for box in objects.boxes]
    return _split(objects, [area == max(areas) for area in areas])


def number_shapes(grid: Grid) -> Grid | None:
    """Each object in the colour that is the rank of its shape, 1 for the one there most often. None of a tie."""
    objects = find_objects(grid)
    ranked = Counter(objects.shape_keys).most_common()
    if len({count for _, count in ranked}) < len(ranked):
        return None
    ranks = {shape: rank for rank, (shape, _) in enumerate(ranked, start=1)}
    return _numbered(objects, [ranks[shape] for shape in objects.shape_keys])


def number_by_height(grid: Grid) -> Grid | None:
    """Each object in the colour that is the rank of its height, 1 for the tallest. None above nine, or without any."""
    objects = find_objects(grid)
    heights = sorted({box.height for box in objects.boxes}, reverse=True)
    return _numbered(objects, [heights.index(box.height) + 1 for box in objects.boxes])


def count_objects(grid: Grid) -> Grid | None:
    """A row of `MARK`, as long as there are objects. None without one, or above thirty."""
    return _row(len(find_objects(grid)))


def bars(grid: Grid) -> Grid | None:
    """A row a colour but background, the most common first, the lowest of a tie: as many cells as it has, up to 30."""
    counts = count_by_colour(grid)
    return _bars(list_content_colours(grid), counts)


def _numbered(objects: Objects, numbers: list[int]) -> Grid | None:
    return objects.paint(numbers) if numbers and max(numbers) < COLOURS else None


def _split(objects: Objects, chosen: list[bool]) -> Grid | None:
    if all(chosen) or not any(chosen):
        return None
    return objects.paint([2 if each else 1 for each in chosen])


def _row(length: int) -> Grid | None:
    return np.full((1, length), MARK, dtype=np.uint8) if 0 < length <= MAX_SIDE else None


def _bars(colours: list[int], counts: "Counter[int] | list[int]") -> Grid | None:
    lengths = [counts[colour] for colour in colours]
    if not lengths or max(lengths) > MAX_SIDE:
        return None
    drawn = np.zeros((len(colours), max(lengths)), dtype=np.uint8)
    for row, colour in enumerate(sorted(colours, key=lambda colour: -counts[colour])):
        drawn[row, : counts[colour]] = colour
    return drawn
