"""Parts cut out of a grid: halves, insides, and one object of several. Objects are `dsl.objects.find_objects`."""

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.dsl.cells import crop_to_mask, find_commonest_colour, find_rarest_colour
from neural_guide.dsl.objects import Objects, find_objects, find_single_colour_objects, find_unique_index


def left_half(grid: Grid) -> Grid | None:
    """The left half, without the column in the middle. None of one column."""
    half = grid.shape[1] // 2
    return grid[:, :half].copy() if half else None


def top_half(grid: Grid) -> Grid | None:
    """The upper half, without the row in the middle. None of one row."""
    half = grid.shape[0] // 2
    return grid[:half].copy() if half else None


def trim(grid: Grid) -> Grid | None:
    """The grid without its outermost cells. None of two rows or columns."""
    return grid[1:-1, 1:-1].copy() if min(grid.shape) > 2 else None


def crop_commonest(grid: Grid) -> Grid | None:
    """Smallest rectangle that holds the most common colour but background. None of a tie."""
    colour = find_commonest_colour(grid)
    return None if colour is None else crop_to_mask(grid, (grid == colour).view(np.uint8))


def crop_gap(grid: Grid) -> Grid | None:
    """Smallest rectangle that holds the background. None where there is none."""
    return crop_to_mask(grid, (grid == 0).view(np.uint8))


def crop_largest(grid: Grid) -> Grid | None:
    """The object with most cells. None of a tie."""
    objects = find_objects(grid)
    return objects.crop(_greatest([box.area for box in objects.boxes]))


def crop_smallest(grid: Grid) -> Grid | None:
    """The object with fewest cells. None of a tie."""
    objects = find_objects(grid)
    return objects.crop(_greatest([-box.area for box in objects.boxes]))


def crop_most_colours(grid: Grid) -> Grid | None:
    """The object of most colours. None of a tie."""
    objects = find_objects(grid)
    return objects.crop(_greatest(objects.colour_counts))


def crop_odd_shape(grid: Grid) -> Grid | None:
    """The object whose shape no other has. None where that is not one."""
    objects = find_objects(grid)
    return objects.crop(_odd(objects.shape_keys))


def crop_odd_look(grid: Grid) -> Grid | None:
    """The object that differs from all others, colours included. None where that is not one."""
    objects = find_objects(grid)
    return objects.crop(_odd(objects.cell_keys))


def crop_common_look(grid: Grid) -> Grid | None:
    """The object that is there most often, colours included. None of a tie, or where each is there once."""
    objects = find_objects(grid)
    ranked = Counter(objects.cell_keys).most_common(2)
    if not ranked or ranked[0][1] == 1 or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return objects.crop(objects.cell_keys.index(ranked[0][0]))


def crop_symmetric(grid: Grid) -> Grid | None:
    """The object that is its own mirror image, left and right. None where that is not one."""
    objects = find_objects(grid)
    return objects.crop(find_unique_index([_symmetric(crop) for crop in objects.crops], True))


def crop_asymmetric(grid: Grid) -> Grid | None:
    """The object that is not its own mirror image, left and right. None where that is not one."""
    objects = find_objects(grid)
    return objects.crop(find_unique_index([_symmetric(crop) for crop in objects.crops], False))


def crop_most_marked(grid: Grid) -> Grid | None:
    """The object with most cells of the grid's rarest colour. None of a tie."""
    colour, objects = find_rarest_colour(grid), find_objects(grid)
    if colour is None:
        return None
    return objects.crop(_greatest([crop.tobytes().count(colour) for crop in objects.crops]))


def crop_largest_plain(grid: Grid) -> Grid | None:
    """All cells in the box of the object of one colour (corners join) that has most cells. None of a tie."""
    return _box(find_single_colour_objects(grid))


def crop_framed(grid: Grid) -> Grid | None:
    """What lies inside the largest rectangle whose four sides are one colour. None of a tie."""
    objects = find_single_colour_objects(grid)
    sizes = [0] * len(objects)
    for place, (_, _, width, height, area) in enumerate(objects.boxes):
        if min(width, height) > 2 and area >= 2 * (width + height) - 4:  # cells enough for four sides
            sizes[place] = _ring_size(objects.crops[place])
    number = find_unique_index(sizes, max(sizes, default=0))
    if number is None or not sizes[number]:
        return None
    left, top, width, height, _ = objects.boxes[number]
    return grid[top + 1 : top + height - 1, left + 1 : left + width - 1].copy()


def crop_odd_colour(grid: Grid) -> Grid | None:
    """The object of one colour (corners join) whose colour no other has. None where that is not one."""
    objects = find_single_colour_objects(grid)
    return objects.crop(_odd(objects.main_colours))


def _greatest(values: list[int]) -> int | None:
    """Where the greatest value of two or more stands; None where it stands twice."""
    return find_unique_index(values, max(values)) if len(values) > 1 else None


def _odd(keys: Sequence[Hashable]) -> int | None:
    """Where the one key stands that is there once; None where several are, or no key is there more often."""
    counts = Counter(keys)
    alone = [place for place, key in enumerate(keys) if counts[key] == 1]
    return alone[0] if len(alone) == 1 < len(keys) else None


def _ring_size(crop: Grid) -> int:
    """Cells of a crop whose four sides are content throughout; 0 for others."""
    if not (crop[0].all() and crop[-1].all() and crop[:, 0].all() and crop[:, -1].all()):
        return 0
    return crop.size


def _symmetric(crop: Grid) -> bool:
    return bool((crop == crop[:, ::-1]).all())


def _box(objects: Objects) -> Grid | None:
    number = _greatest([box.area for box in objects.boxes])
    if number is None:
        return None
    left, top, width, height, _ = objects.boxes[number]
    return objects.grid[top : top + height, left : left + width].copy()
