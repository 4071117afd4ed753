"""Objects: connected components of content cells, found once per grid and cached for the next primitive.

There are three kinds, by connectivity:

- `find_objects`: cells of any colours except background, 8-connected (corners join);
- `find_single_colour_objects`: cells of one colour, 8-connected (corners join);
- `find_side_connected_objects`: cells of one colour, 4-connected (only sides join).
"""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple, cast

import cv2
import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS, Grid

MAX_CACHED = 256  # grids whose objects are cached: enough for the few states that all primitives visit in turn

Labels = npt.NDArray[np.int32]


class Box(NamedTuple):
    """The bounding box of an object, in cells, and its number of cells."""

    left: int
    top: int
    width: int
    height: int
    area: int


class Objects:
    """The objects of a grid, numbered from 0 in the order of cv2's labels. Read-only: instances are cached.

    Args:
        grid: uint8 [row, column]; a read-only copy.
        labels: int32, shape of the grid: 0 for background, 1 for the first object.
        boxes: bounding box of each object.
    """

    def __init__(self, grid: Grid, labels: Labels, boxes: list[Box]) -> None:
        self.grid, self.labels, self.boxes = grid, labels, boxes

    def __len__(self) -> int:
        return len(self.boxes)

    @cached_property
    def crops(self) -> list[Grid]:
        """The crop of each object to its box, other cells blank."""
        crops = []
        for number, (left, top, width, height, area) in enumerate(self.boxes, start=1):
            crop = self.grid[top : top + height, left : left + width]
            if area < width * height:
                crop = crop * (self.labels[top : top + height, left : left + width] == number)
            crops.append(crop)
        return crops

    @cached_property
    def masks(self) -> list[Grid]:
        """The cells of each object as ones in its box."""
        return [(crop != 0).view(np.uint8) for crop in self.crops]

    @cached_property
    def shape_keys(self) -> list[tuple[int, bytes]]:
        """A key of each object regardless of colours, equal for equal shapes: (width, mask as bytes)."""
        return [(mask.shape[1], mask.tobytes()) for mask in self.masks]

    @cached_property
    def colour_counts(self) -> list[int]:
        """The number of colours of each object."""
        return [len(set(crop.tobytes()) - {0}) for crop in self.crops]

    @cached_property
    def main_colours(self) -> list[int]:
        """The highest colour of each object, which is its only colour in objects of one colour."""
        return [max(crop.tobytes()) for crop in self.crops]

    @cached_property
    def hole_counts(self) -> list[int]:
        """The number of holes of each object: other cells in its box not side-connected to the outside."""
        solid = (box.area == box.width * box.height for box in self.boxes)
        return [0 if full else count_holes(mask) for full, mask in zip(solid, self.masks, strict=True)]

    @cached_property
    def touches_border(self) -> list[bool]:
        """A flag for each object: true if it touches the border of the grid."""
        height, width = self.grid.shape
        return [
            box.left == 0 or box.top == 0 or box.left + box.width == width or box.top + box.height == height
            for box in self.boxes
        ]

    def paint(self, values: list[int]) -> Grid:
        """Paint each object in the colour at its index; 0 removes the object."""
        painted: Grid = np.array([0, *values], dtype=np.uint8)[self.labels]
        return painted

    def keep(self, wanted: list[bool]) -> Grid | None:
        """Keep only the wanted objects; None if these are all or none of them."""
        if all(wanted) or not any(wanted):
            return None
        kept: Grid = self.grid * np.array([0, *wanted], dtype=np.uint8)[self.labels]
        return kept

    def crop(self, number: int | None) -> Grid | None:
        """Copy the crop of one object; None for None."""
        return None if number is None else self.crops[number].copy()


def find_objects(grid: Grid) -> Objects:
    """Find the objects of any colours, 8-connected."""
    return _find_objects(grid.tobytes(), grid.shape)


def find_single_colour_objects(grid: Grid) -> Objects:
    """Find the objects of one colour each, 8-connected."""
    return _find_single_colour_objects(grid.tobytes(), grid.shape, 8)


def find_side_connected_objects(grid: Grid) -> Objects:
    """Find the objects of one colour each, 4-connected."""
    return _find_single_colour_objects(grid.tobytes(), grid.shape, 4)


def find_unique_index(values: list[int], wanted: int) -> int | None:
    """Find the index of a value that occurs exactly once in the list; None for any other number of occurrences."""
    return values.index(wanted) if values.count(wanted) == 1 else None


def rank_values(values: Sequence[int]) -> list[int]:
    """Rank each value among the distinct ones: 1 for the lowest (dense ranking)."""
    ranks = {value: rank for rank, value in enumerate(sorted(set(values)), start=1)}
    return [ranks[value] for value in values]


def count_holes(mask: Grid) -> int:
    """Count the enclosed parts of a box that do not belong to a mask of 0 and 1; corners do not join them."""
    if min(mask.shape) < 3:
        return 0
    background = cv2.copyMakeBorder(1 - mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    return int(cv2.connectedComponents(background, connectivity=4)[0]) - 2


@lru_cache(maxsize=MAX_CACHED)
def _find_objects(cells: bytes, shape: tuple[int, int]) -> Objects:
    grid = np.frombuffer(cells, dtype=np.uint8).reshape(shape)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(grid, connectivity=8)
    return Objects(grid, cast(Labels, labels), [Box(*row) for row in stats[1:].tolist()])


@lru_cache(maxsize=MAX_CACHED)
def _find_single_colour_objects(cells: bytes, shape: tuple[int, int], connectivity: int) -> Objects:
    grid = np.frombuffer(cells, dtype=np.uint8).reshape(shape)
    labels: Labels = np.zeros(shape, dtype=np.int32)
    boxes: list[Box] = []
    for colour in range(1, COLOURS):
        if colour not in cells:
            continue
        mask = (grid == colour).view(np.uint8)
        _, components, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=connectivity)
        components[components > 0] += len(boxes)
        labels += components
        boxes += [Box(*row) for row in stats[1:].tolist()]
    return Objects(grid, labels, boxes)
