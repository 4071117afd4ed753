"""Region features: the object, the gap or the panel that a cell belongs to, and the cell's position in it."""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.dsl.objects import (
    Objects,
    find_objects,
    find_side_connected_objects,
    find_single_colour_objects,
    rank_values,
)
from neural_guide.dsl.panels import find_panels
from neural_guide.search.cell_rules.feature import MAX_VALUE, NamedValues


def compute_object_features(grid: Grid) -> Iterator[NamedValues]:
    """Compute features of objects of each kind and of connected background; 0 outside of them."""
    background = (grid == 0).view(np.uint8)
    kinds = {
        "object": find_objects(grid),
        "plain object": find_single_colour_objects(grid),
        "tight object": find_side_connected_objects(grid),
        "gap": find_side_connected_objects(background),
    }
    for kind, objects in kinds.items():
        if len(objects):
            for name, numbers in _measure_objects(objects):
                yield f"{name} of {kind}", objects.paint([min(number, MAX_VALUE) for number in numbers]), False
            for name, values in _compute_object_positions(objects):
                yield f"{name} of {kind}", values, False


def compute_panel_features(grid: Grid) -> Iterator[NamedValues]:
    """Compute features of panels; 0 on the walls between them. Yields nothing for a grid without panels."""
    panels = find_panels(grid)
    if panels is None:
        return
    contents = [int(np.count_nonzero(part)) for part in panels.parts]
    numbers_by_name = {
        "row of panels": [1 + index // panels.columns for index in range(len(contents))],
        "column of panels": [1 + index % panels.columns for index in range(len(contents))],
        "rank of panel": rank_values([-content for content in contents]),
        "rank of panel from least": rank_values(contents),
        "content of panel": [1 + content for content in contents],
        "commonest colour of panel": [_find_commonest_colour(part) for part in panels.parts],
    }
    features = {name: np.zeros_like(grid) for name in (*numbers_by_name, "row in panel", "column in panel")}
    for index, part in enumerate(panels.parts):
        top, left = panels.tops[index // panels.columns], panels.lefts[index % panels.columns]
        box = np.s_[top : top + part.shape[0], left : left + part.shape[1]]
        rows, columns = np.minimum(1 + np.indices(part.shape), MAX_VALUE)
        features["row in panel"][box], features["column in panel"][box] = rows, columns
        for name, numbers in numbers_by_name.items():
            features[name][box] = min(numbers[index], MAX_VALUE)
    for name, values in features.items():
        yield name, values, name.startswith("commonest")


def _measure_objects(objects: Objects) -> Iterator[tuple[str, list[int]]]:
    """Measure one number an object, 1 or more, for each name."""
    boxes = objects.boxes
    areas = [box.area for box in boxes]
    largest, smallest = max(areas), min(areas)
    copies = Counter(objects.shape_keys)
    yield "area", areas
    yield "rank", rank_values([-area for area in areas])
    yield "rank from smallest", rank_values(areas)
    yield "whether largest", [1 + (area == largest) for area in areas]
    yield "whether smallest", [1 + (area == smallest) for area in areas]
    yield "width", [box.width for box in boxes]
    yield "height", [box.height for box in boxes]
    yield "longer side", [1 + (box.width > box.height) + 2 * (box.width < box.height) for box in boxes]
    yield "holes", [1 + holes for holes in objects.hole_counts]
    yield "whether at border", [1 + touches_border for touches_border in objects.touches_border]
    yield "whether solid", [1 + (box.area == box.width * box.height) for box in boxes]
    yield "colours", objects.colour_counts
    yield "copies", [copies[shape] for shape in objects.shape_keys]
    yield "symmetry", [_measure_symmetry(mask) for mask in objects.masks]
    yield "place from left", rank_values([box.left for box in boxes])
    yield "place from top", rank_values([box.top for box in boxes])


def _compute_object_positions(objects: Objects) -> Iterator[tuple[str, Grid]]:
    """Compute a cell's position in the bounding box of its object, from 1; smaller boxes cover larger ones."""
    boxes = sorted(objects.boxes, key=lambda box: -box.width * box.height)
    box_positions = [_compute_box_positions(box.height, box.width) for box in boxes]
    for name in box_positions[0]:
        values: Grid = np.zeros(objects.labels.shape, dtype=np.uint8)
        for box, positions in zip(boxes, box_positions, strict=True):
            area = np.s_[box.top : box.top + box.height, box.left : box.left + box.width]
            values[area] = np.minimum(positions[name], MAX_VALUE)
        yield name, values


@lru_cache(maxsize=900)
def _compute_box_positions(height: int, width: int) -> dict[str, npt.NDArray[np.int64]]:
    """Compute the positions of all cells in a box, int64 [row, column], from 1.

    "place in box" is 1 inside the box, and 1 more for each side of the box that the cell touches.
    """
    rows, columns = np.indices((height, width))
    rows_from_end, columns_from_end = height - 1 - rows, width - 1 - columns
    sides = (rows == 0) + 1 * (rows_from_end == 0) + 1 * (columns == 0) + 1 * (columns_from_end == 0)
    rings = np.minimum(np.minimum(rows, rows_from_end), np.minimum(columns, columns_from_end))
    return {
        "place in box": 1 + sides,
        "row in box": 1 + rows,
        "row from end in box": 1 + rows_from_end,
        "odd row in box": 1 + rows % 2,
        "column in box": 1 + columns,
        "column from end in box": 1 + columns_from_end,
        "odd column in box": 1 + columns % 2,
        "ring in box": 1 + rings,
    }


def _measure_symmetry(mask: Grid) -> int:
    """Return 1, plus 1 for equal left and right, plus 2 for equal top and bottom."""
    return 1 + np.array_equal(mask, mask[:, ::-1]) + 2 * np.array_equal(mask, mask[::-1])


def _find_commonest_colour(part: Grid) -> int:
    """Find the most common colour but background, the lowest of equal ones; 0 without content."""
    counts = np.bincount(part.ravel(), minlength=COLOURS)
    counts[0] = 0
    return int(counts.argmax())
