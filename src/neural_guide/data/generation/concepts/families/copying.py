"""Copying: an object is repeated at markers, in other panels, along a direction, in other colours."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from neural_guide.arc.grid import BACKGROUND, Grid
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import (
    Look,
    choose,
    choose_cell,
    draw_inks,
    draw_integer,
    draw_mask,
    draw_pattern,
)
from neural_guide.data.generation.concepts.placing import Region, find_content, paint, place
from neural_guide.data.generation.concepts.regions import find_cells
from neural_guide.data.generation.procedural_grids import draw_blank, draw_blob
from neural_guide.dsl.objects import find_objects


@dataclass(frozen=True)
class StampAtMarkers(Concept):
    """An object holds one cell of the marker colour; it is copied to every other marker, marker upon marker."""

    marker: int
    sides = (11, 18)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        shape = draw_blob(3, rng)
        if shape.sum() < 4:
            return None
        sprite = shape * np.uint8(choose(look.palette, rng))
        sprite[choose_cell(shape, rng)] = self.marker
        if place(grid, sprite, rng) is None:
            return None
        inner = Region(2, 2, len(grid) - 2, grid.shape[1] - 2)
        for _ in range(draw_integer(1, 4, rng)):
            place(grid, np.full((1, 1), self.marker, dtype=np.uint8), rng, margin=3, within=inner)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        templates = [number for number, box in enumerate(objects.boxes) if box.area > 1]
        if len(templates) != 1 or any(self.marker not in crop for crop in objects.crops):
            return None
        crop = objects.crops[templates[0]]
        anchors = find_cells(crop, self.marker)
        if len(anchors) != 1:
            return None
        result = grid.copy()
        for number, box in enumerate(objects.boxes):
            if number != templates[0]:
                paint(result, crop, box.top - anchors[0][0], box.left - anchors[0][1])
        return result


@dataclass(frozen=True)
class CopyToPanels(Concept):
    """Lines divide the grid into equal panels, one of which has content; it is copied to all of them."""

    line: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        side, across = draw_integer(3, 5, rng), draw_integer(2, 4, rng)
        down = choose((1, 2, 3), rng)
        grid = np.zeros((down * (side + 1) - 1, across * (side + 1) - 1), dtype=np.uint8)
        grid[side :: side + 1] = grid[:, side :: side + 1] = self.line
        row, column = draw_integer(0, down - 1, rng) * (side + 1), draw_integer(0, across - 1, rng) * (side + 1)
        panel = grid[row : row + side, column : column + side]
        panel[rng.random(panel.shape) < 0.5] = choose(look.palette, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        panels = list_panels(grid, self.line)
        filled = [panel for panel in panels if grid[panel].any()]
        if len(panels) < 2 or len(filled) != 1 or len({grid[panel].shape for panel in panels}) > 1:
            return None
        result = grid.copy()
        for panel in panels:
            result[panel] = grid[filled[0]]
        return result


def list_panels(grid: Grid, line: int) -> list[tuple[slice, slice]]:
    """List the panels between full rows and columns of a colour, row by row; a grid without lines is one panel."""
    spans = []
    for cells in (grid, grid.T):
        walls = [-1, *np.flatnonzero((cells == line).all(axis=1)).tolist(), len(cells)]
        spans.append([slice(low + 1, high) for low, high in pairwise(walls) if high - low > 1])
    return [(rows, columns) for rows in spans[0] for columns in spans[1]]


@dataclass(frozen=True)
class RepeatToBorder(Concept):
    """The object is repeated in one direction, one cell apart, until the border cuts it off."""

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        rows, columns = grid.shape
        place(grid, draw_pattern(look, 4, rng), rng, within=Region(0, 0, rows, columns // 2 + 1))
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        box = find_content(grid)
        if box is None:
            return None
        sprite, result = grid[box.inside], grid.copy()
        for left in range(box.left, grid.shape[1], sprite.shape[1] + 1):
            paint(result, sprite, box.top, left)
        return result


@dataclass(frozen=True)
class RecolouredCopies(Concept):
    """Dots lie beside an object; for each, a copy of the object appears next to the last one, in the dot's colour."""

    sides = (9, 16)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        shape, count = draw_mask(look, 4, rng), draw_integer(1, 3, rng)
        height, width = shape.shape
        columns = (count + 1) * (width + 1) + 1
        if columns > 30 or shape.sum() < 2:
            return None
        grid = np.zeros((height + 4, columns), dtype=np.uint8)
        paint(grid, shape * np.uint8(choose(look.palette, rng)), 3, 1)
        grid[0, [(number + 1) * (width + 1) + 1 for number in range(count)]] = draw_inks(count, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        box = find_content(grid[1:])
        if box is None or box.right >= grid.shape[1]:
            return None
        sprite, result = grid[1:][box.inside] != BACKGROUND, grid.copy()
        for left in np.flatnonzero(grid[0]).tolist():
            if left <= box.right or left + sprite.shape[1] > grid.shape[1]:
                return None
            paint(result, sprite * grid[0, left], box.top + 1, left)
        return result
