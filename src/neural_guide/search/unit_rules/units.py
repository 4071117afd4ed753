"""Units of a grid: its parts by several segmentations, with masks of their cells."""

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.search.piece_lists.segmentation import (
    MAX_PIECES,
    Segment,
    cut_background,
    cut_cells,
    cut_colours,
    cut_columns,
    cut_objects,
    cut_objects_by_sides,
    cut_rows,
    cut_shapes,
    cut_shapes_by_sides,
)

MAX_UNITS = MAX_PIECES  # of a grid; rules over more units are rare and slow
NO_UNIT = -1

Mask = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]
Outline = Integers
"""Units to outline on a grid, int64 [row, column]: index of the unit of each cell, `NO_UNIT` outside them."""


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
    return _convert(cut_objects(grid))


def find_side_objects(grid: Grid) -> list[Unit] | None:
    """Find connected content of any colours, joined by sides only."""
    return _convert(cut_objects_by_sides(grid))


def find_shapes(grid: Grid) -> list[Unit] | None:
    """Find connected cells of one colour, joined by sides and corners."""
    return _convert(cut_shapes(grid))


def find_side_shapes(grid: Grid) -> list[Unit] | None:
    """Find connected cells of one colour, joined by sides only."""
    return _convert(cut_shapes_by_sides(grid))


def find_colours(grid: Grid) -> list[Unit] | None:
    """Find all cells of each colour as one unit."""
    return _convert(cut_colours(grid))


def find_gaps(grid: Grid) -> list[Unit] | None:
    """Find connected background, joined by sides only."""
    gaps = _convert(cut_background(grid))
    return None if gaps is None else [gap._replace(cells=np.zeros_like(gap.cells)) for gap in gaps]


def find_panels(grid: Grid) -> list[Unit] | None:
    """Find the rectangles between full lines of one colour."""
    return _convert_whole(cut_cells(grid))


def find_rows(grid: Grid) -> list[Unit] | None:
    """Take each row as a unit."""
    return _convert_whole(cut_rows(grid))


def find_columns(grid: Grid) -> list[Unit] | None:
    """Take each column as a unit."""
    return _convert_whole(cut_columns(grid))


def find_whole(grid: Grid) -> list[Unit] | None:
    """Take the whole grid as one unit."""
    return _convert_whole([Segment(0, 0, grid)])


WHOLE = "whole"
SEGMENTATIONS: dict[str, Segmentation] = {
    "object": find_objects,
    "side object": find_side_objects,
    "shape": find_shapes,
    "side shape": find_side_shapes,
    "colour": find_colours,
    "gap": find_gaps,
    "panel": find_panels,
    "row": find_rows,
    "column": find_columns,
    WHOLE: find_whole,
}
"""Kinds of units by the name of one unit. A segmentation returns None without any unit or with too many."""
PARTITIONS = ("row", "column", WHOLE)
"""Kinds whose units are parts of every grid, whatever it shows."""


def split_into_units(grid: Grid, kind: str) -> Scene | None:
    """Split a grid into the units of one kind; None: it has none, or more than `MAX_UNITS`."""
    return _split(grid.tobytes(), grid.shape, kind)


@lru_cache(maxsize=256)
def _split(cells: bytes, shape: tuple[int, int], kind: str) -> Scene | None:
    grid = np.frombuffer(cells, dtype=np.uint8).reshape(shape)
    units = SEGMENTATIONS[kind](grid)
    return Scene(grid, units) if units else None


def _convert(pieces: list[Segment] | None) -> list[Unit] | None:
    """Convert pieces to units of their cells with content."""
    return None if pieces is None else [Unit(*piece, piece.cells != 0) for piece in pieces]


def _convert_whole(pieces: list[Segment] | None) -> list[Unit] | None:
    """Convert pieces to units of all cells of their boxes; None if there are too many."""
    if pieces is None or len(pieces) > MAX_UNITS:
        return None
    return [Unit(*piece, np.ones(piece.cells.shape, dtype=np.bool_)) for piece in pieces]
