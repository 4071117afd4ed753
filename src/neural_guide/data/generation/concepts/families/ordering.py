"""Order: bars and objects sorted, ranked or listed."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np

from neural_guide.arc.grid import BACKGROUND, Grid
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import Look, choose, draw_inks, draw_integer, draw_mask
from neural_guide.data.generation.concepts.placing import Region, place
from neural_guide.data.generation.procedural_grids import draw_blank
from neural_guide.dsl.objects import find_objects, find_single_colour_objects, rank_values


def draw_upright_bars(look: Look, heights: list[int], rng: np.random.Generator) -> Grid:
    """Draw bars on the floor, one column apart, in colours of the look."""
    grid = np.zeros(
        (max(heights) + draw_integer(0, 2, rng), 2 * len(heights) + draw_integer(0, 1, rng)), dtype=np.uint8
    )
    for number, height in enumerate(heights):
        grid[len(grid) - height :, 2 * number] = choose(look.palette, rng)
    return grid


def draw_heights(count: int, rng: np.random.Generator) -> list[int]:
    """Draw different heights in random order."""
    return [int(height) for height in rng.permutation(count + 4)[:count] + 1]


@dataclass(frozen=True)
class SortBars(Concept):
    """Bars that stand on the floor are sorted by height, the lowest first."""

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        return draw_upright_bars(look, draw_heights(draw_integer(3, 6, rng), rng), rng)

    def apply(self, grid: Grid) -> Grid | None:
        columns = np.flatnonzero(grid.any(axis=0))
        heights = (grid[:, columns] != BACKGROUND).sum(axis=0)
        if len(columns) < 2 or len(set(heights.tolist())) < len(columns):
            return None
        result = np.zeros_like(grid)
        result[:, columns] = grid[:, columns[np.argsort(heights)]]
        return result


@dataclass(frozen=True)
class ColourByRank(Concept):
    """The highest bar takes one colour, the next another, and the lowest a third."""

    colours: tuple[int, int, int]

    @classmethod
    def draw(cls, colours: list[int], rng: np.random.Generator) -> Self:
        return cls((colours.pop(), colours.pop(), colours.pop()))

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_upright_bars(look, draw_heights(3, rng), rng)
        return np.where(grid != BACKGROUND, look.palette[0], BACKGROUND).astype(np.uint8)

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        ranks = rank_values([-box.area for box in objects.boxes])
        return objects.paint([self.colours[rank - 1] for rank in ranks]) if sorted(ranks) == [1, 2, 3] else None


@dataclass(frozen=True)
class ListBySize(Concept):
    """The output is a column of the objects' colours, from the largest object to the smallest."""

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        for colour in draw_inks(draw_integer(2, 4, rng), rng):
            place(grid, draw_mask(look, choose((3, 4, 6), rng), rng) * np.uint8(colour), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_single_colour_objects(grid)
        entries = sorted((-box.area, colour) for box, colour in zip(objects.boxes, objects.main_colours, strict=True))
        if len(entries) < 2 or len(entries) > 9 or len({area for area, _ in entries}) < len(entries):
            return None
        return np.array([[colour] for _, colour in entries], dtype=np.uint8)


@dataclass(frozen=True)
class ListAlong(Concept):
    """The output is a row of the objects' colours as they come from left to right."""

    sides = (10, 17)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        rows, columns = grid.shape
        for band in np.array_split(np.arange(columns), draw_integer(2, columns // 4, rng)):
            sprite = draw_mask(look, 3, rng) * np.uint8(draw_integer(1, 9, rng))
            place(grid, sprite, rng, within=Region(0, int(band[0]), rows, int(band[-1]) + 1))
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_single_colour_objects(grid)
        entries = sorted(
            (box.left, box.left + box.width, colour)
            for box, colour in zip(objects.boxes, objects.main_colours, strict=True)
        )
        is_apart = all(left[1] <= right[0] for left, right in pairwise(entries))
        if not 2 <= len(entries) <= 9 or not is_apart:
            return None
        return np.array([[colour for _, _, colour in entries]], dtype=np.uint8)
