"""Scaling and tiling: the whole grid is enlarged, reduced, repeated or mirrored."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from neural_guide.arc.grid import BACKGROUND, MAX_SIDE, Grid
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import Look, draw_integer
from neural_guide.data.generation.procedural_grids import draw_blank


def draw_small(look: Look, rng: np.random.Generator) -> Grid:
    """Draw a small grid of random cells, with background among them."""
    inks = np.array([BACKGROUND, *look.palette], dtype=np.uint8)
    return rng.choice(inks, size=draw_blank(look, rng).shape)


@dataclass(frozen=True)
class ScaleUp(Concept):
    """Every cell becomes a square of a fixed side."""

    factor: int
    sides = (2, 6)

    @classmethod
    def draw(cls, colours: list[int], rng: np.random.Generator) -> Self:
        return cls(draw_integer(2, 4, rng))

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        return draw_small(look, rng)

    def apply(self, grid: Grid) -> Grid | None:
        if self.factor * max(grid.shape) > MAX_SIDE:
            return None
        return np.repeat(np.repeat(grid, self.factor, axis=0), self.factor, axis=1)


@dataclass(frozen=True)
class ScaleDown(Concept):
    """Every square block of one colour becomes a cell."""

    sides = (2, 6)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        factor, small = draw_integer(2, 4, rng), draw_small(look, rng)
        return np.repeat(np.repeat(small, factor, axis=0), factor, axis=1)

    def apply(self, grid: Grid) -> Grid | None:
        for factor in range(min(grid.shape), 1, -1):
            if len(grid) % factor == 0 and grid.shape[1] % factor == 0:
                small = grid[::factor, ::factor]
                if (np.repeat(np.repeat(small, factor, axis=0), factor, axis=1) == grid).all():
                    return small.copy()
        return None


@dataclass(frozen=True)
class Tile(Concept):
    """The grid is repeated side by side and one below the other."""

    down: int
    across: int
    sides = (2, 6)

    @classmethod
    def draw(cls, colours: list[int], rng: np.random.Generator) -> Self:
        down = draw_integer(1, 3, rng)
        return cls(down, draw_integer(2 if down == 1 else 1, 3, rng))

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        return draw_small(look, rng)

    def apply(self, grid: Grid) -> Grid | None:
        if self.down * grid.shape[0] > MAX_SIDE or self.across * grid.shape[1] > MAX_SIDE:
            return None
        return np.tile(grid, (self.down, self.across))


@dataclass(frozen=True)
class Kaleidoscope(Concept):
    """The grid and its mirror images fill a grid of twice the sides."""

    sides = (2, 6)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        return draw_small(look, rng)

    def apply(self, grid: Grid) -> Grid | None:
        if 2 * max(grid.shape) > MAX_SIDE:
            return None
        half = np.hstack([grid, grid[:, ::-1]])
        return np.vstack([half, half[::-1]])


@dataclass(frozen=True)
class TileBySelf(Concept):
    """Every cell with content becomes a copy of the whole grid, every other cell a blank of that size."""

    sides = (2, 4)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        shape = draw_blank(look, rng).shape
        return ((rng.random(shape) < 0.5) * look.palette[int(rng.integers(len(look.palette)))]).astype(np.uint8)

    def apply(self, grid: Grid) -> Grid | None:
        if max(grid.shape) > 5:
            return None
        return np.kron((grid != BACKGROUND).astype(np.uint8), grid)


@dataclass(frozen=True)
class ShiftRows(Concept):
    """The grid is repeated below itself, each time moved one cell to the right."""

    sides = (2, 6)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        row = rng.choice(np.array([BACKGROUND, *look.palette], dtype=np.uint8), size=draw_integer(3, 7, rng))
        return row[None, :]

    def apply(self, grid: Grid) -> Grid | None:
        if len(grid) != 1 or not grid.any():
            return None
        return np.vstack([np.roll(grid, step, axis=1) for step in range(grid.shape[1])])
