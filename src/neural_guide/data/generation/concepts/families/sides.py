"""Above and below: the side of a line, or of other objects, on which something lies."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from neural_guide.arc.grid import BACKGROUND, Grid
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import Look, draw_integer, draw_pattern, draw_sprite
from neural_guide.data.generation.concepts.placing import place_many
from neural_guide.data.generation.concepts.regions import find_row, list_regions
from neural_guide.data.generation.procedural_grids import draw_blank
from neural_guide.dsl.objects import find_objects


def draw_divided(look: Look, line: int, rng: np.random.Generator) -> Grid | None:
    """Draw objects above and below a horizontal line; None where one side is empty."""
    grid = draw_blank(look, rng)
    row = draw_integer(3, len(grid) - 4, rng)
    grid[row] = line
    place_many(grid, partial(draw_pattern, look, 4, rng), draw_integer(3, 8, rng), rng)
    return grid if grid[:row].any() and grid[row + 1 :].any() else None


@dataclass(frozen=True)
class RemoveBelowLine(Concept):
    """A line divides the grid; everything below it vanishes."""

    line: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        return draw_divided(look, self.line, rng)

    def apply(self, grid: Grid) -> Grid | None:
        row = find_row(grid, self.line)
        if row is None:
            return None
        result = grid.copy()
        result[row + 1 :] = BACKGROUND
        return result


@dataclass(frozen=True)
class RecolourBySide(Concept):
    """A line divides the grid; objects above it take one colour, and objects below it another."""

    line: int
    above: int
    below: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        return draw_divided(look, self.line, rng)

    def apply(self, grid: Grid) -> Grid | None:
        row = find_row(grid, self.line)
        if row is None:
            return None
        result = grid.copy()
        result[:row][grid[:row] != BACKGROUND] = self.above
        result[row + 1 :][grid[row + 1 :] != BACKGROUND] = self.below
        return result


@dataclass(frozen=True)
class RecolourTopmost(Concept):
    """Of several objects, the one that reaches highest takes a colour."""

    mark: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        placed = place_many(grid, partial(draw_sprite, look, 4, rng), draw_integer(3, 6, rng), rng)
        return grid if len(placed) >= 3 else None

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        tops = [box.top for box in list_regions(objects)]
        if tops.count(min(tops, default=0)) != 1:
            return None
        result = grid.copy()
        result[objects.labels == 1 + tops.index(min(tops))] = self.mark
        return result
