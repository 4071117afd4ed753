"""Primitives that cut out halves, insides, or one object of several. Objects are `dsl.objects.find_objects`."""

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.dsl.cells import crop_to_mask, find_commonest_colour, find_rarest_colour
from neural_guide.dsl.objects import Objects, find_objects, find_single_colour_objects, find_unique_index


def left_half(grid: Grid) -> Grid | None:
    """The left half, without the middle column of an odd width. None for one column."""
    half = grid.shape[1] // 2
    return grid[:, :half].copy() if half else None


def top_half(grid: Grid) -> Grid | None:
    """The upper half, without the middle row of an odd height. None for one row."""
    half = grid.shape[0] // 2
    return grid[:half].copy() if half else None


def trim(grid: Grid) -> Grid | None:
    """The grid without its outermost cells. None for two rows or columns, or fewer."""
    return grid[1:-1, 1:-1].copy() if min(grid.shape) > 2 else None


def crop_commonest(grid: Grid) -> Grid | None:
    """The smallest rectangle that holds the most common colour except background. None for a tie."""
    colour = find_commonest_colour(grid)
    return None if colour is None else crop_to_mask(grid, (grid == colour).view(np.uint8))


def crop_largest(grid: Grid) -> Grid | None:
    """The object with most cells. None for a tie or fewer than two objects."""
    objects = find_objects(grid)
    return objects.crop(_find_greatest([box.area for box in objects.boxes]))


def crop_most_colours(grid: Grid) -> Grid | None:
    """The object with most colours. None for a tie or fewer than two objects."""
    objects = find_objects(grid)
    return objects.crop(_find_greatest(objects.colour_counts))


def crop_most_marked(grid: Grid) -> Grid | None:
    """The object with most cells of the grid's rarest colour. None for a tie."""
    colour, objects = find_rarest_colour(grid), find_objects(grid)
    if colour is None:
        return None
    return objects.crop(_find_greatest([crop.tobytes().count(colour) for crop in objects.crops]))


def crop_largest_plain(grid: Grid) -> Grid | None:
    """All cells in the box of the largest object of one colour (corners join). None for a tie."""
    return _crop_largest_box(find_single_colour_objects(grid))


def crop_framed(grid: Grid) -> Grid | None:
    """The inside of the largest rectangle whose four sides are one colour. None for a tie."""
    objects = find_single_colour_objects(grid)
    sizes = [0] * len(objects)
    for index, (_, _, width, height, area) in enumerate(objects.boxes):
        if min(width, height) > 2 and area >= 2 * (width + height) - 4:  # enough cells for four sides
            sizes[index] = _measure_ring(objects.crops[index])
    number = find_unique_index(sizes, max(sizes, default=0))
    if number is None or not sizes[number]:
        return None
    left, top, width, height, _ = objects.boxes[number]
    return grid[top + 1 : top + height - 1, left + 1 : left + width - 1].copy()


def _find_greatest(values: list[int]) -> int | None:
    """Find the index of the greatest value of two or more; None for a tie."""
    return find_unique_index(values, max(values)) if len(values) > 1 else None


def _measure_ring(crop: Grid) -> int:
    """Return the size of a crop whose four sides are content throughout; 0 for others."""
    if not (crop[0].all() and crop[-1].all() and crop[:, 0].all() and crop[:, -1].all()):
        return 0
    return crop.size


def _crop_largest_box(objects: Objects) -> Grid | None:
    """Crop the grid to the box of the object with most cells; None for a tie or fewer than two objects."""
    number = _find_greatest([box.area for box in objects.boxes])
    if number is None:
        return None
    left, top, width, height, _ = objects.boxes[number]
    return objects.grid[top : top + height, left : left + width].copy()
