"""The middle: of an object, of the grid, of two dots, of several objects."""

from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from neural_guide.arc.grid import BACKGROUND, Grid
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import Look, choose, draw_integer, draw_pattern
from neural_guide.data.generation.concepts.placing import Region, find_content, paint, place, place_many
from neural_guide.data.generation.procedural_grids import draw_blank
from neural_guide.dsl.objects import find_objects, find_side_connected_objects


@dataclass(frozen=True)
class MarkCentre(Concept):
    """The middle cell of each rectangle takes a colour."""

    mark: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        def draw_block() -> Grid:
            height, width = (choose((1, 3, 3, 5, 7), rng) for _ in range(2))
            return np.full((height, max(width, 3) if height == 1 else width), choose(look.palette, rng), dtype=np.uint8)

        grid = draw_blank(look, rng)
        place_many(grid, draw_block, draw_integer(1, 4, rng), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_side_connected_objects(grid)
        result = grid.copy()
        for box in objects.boxes:
            if box.area < box.width * box.height or box.width % 2 == 0 or box.height % 2 == 0:
                return None
            result[box.top + box.height // 2, box.left + box.width // 2] = self.mark
        return result


@dataclass(frozen=True)
class MarkMidpoint(Concept):
    """Halfway between two dots of one colour in a row or a column, a cell takes a colour."""

    mark: int
    sides = (9, 16)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        for _ in range(draw_integer(1, 3, rng)):
            ends = np.zeros((1, 1 + 2 * draw_integer(1, 5, rng)), dtype=np.uint8)
            ends[0, [0, -1]] = choose(look.palette, rng)
            place(grid, ends if rng.random() < 0.5 else ends.T, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        result = grid.copy()
        for cells, marked in ((grid, result), (grid.T, result.T)):
            for line, target in zip(cells, marked, strict=True):
                places = np.flatnonzero(line)
                if len(places) > 2 or (len(places) == 2 and (places.sum() % 2 or line[places[0]] != line[places[1]])):
                    return None
                if len(places) == 2:
                    target[places.sum() // 2] = self.mark
        return result


@dataclass(frozen=True)
class KeepMiddle(Concept):
    """Of several objects side by side, only the middle one stays."""

    sides = (11, 18)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        rows, columns = grid.shape
        for band in np.array_split(np.arange(columns), choose((3, 3, 5) if columns >= 15 else (3,), rng)):
            sprite = draw_pattern(look, 3, rng)
            if place(grid, sprite, rng, within=Region(0, int(band[0]), rows, int(band[-1]) + 1)) is None:
                return None
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        spans = sorted((box.left, box.left + box.width, number) for number, box in enumerate(objects.boxes))
        is_apart = all(left[1] < right[0] for left, right in pairwise(spans))
        if len(spans) < 3 or len(spans) % 2 == 0 or not is_apart:
            return None
        return objects.keep([number == spans[len(spans) // 2][2] for number in range(len(spans))])


@dataclass(frozen=True)
class MoveToCentre(Concept):
    """The object moves to the centre of the grid."""

    sides = (7, 14)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        place_many(grid, partial(draw_pattern, look, 4, rng), 1, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        box = find_content(grid)
        if box is None:
            return None
        sprite = grid[box.inside]
        free_rows, free_columns = len(grid) - len(sprite), grid.shape[1] - sprite.shape[1]
        if free_rows % 2 or free_columns % 2:
            return None
        result = np.zeros_like(grid)
        paint(result, sprite, free_rows // 2, free_columns // 2)
        return result


@dataclass(frozen=True)
class CrossCentre(Concept):
    """Lines run from the middle of a square to all four borders, in its colour."""

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        side = choose((3, 5), rng)
        grid = draw_blank(look, rng)
        sprite = np.full((side, side), choose(look.palette, rng), dtype=np.uint8)
        if rng.random() < 0.5:
            sprite[1:-1, 1:-1] = BACKGROUND
        place(grid, sprite, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        box = find_content(grid)
        if box is None or box.bottom - box.top != box.right - box.left or (box.bottom - box.top) % 2 == 0:
            return None
        result = grid.copy()
        row, column, colour = (box.top + box.bottom) // 2, (box.left + box.right) // 2, grid.max()
        result[row, : box.left] = result[row, box.right :] = colour
        result[: box.top, column] = result[box.bottom :, column] = colour
        return result
