"""Growth: something spreads step by step, by a rule from one step to the next."""

from dataclasses import dataclass

import numpy as np

from neural_guide.arc.grid import BACKGROUND, Grid
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import Look, choose, draw_integer
from neural_guide.data.generation.procedural_grids import draw_blank
from neural_guide.dsl.objects import find_objects


@dataclass(frozen=True)
class Staircase(Concept):
    """A bar in the first row is continued below, one cell longer in every row."""

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        width = draw_integer(5, 14, rng)
        length = draw_integer(1, width - 3, rng)
        grid = np.zeros((draw_integer(3, width - length + 1, rng), width), dtype=np.uint8)
        grid[0, :length] = choose(look.palette, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        length = int((grid[0] != BACKGROUND).sum())
        if not length or grid[1:].any() or (grid[0, :length] != grid[0, 0]).any():
            return None
        rows, columns = np.indices(grid.shape)
        return np.where(columns < rows + length, grid[0, 0], BACKGROUND).astype(np.uint8)


@dataclass(frozen=True)
class PourWater(Concept):
    """Water fills cups up to their rim; a cup with a hole in its floor stays empty."""

    water: int
    sides = (8, 15)
    cases = frozenset({"holds", "leaks"})

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        left = draw_integer(0, 2, rng)
        while (width := draw_integer(3, 6, rng)) + left <= grid.shape[1]:
            bottom, height = draw_integer(4, len(grid) - 1, rng), draw_integer(2, 4, rng)
            grid[bottom, left : left + width] = look.palette[0]
            grid[bottom - height + 1 : bottom + 1, [left, left + width - 1]] = look.palette[0]
            if width > 3 and rng.random() < 0.4:
                grid[bottom, draw_integer(left + 1, left + width - 2, rng)] = BACKGROUND
            left += width + draw_integer(1, 3, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        solid = grid != BACKGROUND
        left = np.maximum.accumulate(solid, axis=1)
        right = np.maximum.accumulate(solid[:, ::-1], axis=1)[:, ::-1]
        held = np.zeros_like(solid)
        for row in range(len(grid) - 1, -1, -1):
            floor = solid[row + 1] | held[row + 1] if row + 1 < len(grid) else np.zeros(grid.shape[1], dtype=bool)
            gaps = np.flatnonzero(~solid[row])
            for gap in np.split(gaps, 1 + np.flatnonzero(np.diff(gaps) != 1)):
                if len(gap) and floor[gap].all() and left[row, gap[0]] and right[row, gap[-1]]:
                    held[row, gap] = True
        return np.where(held, self.water, grid).astype(np.uint8)

    def list_cases(self, grid: Grid) -> frozenset[str]:
        masks = find_objects(grid).masks
        return frozenset("holds" if mask[-1].all() and mask[0, 0] and mask[0, -1] else "leaks" for mask in masks)


@dataclass(frozen=True)
class AlternateTrail(Concept):
    """The dot travels to the border and leaves a trail that alternates between two colours."""

    second: int
    sides = (6, 15)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        for row in rng.permutation(len(grid))[: draw_integer(1, 3, rng)]:
            grid[row, draw_integer(0, grid.shape[1] - 2, rng)] = choose(look.palette, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        result = grid.copy()
        for row, column in np.argwhere(grid).tolist():
            if (grid[row] != BACKGROUND).sum() != 1:
                return None
            result[row, column::2] = grid[row, column]
            result[row, column + 1 :: 2] = self.second
        return result


@dataclass(frozen=True)
class Pyramid(Concept):
    """Under a bar hangs a triangle: every row is shorter by one cell at both ends."""

    sides = (8, 16)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        length = 1 + 2 * draw_integer(1, (grid.shape[1] - 1) // 2, rng)
        if (length + 1) // 2 > len(grid):
            return None
        row = draw_integer(0, len(grid) - (length + 1) // 2, rng)
        column = draw_integer(0, grid.shape[1] - length, rng)
        grid[row, column : column + length] = look.palette[0]
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        cells = np.argwhere(grid)
        if len(cells) < 3 or len(set(cells[:, 0].tolist())) != 1 or np.ptp(cells[:, 1]) != len(cells) - 1:
            return None
        result, (row, column), length = grid.copy(), cells[0].tolist(), len(cells)
        for step in range(1, (length + 1) // 2):
            if row + step >= len(grid):
                return None
            result[row + step, column + step : column + length - step] = grid[row, column]
        return result
