"""Colours exchanged, looked up, or taken from a mark."""

from dataclasses import dataclass
from functools import partial
from typing import Self

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
    draw_sprite,
)
from neural_guide.data.generation.concepts.placing import Region, place, place_many
from neural_guide.data.generation.concepts.regions import find_cells, list_colours
from neural_guide.data.generation.concepts.shapes import LETTERS, parse_shape
from neural_guide.data.generation.procedural_grids import draw_blank, draw_blob
from neural_guide.dsl.objects import find_objects


@dataclass(frozen=True)
class SwapColours(Concept):
    """Two colours change places."""

    first: int
    second: int
    sides = (4, 12)
    cases = frozenset({"first", "second"})

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        inks = (self.first, self.second, *look.palette)
        place_many(grid, lambda: draw_mask(look, 4, rng) * np.uint8(choose(inks, rng)), 6, rng, margin=0)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        palette = np.arange(10, dtype=np.uint8)
        palette[[self.first, self.second]] = self.second, self.first
        return palette[grid]

    def list_cases(self, grid: Grid) -> frozenset[str]:
        colours = list_colours(grid)
        return frozenset(name for name, colour in (("first", self.first), ("second", self.second)) if colour in colours)


@dataclass(frozen=True)
class RecolourByLegend(Concept):
    """A legend in the corner lists pairs of colours; everywhere else the left colour turns into the right one."""

    sides = (10, 16)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        count = draw_integer(2, 3, rng)
        colours = draw_inks(2 * count, rng)
        grid[:count, :2] = np.array(colours).reshape(count, 2)
        draw = partial(draw_mask, look, 4, rng)
        rest = Region(count + 1, 0, *grid.shape)
        place_many(
            grid, lambda: draw() * np.uint8(choose(colours[::2], rng)), draw_integer(2, 6, rng), rng, within=rest
        )
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        blank = np.flatnonzero(~grid.any(axis=1))
        rows = int(blank[0]) if len(blank) and grid.shape[1] >= 4 else 0
        legend = grid[:rows, :2].tolist()
        if rows < 1 or not grid[:rows, :2].all() or grid[:rows, 2:].any() or len({old for old, _ in legend}) < rows:
            return None
        palette = np.arange(10, dtype=np.uint8)
        for old, new in legend:
            palette[old] = new
        return np.vstack([grid[:rows], palette[grid[rows:]]])


@dataclass(frozen=True)
class ColourByShape(Concept):
    """Objects take a colour by their shape: T, H, L or plus."""

    colours: tuple[int, int, int]
    sides = (10, 17)

    @classmethod
    def draw(cls, colours: list[int], rng: np.random.Generator) -> Self:
        return cls((colours.pop(), colours.pop(), colours.pop()))

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        shapes = [parse_shape(rows) for rows in SORTS]
        place_many(grid, lambda: choose(shapes, rng) * np.uint8(look.palette[0]), draw_integer(3, 7, rng), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        keys = {(shape.shape[1], shape.tobytes()): number for number, shape in enumerate(map(parse_shape, SORTS))}
        if not len(objects) or any(key not in keys for key in objects.shape_keys):
            return None
        return objects.paint([self.colours[keys[key]] for key in objects.shape_keys])


SORTS = (LETTERS[1], LETTERS[2], LETTERS[5])
"""Shapes that `ColourByShape` tells apart: H, L and plus."""


@dataclass(frozen=True)
class TakeDotColour(Concept):
    """An object of a neutral colour takes the colour of the single dot in it."""

    neutral: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        def draw_dotted() -> Grid:
            sprite = draw_blob(5, rng) * np.uint8(self.neutral)
            sprite[choose_cell(sprite, rng)] = draw_inks(1, rng, (self.neutral,))[0]
            return sprite

        grid = draw_blank(look, rng)
        place_many(grid, draw_dotted, draw_integer(1, 5, rng), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        dots = [[colour for colour in list_colours(crop) if colour != self.neutral] for crop in objects.crops]
        if not dots or any(len(inks) != 1 for inks in dots):
            return None
        return objects.paint([inks[0] for inks in dots])


@dataclass(frozen=True)
class ColourByContact(Concept):
    """Objects that touch a cell of one colour take that colour; the others stay."""

    ink: int
    sides = (9, 16)
    cases = frozenset({"apart", "touched"})

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        for _ in range(draw_integer(2, 5, rng)):
            box = place(grid, draw_sprite(look, 4, rng), rng)
            if box is not None and rng.random() < 0.5:
                down, right = choose_cell(grid[box.inside], rng)
                row, column = box.top + down, box.left + right
                beside = [(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)]
                free = [cell for cell in beside if 0 <= cell[0] < len(grid) and 0 <= cell[1] < grid.shape[1]]
                free = [cell for cell in free if grid[cell] == BACKGROUND]
                if free:
                    grid[choose(free, rng)] = self.ink
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        result = grid.copy()
        for number, crop in enumerate(objects.crops):
            if self.ink in crop and find_cells(crop, self.ink) and len(list_colours(crop)) > 1:
                result[objects.labels == number + 1] = self.ink
        return result

    def list_cases(self, grid: Grid) -> frozenset[str]:
        crops = find_objects(grid).crops
        return frozenset("touched" if self.ink in crop else "apart" for crop in crops)


@dataclass(frozen=True)
class Negative(Concept):
    """Background and content change places inside every object's box."""

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        for _ in range(draw_integer(1, 4, rng)):
            shape = draw_blob(5, rng)
            if min(shape.shape) < 3 or shape.mean() > 0.8:
                return None
            place(grid, shape * np.uint8(choose(look.palette, rng)), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        result = grid.copy()
        for crop, (left, top, width, height, _) in zip(objects.crops, objects.boxes, strict=True):
            inks = list_colours(crop)
            if len(inks) != 1:
                return None
            result[top : top + height, left : left + width] = np.where(crop == BACKGROUND, inks[0], BACKGROUND)
        return result if result.any() else None
