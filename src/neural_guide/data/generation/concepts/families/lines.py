"""Lines drawn from dots: to the border, to an obstacle, to each other, with turns."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from neural_guide.arc.grid import BACKGROUND, Grid
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import Look, choose, draw_integer
from neural_guide.data.generation.concepts.placing import Region, place, place_many
from neural_guide.data.generation.concepts.regions import find_cells
from neural_guide.data.generation.procedural_grids import draw_blank

SIDES = ((-1, 0), (1, 0), (0, -1), (0, 1))


def make_dot(colour: int) -> Grid:
    """Make a sprite of one cell."""
    return np.full((1, 1), colour, dtype=np.uint8)


def draw_ray(grid: Grid, start: tuple[int, int], step: tuple[int, int], colour: int) -> tuple[int, int]:
    """Paint background cells from a cell on until something is in the way, in place; return the last cell."""
    row, column = start
    while True:
        ahead = row + step[0], column + step[1]
        if not (0 <= ahead[0] < grid.shape[0] and 0 <= ahead[1] < grid.shape[1]) or grid[ahead] != BACKGROUND:
            return row, column
        row, column = ahead
        grid[ahead] = colour


@dataclass(frozen=True)
class ShootToObstacle(Concept):
    """Every dot of one colour draws a line downwards, to the first obstacle or the border."""

    source: int
    sides = (8, 16)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        for _ in range(draw_integer(2, 5, rng)):
            bar = np.full((1, draw_integer(1, 4, rng)), look.palette[0], dtype=np.uint8)
            place(grid, bar, rng, within=Region(3, 0, *grid.shape))
        place_many(grid, lambda: make_dot(self.source), draw_integer(2, 5, rng), rng, within=None)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        result = grid.copy()
        for row, column in find_cells(grid, self.source):
            draw_ray(result, (row, column), (1, 0), self.source)
        return result


@dataclass(frozen=True)
class Diagonals(Concept):
    """Both diagonals through every dot run to the border, in its colour."""

    sides = (7, 15)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        colour = choose(look.palette, rng)
        place_many(grid, lambda: make_dot(colour), draw_integer(1, 2, rng), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        rows, columns = np.indices(grid.shape)
        result = grid.copy()
        for row, column in np.argwhere(grid).tolist():
            result[abs(rows - row) == abs(columns - column)] = grid[row, column]
        return result if len(np.unique(grid)) == 2 else None


@dataclass(frozen=True)
class ConnectPairs(Concept):
    """Two dots of one colour in a row or a column are joined by a line; other dots stay alone."""

    line: int
    sides = (8, 16)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        for _ in range(draw_integer(1, 4, rng)):
            ends = np.zeros((1, draw_integer(3, 8, rng)), dtype=np.uint8)
            ends[0, [0, -1]] = choose(look.palette, rng)
            place(grid, ends if rng.random() < 0.5 else ends.T, rng)
        place_many(grid, lambda: make_dot(choose(look.palette, rng)), draw_integer(0, 3, rng), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        result = grid.copy()
        for cells, target in ((grid, result), (grid.T, result.T)):
            for line, painted in zip(cells, target, strict=True):
                places = np.flatnonzero(line).tolist()
                for low, high in pairwise(places):
                    if line[low] == line[high]:
                        painted[low + 1 : high] = self.line
        crossed = ((result == self.line) & (grid != BACKGROUND)).any()
        return None if crossed else result


@dataclass(frozen=True)
class CrossThroughDots(Concept):
    """A horizontal and a vertical line run through every dot; where lines of two dots cross, a colour marks it."""

    crossing: int
    sides = (8, 16)
    cases = frozenset({"two dots"})

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        place_many(grid, lambda: make_dot(choose(look.palette, rng)), draw_integer(1, 3, rng), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        result, dots = grid.copy(), np.argwhere(grid).tolist()
        if len({row for row, _ in dots}) < len(dots) or len({column for _, column in dots}) < len(dots):
            return None
        for row, column in dots:
            result[row] = result[:, column] = grid[row, column]
        for row, other in dots:
            for far, column in dots:
                if (row, other) != (far, column):
                    result[row, column] = self.crossing
        return result if dots else None

    def list_cases(self, grid: Grid) -> frozenset[str]:
        return frozenset({"two dots"} if (grid != BACKGROUND).sum() > 1 else set())


@dataclass(frozen=True)
class LinesFromBorder(Concept):
    """Dots at the left border draw rows and dots at the top border draw columns, over the rows."""

    sides = (7, 15)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        for line in (grid[2:, 0], grid[0, 2:]):
            places = rng.permutation(len(line) // 2)[: draw_integer(1, 2, rng)] * 2
            line[places] = [choose(look.palette, rng) for _ in places]
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        if grid[1:, 1:].any() or grid[0, 0]:
            return None
        rows = np.repeat(grid[:, :1], grid.shape[1], axis=1)
        return np.where(grid[:1] != BACKGROUND, np.repeat(grid[:1], len(grid), axis=0), rows)


@dataclass(frozen=True)
class TurnAtObstacle(Concept):
    """A line runs down from a dot; above an obstacle it turns to the right, and past it down again."""

    obstacle: int
    sides = (9, 16)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        column = draw_integer(1, grid.shape[1] - 4, rng)
        grid[0, column] = choose(look.palette, rng)
        row = 1
        while (row := row + draw_integer(2, 4, rng)) < len(grid) - 1 and column < grid.shape[1] - 2:
            left = max(0, column - draw_integer(0, 2, rng))
            right = min(grid.shape[1] - 2, column + draw_integer(0, 2, rng))
            grid[row, left : right + 1] = self.obstacle
            column = right + 1
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        starts = np.argwhere((grid != BACKGROUND) & (grid != self.obstacle)).tolist()
        if len(starts) != 1 or starts[0][0] != 0:
            return None
        result = grid.copy()
        row, column = starts[0]
        colour = int(grid[row, column])
        while True:
            row, column = draw_ray(result, (row, column), (1, 0), colour)
            if row == len(grid) - 1:
                return result
            while result[row + 1, column] != BACKGROUND:
                column += 1
                if column == grid.shape[1] or result[row, column] != BACKGROUND:
                    return None
                result[row, column] = colour


@dataclass(frozen=True)
class Bounce(Concept):
    """A dot in the bottom row draws a diagonal upwards that is thrown back by the side walls."""

    sides = (4, 16)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = np.zeros((draw_integer(8, 16, rng), draw_integer(3, 7, rng)), dtype=np.uint8)
        grid[-1, 0] = choose(look.palette, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        if grid[:-1].any() or (grid != BACKGROUND).sum() != 1 or not grid[-1, 0] or grid.shape[1] < 2:
            return None
        result, period = grid.copy(), 2 * grid.shape[1] - 2
        for step in range(len(grid)):
            column = step % period
            result[len(grid) - 1 - step, min(column, period - column)] = grid[-1, 0]
        return result


@dataclass(frozen=True)
class ElbowPath(Concept):
    """From the first dot a path runs along its row to the column of the second, and there down or up to it."""

    first: int
    second: int
    path: int
    sides = (7, 15)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        for colour in (self.first, self.second):
            place(grid, make_dot(colour), rng, margin=2)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        starts, ends = find_cells(grid, self.first), find_cells(grid, self.second)
        if len(starts) != 1 or len(ends) != 1:
            return None
        (row, column), (far, other) = starts[0], ends[0]
        if row == far or column == other:
            return None
        result = grid.copy()
        result[row, min(column, other) : max(column, other) + 1] = self.path
        result[min(row, far) : max(row, far) + 1, other] = self.path
        result[row, column], result[far, other] = self.first, self.second
        return result


@dataclass(frozen=True)
class ShootFromHead(Concept):
    """A bar has a head of another colour at one end; from the head a line runs on to the border, away from the bar."""

    head: int
    sides = (8, 16)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        for _ in range(draw_integer(1, 3, rng)):
            bar = np.full((1, draw_integer(3, 4, rng)), choose(look.palette, rng), dtype=np.uint8)
            bar[0, choose((0, -1), rng)] = self.head
            place(grid, bar if rng.random() < 0.5 else bar.T, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        result = grid.copy()
        for row, column in find_cells(grid, self.head):
            steps = [(-down, -right) for down, right in SIDES if _is_content(grid, row + down, column + right)]
            if len(steps) != 1:
                return None
            row, column = draw_ray(result, (row, column), steps[0], self.head)
            if _is_content(grid, row + steps[0][0], column + steps[0][1]):
                return None  # another bar is in the way
        return result


def _is_content(grid: Grid, row: int, column: int) -> bool:
    """Return true for a content cell inside the grid."""
    return 0 <= row < grid.shape[0] and 0 <= column < grid.shape[1] and bool(grid[row, column])
