"""What is seen of the object of every cell, and of its place there."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.dsl.objects import (
    Objects,
    find_objects,
    find_side_connected_objects,
    find_single_colour_objects,
    rank_values,
)
from neural_guide.search.cell_rules.feature import MOST, Found


def object_views(grid: Grid) -> Iterator[Found]:
    """Of objects of each kind and of the parts of the background; 0 outside of them."""
    background = (grid == 0).view(np.uint8)
    kinds = {
        "object": find_objects(grid),
        "plain object": find_single_colour_objects(grid),
        "tight object": find_side_connected_objects(grid),
        "gap": find_side_connected_objects(background),
    }
    for kind, objects in kinds.items():
        if len(objects):
            for name, values in _facts(objects):
                yield f"{name} of {kind}", objects.paint([min(value, MOST) for value in values]), False
            for name, cells in _places_in_boxes(objects):
                yield f"{name} of {kind}", cells, False


def _facts(objects: Objects) -> Iterator[tuple[str, list[int]]]:
    """One number an object, 1 or more."""
    boxes = objects.boxes
    areas = [box.area for box in boxes]
    yield "area", areas
    yield "rank", rank_values([-area for area in areas])
    yield "rank from smallest", rank_values(areas)
    yield "whether largest", [1 + (area == max(areas)) for area in areas]
    yield "whether smallest", [1 + (area == min(areas)) for area in areas]
    yield "width", [box.width for box in boxes]
    yield "height", [box.height for box in boxes]
    yield "longer side", [1 + (box.width > box.height) + 2 * (box.width < box.height) for box in boxes]
    yield "holes", [1 + holes for holes in objects.hole_counts]
    yield "whether at border", [1 + at_border for at_border in objects.touches_border]
    yield "whether solid", [1 + (box.area == box.width * box.height) for box in boxes]
    yield "colours", objects.colour_counts
    yield "copies", [objects.shape_keys.count(shape) for shape in objects.shape_keys]
    yield "symmetry", [_symmetry(mask) for mask in objects.masks]
    yield "place from left", rank_values([box.left for box in boxes])
    yield "place from top", rank_values([box.top for box in boxes])


def _places_in_boxes(objects: Objects) -> Iterator[tuple[str, Grid]]:
    """Where a cell is in the box of its object, all from 1; smaller boxes lie on larger ones."""
    boxes = sorted(objects.boxes, key=lambda box: -box.width * box.height)
    placed = [_places(box.height, box.width) for box in boxes]
    for name in placed[0]:
        seen: Grid = np.zeros(objects.labels.shape, dtype=np.uint8)
        for box, places in zip(boxes, placed, strict=True):
            here = np.s_[box.top : box.top + box.height, box.left : box.left + box.width]
            seen[here] = np.minimum(places[name], MOST)
        yield name, seen


@lru_cache(maxsize=900)
def _places(height: int, width: int) -> dict[str, npt.NDArray[np.int64]]:
    """Of every cell of a box; at its place, 1 is inside, 1 more on each side of the box."""
    rows, columns = np.indices((height, width))
    up, left = height - 1 - rows, width - 1 - columns
    sides = (rows == 0) + 1 * (up == 0) + 1 * (columns == 0) + 1 * (left == 0)
    return {
        "place in box": 1 + sides,
        "row in box": 1 + rows,
        "row from end in box": 1 + up,
        "odd row in box": 1 + rows % 2,
        "column in box": 1 + columns,
        "column from end in box": 1 + left,
        "odd column in box": 1 + columns % 2,
        "ring in box": 1 + np.minimum(np.minimum(rows, up), np.minimum(columns, left)),
    }


def _symmetry(mask: Grid) -> int:
    """1, and 1 more where left is right, and 2 more where top is bottom."""
    return 1 + np.array_equal(mask, mask[:, ::-1]) + 2 * np.array_equal(mask, mask[::-1])
