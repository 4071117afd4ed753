"""Horizontal and vertical: bars told apart by their direction."""

from dataclasses import dataclass

import numpy as np

from neural_guide.arc.grid import BACKGROUND, Grid
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import Look, choose, draw_integer
from neural_guide.data.generation.concepts.placing import place
from neural_guide.data.generation.procedural_grids import draw_blank
from neural_guide.dsl.objects import Objects, find_side_connected_objects


def draw_bars(look: Look, count: int, rng: np.random.Generator) -> Grid | None:
    """Draw bars one cell thick, apart from each other, in both directions; None where fewer than two fit."""
    grid = draw_blank(look, rng)
    placed = 0
    for _ in range(count):
        bar = np.full((1, draw_integer(2, 6, rng)), choose(look.palette, rng), dtype=np.uint8)
        placed += place(grid, bar if rng.random() < 0.5 else bar.T, rng) is not None
    return grid if placed >= 2 else None


def find_directions(grid: Grid) -> tuple[Objects, list[bool]]:
    """Find the bars of a grid, and for each whether it is horizontal; no bars where another object occurs."""
    objects = find_side_connected_objects(grid)
    if any(min(box.width, box.height) > 1 or box.area == 1 for box in objects.boxes):
        return objects, []
    return objects, [box.width > 1 for box in objects.boxes]


@dataclass(frozen=True)
class ColourByDirection(Concept):
    """Horizontal bars take one colour, vertical bars another."""

    horizontal: int
    vertical: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        return draw_bars(look, draw_integer(3, 8, rng), rng)

    def apply(self, grid: Grid) -> Grid | None:
        objects, directions = find_directions(grid)
        return (
            objects.paint([self.horizontal if flat else self.vertical for flat in directions]) if directions else None
        )


@dataclass(frozen=True)
class KeepHorizontal(Concept):
    """Horizontal bars stay, vertical bars vanish."""

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        return draw_bars(look, draw_integer(3, 8, rng), rng)

    def apply(self, grid: Grid) -> Grid | None:
        objects, directions = find_directions(grid)
        return objects.keep(directions) if directions else None


@dataclass(frozen=True)
class ExtendAcross(Concept):
    """Bars are lengthened at both ends to the border, or to another bar that stands in their way."""

    sides = (8, 14)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        grid[draw_integer(2, len(grid) - 3, rng)] = look.palette[0]
        for _ in range(draw_integer(1, 4, rng)):
            bar = np.full((draw_integer(2, 3, rng), 1), choose(look.palette[1:] or look.palette, rng), dtype=np.uint8)
            place(grid, bar, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects, directions = find_directions(grid)
        if not directions:
            return None
        result = grid.copy()
        for flat, box, colour in zip(directions, objects.boxes, objects.main_colours, strict=True):
            line, start, stop = (
                (result[box.top], box.left, box.left + box.width)
                if flat
                else (result[:, box.left], box.top, box.top + box.height)
            )
            original = (grid[box.top] if flat else grid[:, box.left]) != BACKGROUND
            while start > 0 and not original[start - 1]:
                start -= 1
            while stop < len(line) and not original[stop]:
                stop += 1
            line[start:stop] = colour
        return result
