"""Primitives that cut out halves, insides, or one object of several. Objects are `dsl.objects.find_objects`."""

from collections import Counter
from collections.abc import Hashable, Sequence

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


def crop_gap(grid: Grid) -> Grid | None:
    """The smallest rectangle that holds the background. None without background."""
    return crop_to_mask(grid, (grid == 0).view(np.uint8))


def crop_largest(grid: Grid) -> Grid | None:
    """The object with most cells. None for a tie or fewer than two objects."""
    objects = find_objects(grid)
    return objects.crop(_find_greatest([box.area for box in objects.boxes]))


def crop_smallest(grid: Grid) -> Grid | None:
    """The object with fewest cells. None for a tie or fewer than two objects."""
    objects = find_objects(grid)
    return objects.crop(_find_greatest([-box.area for box in objects.boxes]))


def crop_most_colours(grid: Grid) -> Grid | None:
    """The object with most colours. None for a tie or fewer than two objects."""
    objects = find_objects(grid)
    return objects.crop(_find_greatest(objects.colour_counts))


def crop_odd_shape(grid: Grid) -> Grid | None:
    """The only object with a unique shape. None without exactly one such object."""
    objects = find_objects(grid)
    return objects.crop(_find_odd(objects.shape_keys))


def crop_odd_look(grid: Grid) -> Grid | None:
    """The only object that differs from all others, colours included. None without exactly one such object."""
    objects = find_objects(grid)
    return objects.crop(_find_odd(objects.cell_keys))


def crop_common_look(grid: Grid) -> Grid | None:
    """The object that occurs most often, colours included. None for a tie or if each occurs once."""
    objects = find_objects(grid)
    ranked = Counter(objects.cell_keys).most_common(2)
    if not ranked or ranked[0][1] == 1 or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return objects.crop(objects.cell_keys.index(ranked[0][0]))


def crop_symmetric(grid: Grid) -> Grid | None:
    """The only object that is its own mirror image, left and right. None without exactly one such object."""
    objects = find_objects(grid)
    return objects.crop(find_unique_index([_is_symmetric(crop) for crop in objects.crops], True))


def crop_asymmetric(grid: Grid) -> Grid | None:
    """The only object that is not its own mirror image, left and right. None without exactly one such object."""
    objects = find_objects(grid)
    return objects.crop(find_unique_index([_is_symmetric(crop) for crop in objects.crops], False))


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


def crop_odd_colour(grid: Grid) -> Grid | None:
    """The only object of one colour (corners join) with a unique colour. None without exactly one such object."""
    objects = find_single_colour_objects(grid)
    return objects.crop(_find_odd(objects.main_colours))


def _find_greatest(values: list[int]) -> int | None:
    """Find the index of the greatest value of two or more; None for a tie."""
    return find_unique_index(values, max(values)) if len(values) > 1 else None


def _find_odd(keys: Sequence[Hashable]) -> int | None:
    """Find the index of the only unique key among several; None if there is no such key."""
    counts = Counter(keys)
    unique = [index for index, key in enumerate(keys) if counts[key] == 1]
    return unique[0] if len(unique) == 1 < len(keys) else None


def _measure_ring(crop: Grid) -> int:
    """Return the size of a crop whose four sides are content throughout; 0 for others."""
    if not (crop[0].all() and crop[-1].all() and crop[:, 0].all() and crop[:, -1].all()):
        return 0
    return crop.size


def _is_symmetric(crop: Grid) -> bool:
    """Return true if the crop is its own mirror image, left and right."""
    return bool((crop == crop[:, ::-1]).all())


def _crop_largest_box(objects: Objects) -> Grid | None:
    """Crop the grid to the box of the object with most cells; None for a tie or fewer than two objects."""
    number = _find_greatest([box.area for box in objects.boxes])
    if number is None:
        return None
    left, top, width, height, _ = objects.boxes[number]
    return objects.grid[top : top + height, left : left + width].copy()
