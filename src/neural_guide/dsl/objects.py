"""Objects: connected groups of cells, found once a grid and kept for the primitives that ask next.

Three kinds, by what joins: `joined`, cells of any colours but background, corners too; `plain`, cells of one
colour, corners too; `tight`, cells of one colour, sides alone.
"""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple, cast

import cv2
import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS, Grid

MAX_CACHED = 256  # grids whose objects are kept: those of a few states, asked by one primitive after the other

Labels = npt.NDArray[np.int32]


class Box(NamedTuple):
    """Where an object lies, in cells, and how many cells it has."""

    left: int
    top: int
    width: int
    height: int
    area: int


class Objects:
    """The objects of a grid, numbered from 0 in the order of cv2's labels. Not to be changed.

    Args:
        grid: uint8 [row, column]; a copy that nobody writes to.
        labels: int32, shape of the grid: 0 for background, 1 for the first object.
        boxes: of each object.
    """

    def __init__(self, grid: Grid, labels: Labels, boxes: list[Box]) -> None:
        self.grid, self.labels, self.boxes = grid, labels, boxes

    def __len__(self) -> int:
        return len(self.boxes)

    @cached_property
    def crops(self) -> list[Grid]:
        """Each object in its box, other cells blank."""
        made = []
        for number, (left, top, width, height, area) in enumerate(self.boxes, start=1):
            crop = self.grid[top : top + height, left : left + width]
            if area < width * height:
                crop = crop * (self.labels[top : top + height, left : left + width] == number)
            made.append(crop)
        return made

    @cached_property
    def masks(self) -> list[Grid]:
        """Each object's cells as ones in its box."""
        return [(crop != 0).view(np.uint8) for crop in self.crops]

    @cached_property
    def shape_keys(self) -> list[tuple[int, bytes]]:
        """A key of each object's cells regardless of colours: equal for equal shapes."""
        return [(mask.shape[1], mask.tobytes()) for mask in self.masks]

    @cached_property
    def cell_keys(self) -> list[tuple[int, bytes]]:
        """A key of each object's cells with their colours."""
        return [(crop.shape[1], crop.tobytes()) for crop in self.crops]

    @cached_property
    def colour_counts(self) -> list[int]:
        """How many colours each object has."""
        return [len(set(crop.tobytes()) - {0}) for crop in self.crops]

    @cached_property
    def main_colours(self) -> list[int]:
        """The highest colour of each object: the only one of those of one colour."""
        return [max(crop.tobytes()) for crop in self.crops]

    @cached_property
    def hole_counts(self) -> list[int]:
        """How many holes each object has: background in its box that sides do not join to the outside."""
        solid = (box.area == box.width * box.height for box in self.boxes)
        return [0 if full else _count_holes(mask) for full, mask in zip(solid, self.masks, strict=True)]

    @cached_property
    def touches_border(self) -> list[bool]:
        """Whether each object touches the border of the grid."""
        height, width = self.grid.shape
        return [
            box.left == 0 or box.top == 0 or box.left + box.width == width or box.top + box.height == height
            for box in self.boxes
        ]

    def paint(self, values: list[int]) -> Grid:
        """Every object in the colour of its place in the list; 0 takes it away."""
        painted: Grid = np.array([0, *values], dtype=np.uint8)[self.labels]
        return painted

    def keep(self, wanted: list[bool]) -> Grid | None:
        """The grid with those objects alone; None where that is all or none of them."""
        if all(wanted) or not any(wanted):
            return None
        kept: Grid = self.grid * np.array([0, *wanted], dtype=np.uint8)[self.labels]
        return kept

    def crop(self, number: int | None) -> Grid | None:
        """A grid of one object alone, in its box; None for None."""
        return None if number is None else self.crops[number].copy()


def find_objects(grid: Grid) -> Objects:
    """Objects of any colours; corners join."""
    return _find_objects(grid.tobytes(), grid.shape)


def find_single_colour_objects(grid: Grid) -> Objects:
    """Objects of one colour each; corners join."""
    return _find_single_colour_objects(grid.tobytes(), grid.shape, 8)


def find_side_connected_objects(grid: Grid) -> Objects:
    """Objects of one colour each; only sides join."""
    return _find_single_colour_objects(grid.tobytes(), grid.shape, 4)


def find_unique_index(values: list[int], wanted: int) -> int | None:
    """The place of a value that stands once in the list; None where it stands there more often or not at all."""
    return values.index(wanted) if values.count(wanted) == 1 else None


def rank_values(values: Sequence[int]) -> list[int]:
    """Where each value stands among the different ones: 1 for the lowest."""
    places = {value: place for place, value in enumerate(sorted(set(values)), start=1)}
    return [places[value] for value in values]


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
        _, found, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=connectivity)
        found[found > 0] += len(boxes)
        labels += found
        boxes += [Box(*row) for row in stats[1:].tolist()]
    return Objects(grid, labels, boxes)


def _count_holes(mask: Grid) -> int:
    if min(mask.shape) < 3:
        return 0
    background = cv2.copyMakeBorder(1 - mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    return int(cv2.connectedComponents(background, connectivity=4)[0]) - 2
