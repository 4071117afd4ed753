"""Surroundings: something is drawn around, beside or beneath each object."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from neural_guide.arc.grid import BACKGROUND, Grid
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import Look, choose, draw_integer, draw_mask, draw_sprite
from neural_guide.data.generation.concepts.placing import Region, place_many
from neural_guide.data.generation.concepts.regions import widen
from neural_guide.data.generation.procedural_grids import draw_blank

SIDES = ((-1, 0), (1, 0), (0, -1), (0, 1))
CORNERS = ((-1, -1), (-1, 1), (1, -1), (1, 1))


@dataclass(frozen=True)
class Halo(Concept):
    """A band of one colour and one cell surrounds every object."""

    band: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        place_many(grid, partial(draw_sprite, look, 4, rng), draw_integer(1, 4, rng), rng, margin=2)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        content = (grid != BACKGROUND).astype(np.uint8)
        near = widen(content)
        return np.where(near > content, self.band, grid).astype(np.uint8)


@dataclass(frozen=True)
class StampByColour(Concept):
    """Around a dot of one colour the cells at its sides are painted, around a dot of another those at its corners."""

    first: int
    second: int
    beside: int
    diagonal: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        colours = (self.first, self.second, look.palette[0])
        draw = lambda: np.full((1, 1), choose(colours, rng), dtype=np.uint8)  # noqa: E731  # one use, in place
        place_many(grid, draw, draw_integer(2, 6, rng), rng, margin=2)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        result = grid.copy()
        for colour, steps, ink in ((self.first, SIDES, self.beside), (self.second, CORNERS, self.diagonal)):
            for row, column in np.argwhere(grid == colour):
                for down, right in steps:
                    target = int(row) + down, int(column) + right
                    if 0 <= target[0] < grid.shape[0] and 0 <= target[1] < grid.shape[1]:
                        result[target] = ink
        return result


@dataclass(frozen=True)
class CastShadow(Concept):
    """Every object casts a shadow of its own shape, one cell down and one to the right, behind it."""

    shadow: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        within = Region(0, 0, len(grid) - 1, grid.shape[1] - 1)
        place_many(grid, partial(draw_sprite, look, 4, rng), draw_integer(1, 4, rng), rng, margin=2, within=within)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        shadow = np.zeros_like(grid)
        shadow[1:, 1:] = np.where(grid[:-1, :-1] != BACKGROUND, self.shadow, BACKGROUND)
        return np.where(grid == BACKGROUND, shadow, grid)


@dataclass(frozen=True)
class Rings(Concept):
    """Around the dot lie square rings, one cell of background between two of them, as far as the grid goes."""

    sides = (7, 16)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        place_many(grid, lambda: np.full((1, 1), choose(look.palette, rng), dtype=np.uint8), 1, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        dots = np.argwhere(grid)
        if len(dots) != 1:
            return None
        rows, columns = np.indices(grid.shape)
        distance = np.maximum(abs(rows - dots[0][0]), abs(columns - dots[0][1]))
        return np.where(distance % 2 == 0, grid.max(), BACKGROUND).astype(np.uint8)


@dataclass(frozen=True)
class FrameTheGrid(Concept):
    """A frame of one colour is put around the grid, which grows by it."""

    frame: int
    sides = (3, 9)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        place_many(grid, lambda: draw_mask(look, 3, rng) * np.uint8(choose(look.palette, rng)), 3, rng, margin=0)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        return np.pad(grid, 1, constant_values=self.frame) if max(grid.shape) <= 28 else None
