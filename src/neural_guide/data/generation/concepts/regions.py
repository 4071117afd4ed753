"""Regions that rules look for in a grid: frames, lines, boxes of a colour."""

from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import BACKGROUND, COLOURS, Grid
from neural_guide.data.generation.concepts.placing import Region
from neural_guide.dsl.objects import Objects, find_side_connected_objects


class Frame(NamedTuple):
    """A closed hollow rectangle in one colour, one cell thick.

    Attributes:
        colour: its colour.
        box: its box, the outline included.
    """

    colour: int
    box: Region

    @property
    def interior(self) -> tuple[slice, slice]:
        """The rows and columns inside the outline."""
        return Region(self.box.top + 1, self.box.left + 1, self.box.bottom - 1, self.box.right - 1).inside


def find_frames(grid: Grid) -> list[Frame]:
    """Find the frames of a grid: side-connected objects that are exactly the outline of their box."""
    objects = find_side_connected_objects(grid)
    frames = []
    for number, box in enumerate(list_regions(objects)):
        height, width = box.bottom - box.top, box.right - box.left
        if min(height, width) >= 3 and objects.boxes[number].area == 2 * (height + width) - 4:
            inner = objects.labels[box.top + 1 : box.bottom - 1, box.left + 1 : box.right - 1]
            if not (inner == number + 1).any():
                frames.append(Frame(objects.main_colours[number], box))
    return frames


def list_regions(objects: Objects) -> list[Region]:
    """Return the boxes of objects as regions."""
    return [Region(top, left, top + height, left + width) for left, top, width, height, _ in objects.boxes]


def find_row(grid: Grid, colour: int) -> int | None:
    """Find the only row that has this colour in every cell; None for no row or several."""
    rows = np.flatnonzero((grid == colour).all(axis=1))
    return int(rows[0]) if len(rows) == 1 else None


def find_column(grid: Grid, colour: int) -> int | None:
    """Find the only column that has this colour in every cell; None for no column or several."""
    return find_row(grid.T, colour)


def find_boxes(grid: Grid) -> dict[int, Region]:
    """Find the box of all cells of each content colour, in the order of the colours."""
    boxes = {}
    for colour in range(1, COLOURS):
        rows, columns = np.nonzero(grid == colour)
        if len(rows):
            boxes[colour] = Region(int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1)
    return boxes


def list_colours(grid: Grid) -> list[int]:
    """List the content colours of a grid, ascending."""
    return [int(colour) for colour in np.unique(grid) if colour != BACKGROUND]


def find_cells(grid: Grid, colour: int) -> list[tuple[int, int]]:
    """List the cells of a colour as (row, column), row by row."""
    return [(int(row), int(column)) for row, column in np.argwhere(grid == colour)]


def widen(mask: Grid) -> Grid:
    """Add the eight neighbours of every cell to a mask of ones."""
    padded = np.pad(mask, 1)
    rows, columns = mask.shape
    shifted = [padded[down : down + rows, right : right + columns] for down in range(3) for right in range(3)]
    return np.asarray(np.maximum.reduce(shifted), dtype=np.uint8)
