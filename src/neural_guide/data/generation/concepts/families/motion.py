"""Movement: objects fall, are pushed to a border or a wall, are shifted or lined up."""

from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np

from neural_guide.arc.grid import BACKGROUND, Grid
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import Look, choose, draw_integer, draw_mask, draw_pattern, draw_sprite
from neural_guide.data.generation.concepts.placing import Region, paint, place, place_many
from neural_guide.data.generation.concepts.regions import find_boxes, find_row, list_regions
from neural_guide.data.generation.procedural_grids import draw_blank
from neural_guide.dsl.objects import Objects, find_objects, find_single_colour_objects


def move(objects: Objects, targets: list[tuple[int, int]]) -> Grid:
    """Paint each object with the top left corner of its box at its target, on a blank grid; later ones on top."""
    result = np.zeros_like(objects.grid)
    for crop, (row, column) in zip(objects.crops, targets, strict=True):
        paint(result, crop, row, column)
    return result


@dataclass(frozen=True)
class Fall(Concept):
    """Objects fall until they rest on the floor or on another object."""

    sides = (7, 14)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        place_many(grid, partial(draw_pattern, look, 3, rng), draw_integer(2, 6, rng), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        result = np.zeros_like(grid)
        order = sorted(range(len(objects)), key=lambda number: -list_regions(objects)[number].bottom)
        for number in order:
            left, row, width, height, _ = objects.boxes[number]
            mask = objects.masks[number] != 0
            while row + height < len(grid) and not result[row + 1 : row + 1 + height, left : left + width][mask].any():
                row += 1
            paint(result, objects.crops[number], row, left)
        return result


@dataclass(frozen=True)
class MoveToWall(Concept):
    """Objects move straight to the wall of a given colour, and stop where they touch it."""

    wall: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        grid[len(grid) - draw_integer(1, 3, rng)] = self.wall
        bands = np.array_split(np.arange(grid.shape[1]), draw_integer(1, 3, rng))
        for band in bands:  # one object in each band of columns, so that none meets another
            within = Region(0, int(band[0]), len(grid), int(band[-1]) + 1)
            place(grid, draw_pattern(look, 4, rng), rng, within=within)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        row = find_row(grid, self.wall)
        if not row:  # no wall, or nothing above it
            return None
        above = grid[:row]
        objects = find_objects(above)
        result = grid.copy()
        result[:row] = move(objects, [(row - box.height, box.left) for box in objects.boxes])
        return result if (result[:row] != BACKGROUND).sum() == (above != BACKGROUND).sum() else None


@dataclass(frozen=True)
class ShiftBy(Concept):
    """Objects move by a fixed number of cells; those of one colour stay where they are."""

    steps: int
    fixed: int

    @classmethod
    def draw(cls, colours: list[int], rng: np.random.Generator) -> Self:
        return cls(draw_integer(1, 4, rng), colours.pop())

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        rows, columns = grid.shape
        for _ in range(draw_integer(1, 4, rng)):
            place(grid, draw_sprite(look, 3, rng), rng, within=Region(0, 0, rows, columns - self.steps))
        for _ in range(draw_integer(0, 2, rng)):
            place(grid, draw_mask(look, 3, rng) * np.uint8(self.fixed), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        result = np.where(grid == self.fixed, grid, BACKGROUND)
        moving = np.where(grid == self.fixed, BACKGROUND, grid)
        if moving[:, -self.steps :].any() or result[:, self.steps :][moving[:, : -self.steps] != BACKGROUND].any():
            return None
        result[:, self.steps :] += moving[:, : -self.steps]
        return result

    cases = frozenset({"fixed"})

    def list_cases(self, grid: Grid) -> frozenset[str]:
        return frozenset({"fixed"} if (grid == self.fixed).any() else set())


@dataclass(frozen=True)
class MoveByColour(Concept):
    """Objects of one colour move to the left border, those of another colour to the right border."""

    left: int
    right: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        top = draw_integer(0, 2, rng)
        while top + 3 <= len(grid):  # objects in rows of their own, so that none meets another
            sprite = draw_mask(look, 3, rng) * np.uint8(choose((self.left, self.right), rng))
            place(grid, sprite, rng, within=Region(top, 0, top + 3, grid.shape[1]), margin=0)
            top += draw_integer(3, 6, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_single_colour_objects(grid)
        targets = []
        for colour, box in zip(objects.main_colours, objects.boxes, strict=True):
            goal = {self.left: 0, self.right: grid.shape[1] - box.width}.get(colour, box.left)
            targets.append((box.top, goal))
        result = move(objects, targets)
        return result if (result != BACKGROUND).sum() == (grid != BACKGROUND).sum() else None


@dataclass(frozen=True)
class AlignWithReference(Concept):
    """Every object moves up or down until its top is level with that of the object in the reference colour."""

    reference: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        count = draw_integer(2, grid.shape[1] // 3, rng)
        bands = np.array_split(np.arange(grid.shape[1]), count)
        chosen = draw_integer(0, count - 1, rng)
        for number, band in enumerate(bands):
            colour = self.reference if number == chosen else choose(look.palette, rng)
            sprite = draw_mask(look, 3, rng)[:, : len(band) - 1] * np.uint8(colour)
            if not sprite.any(axis=1).all():
                return None
            place(grid, sprite, rng, within=Region(0, int(band[0]), len(grid), int(band[-1])), margin=0)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        tops = [box.top for box, crop in zip(objects.boxes, objects.crops, strict=True) if self.reference in crop]
        if len(tops) != 1 or any(tops[0] + box.height > len(grid) for box in objects.boxes):
            return None
        result = move(objects, [(tops[0], box.left) for box in objects.boxes])
        return result if (result != BACKGROUND).sum() == (grid != BACKGROUND).sum() else None


@dataclass(frozen=True)
class GatherAround(Concept):
    """Dots in line with the large rectangle move straight to it until they touch it."""

    core: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        rows, columns = grid.shape
        block = np.full((draw_integer(2, 4, rng), draw_integer(2, 4, rng)), self.core, dtype=np.uint8)
        box = place(grid, block, rng, within=Region(3, 3, rows - 3, columns - 3))
        if box is None:
            return None
        for _ in range(draw_integer(2, 6, rng)):
            dot = np.full((1, 1), choose(look.palette, rng), dtype=np.uint8)
            row, column = draw_integer(box.top, box.bottom - 1, rng), draw_integer(box.left, box.right - 1, rng)
            line = choose((Region(row, 0, row + 1, columns), Region(0, column, rows, column + 1)), rng)
            place(grid, dot, rng, within=line)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        core = find_boxes(grid).get(self.core)
        if core is None or (grid[core.inside] != self.core).any():
            return None
        result = np.where(grid == self.core, grid, BACKGROUND)
        for row, column in np.argwhere((grid != BACKGROUND) & (grid != self.core)):
            level, upright = core.top <= row < core.bottom, core.left <= column < core.right
            if not level and not upright:
                return None
            target = (
                row if level else core.top - 1 if row < core.top else core.bottom,
                column if upright else core.left - 1 if column < core.left else core.right,
            )
            if result[target] != BACKGROUND:
                return None
            result[target] = grid[row, column]
        return result


@dataclass(frozen=True)
class MoveToColouredBorder(Concept):
    """One border of the grid is coloured; all objects move straight to it and pile up there."""

    border: int
    cases = frozenset({"column", "row"})

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        turned = np.rot90(grid, int(rng.integers(4)))  # a view: the border is one of four
        turned[-1] = self.border
        place_many(turned, partial(draw_sprite, look, 3, rng), draw_integer(1, 4, rng), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        sides = [turns for turns in range(4) if (np.rot90(grid, turns)[-1] == self.border).all()]
        if len(sides) != 1 or (grid == self.border).sum() != np.rot90(grid, sides[0]).shape[1]:
            return None
        upright = np.ascontiguousarray(np.rot90(grid, sides[0]))
        fallen = Fall().apply(upright[:-1].copy()) if len(upright) > 1 else None
        if fallen is None:
            return None
        return np.ascontiguousarray(np.rot90(np.vstack([fallen, upright[-1:]]), -sides[0]))

    def list_cases(self, grid: Grid) -> frozenset[str]:
        is_row = (grid[0] == self.border).all() or (grid[-1] == self.border).all()
        return frozenset({"row" if is_row else "column"})
