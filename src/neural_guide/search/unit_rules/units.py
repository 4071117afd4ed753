"""Units of a grid: its parts by several segmentations, with masks of their cells."""

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.search.line_spans import find_spans_between_lines

MAX_UNITS = 40  # of a grid; rules over more units are rare and slow
NO_UNIT = -1

Mask = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]


class Unit(NamedTuple):
    """A part of a grid.

    Attributes:
        top: first row of its bounding box.
        left: first column of the box.
        cells: uint8 [row, column] of the box; 0 outside the unit.
        mask: bool, the cells of the box that belong to the unit.
    """

    top: int
    left: int
    cells: Grid
    mask: Mask

    @property
    def bottom(self) -> int:
        """Row after the last one."""
        return self.top + int(self.cells.shape[0])

    @property
    def right(self) -> int:
        """Column after the last one."""
        return self.left + int(self.cells.shape[1])

    @property
    def shape(self) -> Mask:
        """The cells with content; of a unit of background all its cells."""
        content: Mask = self.cells != 0
        return content if content.any() else self.mask

    @property
    def box(self) -> tuple[slice, slice]:
        """Rows and columns of the bounding box."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


class Scene:
    """A grid and its units.

    Args:
        grid: uint8 [row, column]; 0 is background.
        units: units in reading order; they share no cell.
    """

    def __init__(self, grid: Grid, units: Sequence[Unit]) -> None:
        self.grid, self.units = grid, tuple(units)

    def __len__(self) -> int:
        return len(self.units)

    @cached_property
    def owners(self) -> Integers:
        """Index of the unit that each cell belongs to, int64 [row, column]; -1: none."""
        owners = np.full(self.grid.shape, NO_UNIT, dtype=np.int64)
        for index, unit in enumerate(self.units):
            owners[unit.box][unit.mask] = index
        return owners

    @cached_property
    def masks(self) -> list[Mask]:
        """Cells of each unit, bool of the grid's shape."""
        return [self.owners == index for index in range(len(self.units))]

    @cached_property
    def colours(self) -> list[int]:
        """Main colour of each unit: the most common one, the lowest of equal ones; 0 without content."""
        counts = [np.bincount(unit.cells.ravel(), minlength=COLOURS) for unit in self.units]
        return [1 + int(count[1:].argmax()) if count[1:].any() else 0 for count in counts]

    @cached_property
    def boxes(self) -> Integers:
        """Bounding boxes, int64 [unit, 4]: top, left, bottom, right; the last two are exclusive."""
        rows = [(unit.top, unit.left, unit.bottom, unit.right) for unit in self.units]
        return np.array(rows, dtype=np.int64).reshape(-1, 4)


Segmentation = Callable[[Grid], list[Unit] | None]


def find_objects(grid: Grid) -> list[Unit] | None:
    """Find connected content of any colours, joined by sides and corners."""
    return _find_components(grid, grid != 0, 8)


def find_shapes(grid: Grid) -> list[Unit] | None:
    """Find connected cells of one colour, joined by sides and corners."""
    return _find_in_each_colour(grid, 8)


def find_side_shapes(grid: Grid) -> list[Unit] | None:
    """Find connected cells of one colour, joined by sides only."""
    return _find_in_each_colour(grid, 4)


def find_colours(grid: Grid) -> list[Unit] | None:
    """Find all cells of each colour as one unit."""
    units = [_crop(grid, grid == colour) for colour in np.unique(grid[grid != 0]).tolist()]
    return _sort(units)


def find_gaps(grid: Grid) -> list[Unit] | None:
    """Find connected background, joined by sides only."""
    return _find_components(grid, grid == 0, 4)


def find_panels(grid: Grid) -> list[Unit] | None:
    """Find the rectangles between full lines of one colour."""
    rows, columns = find_spans_between_lines(grid), find_spans_between_lines(grid.T)
    if len(rows) * len(columns) < 2:
        return None
    units = [
        Unit(top, left, grid[top:bottom, left:right], np.ones((bottom - top, right - left), dtype=np.bool_))
        for top, bottom in rows
        for left, right in columns
    ]
    return units if len(units) <= MAX_UNITS else None


SEGMENTATIONS: dict[str, Segmentation] = {
    "object": find_objects,
    "shape": find_shapes,
    "side shape": find_side_shapes,
    "colour": find_colours,
    "gap": find_gaps,
    "panel": find_panels,
}
"""Kinds of units by the name of one unit. A segmentation returns None without any unit or with too many."""


def split_into_units(grid: Grid, kind: str) -> Scene | None:
    """Split a grid into the units of one kind; None: it has none, or more than `MAX_UNITS`."""
    return _split(grid.tobytes(), grid.shape, kind)


@lru_cache(maxsize=256)
def _split(cells: bytes, shape: tuple[int, int], kind: str) -> Scene | None:
    grid = np.frombuffer(cells, dtype=np.uint8).reshape(shape)
    units = SEGMENTATIONS[kind](grid)
    return Scene(grid, units) if units else None


def _find_components(grid: Grid, mask: Mask, connectivity: int) -> list[Unit] | None:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=connectivity)
    if count > MAX_UNITS + 1:
        return None
    units = []
    for label, (left, top, width, height, _) in enumerate(stats[1:].tolist(), start=1):
        box = slice(top, top + height), slice(left, left + width)
        own = labels[box] == label
        units.append(Unit(top, left, grid[box] * own, own))
    return _sort(units)


def _find_in_each_colour(grid: Grid, connectivity: int) -> list[Unit] | None:
    units: list[Unit] = []
    for colour in np.unique(grid[grid != 0]).tolist():
        found = _find_components(grid, grid == colour, connectivity)
        if found is None or len(units) + len(found) > MAX_UNITS:
            return None
        units += found
    return _sort(units)


def _crop(grid: Grid, mask: Mask) -> Unit:
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    box = slice(top, top + height), slice(left, left + width)
    return Unit(top, left, grid[box] * mask[box], mask[box])


def _sort(units: list[Unit]) -> list[Unit] | None:
    """Sort units in reading order; None for no unit."""
    return sorted(units, key=lambda unit: (unit.top, unit.left)) or None
