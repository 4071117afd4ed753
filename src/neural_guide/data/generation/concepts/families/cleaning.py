"""Cleaning up: specks, noise over rectangles, ragged edges."""

from dataclasses import dataclass

import numpy as np

from neural_guide.arc.grid import BACKGROUND, Grid, is_equal
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import Look, choose, draw_integer
from neural_guide.data.generation.concepts.placing import place, place_many
from neural_guide.data.generation.concepts.regions import find_boxes
from neural_guide.data.generation.concepts.shapes import draw_solid_block, make_ring
from neural_guide.data.generation.procedural_grids import draw_blank
from neural_guide.dsl.objects import find_objects


def draw_blocks(look: Look, count: int, least: int, greatest: int, rng: np.random.Generator) -> Grid:
    """Draw rectangles apart from each other, each in a colour of its own; sides from `least` to `greatest`."""
    grid = draw_blank(look, rng)
    for colour in look.palette[:count]:
        height, width = draw_integer(least, greatest, rng), draw_integer(least, greatest, rng)
        place(grid, np.full((height, width), colour, dtype=np.uint8), rng)
    return grid


@dataclass(frozen=True)
class RemoveSpecks(Concept):
    """Single cells vanish, larger objects stay."""

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        def draw_large() -> Grid:
            mask = draw_solid_block(6, rng) if rng.random() < 0.5 else make_ring(*rng.integers(3, 7, size=2).tolist())
            return mask * np.uint8(choose(look.palette, rng))

        grid = draw_blank(look, rng)
        place_many(grid, draw_large, draw_integer(1, 4, rng), rng)
        dot = np.ones((1, 1), dtype=np.uint8)
        place_many(grid, lambda: dot * np.uint8(choose(look.palette, rng)), draw_integer(2, 9, rng), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        return objects.keep([box.area > 1 for box in objects.boxes])


@dataclass(frozen=True)
class RemoveNoise(Concept):
    """Cells of one colour are noise: on a rectangle they take its colour, elsewhere they vanish."""

    noise: int
    sides = (10, 18)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        clean = draw_blocks(look, draw_integer(1, 3, rng), 4, 8, rng)
        grid = clean.copy()
        grid[rng.random(grid.shape) < 0.12] = self.noise
        result = self.apply(grid)
        return grid if result is not None and is_equal(result, clean) else None

    def apply(self, grid: Grid) -> Grid | None:
        result = np.zeros_like(grid)
        for colour, box in find_boxes(grid).items():
            if colour == self.noise:
                continue
            if not np.isin(grid[box.inside], (colour, self.noise)).all():
                return None
            result[box.inside] = colour
        return result if result.any() else None


@dataclass(frozen=True)
class CompleteRectangles(Concept):
    """Missing cells of rectangles take a colour."""

    mark: int
    sides = (10, 16)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blocks(look, draw_integer(1, 4, rng), 3, 7, rng)
        boxes = find_boxes(grid)
        grid[rng.random(grid.shape) < 0.15] = BACKGROUND
        return grid if find_boxes(grid) == boxes else None

    def apply(self, grid: Grid) -> Grid | None:
        result = grid.copy()
        for colour, box in find_boxes(grid).items():
            part = result[box.inside]
            if not np.isin(part, (colour, BACKGROUND)).all() or (part == colour).mean() < 0.4:
                return None
            part[part == BACKGROUND] = self.mark
        return result


@dataclass(frozen=True)
class TrimBumps(Concept):
    """Single cells that stick out of rectangles are cut off."""

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        def draw_ragged() -> Grid:
            block = np.pad(draw_solid_block(5, rng), 1)
            if min(block.shape) < 5:
                block = np.pad(np.ones((3, 3), dtype=np.uint8), 1)
            for _ in range(draw_integer(1, 3, rng)):
                turned = np.rot90(block, int(rng.integers(4)))  # a view: the bump is on one of four sides
                turned[0, draw_integer(2, turned.shape[1] - 3, rng)] = 1
            return block * np.uint8(choose(look.palette, rng))

        grid = draw_blank(look, rng)
        placed = place_many(grid, draw_ragged, draw_integer(1, 3, rng), rng, margin=0)
        return grid if placed else None

    def apply(self, grid: Grid) -> Grid | None:
        content = np.pad(grid != BACKGROUND, 1)
        level = content[1:-1, :-2] | content[1:-1, 2:]
        upright = content[:-2, 1:-1] | content[2:, 1:-1]
        return np.where(level & upright, grid, BACKGROUND)
