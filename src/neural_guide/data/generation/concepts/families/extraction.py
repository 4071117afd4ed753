"""Extraction: the output is one object, or the part of the grid that a frame or marks single out."""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import (
    Look,
    choose,
    choose_cell,
    draw_inks,
    draw_integer,
    draw_pattern,
    draw_sprite,
)
from neural_guide.data.generation.concepts.placing import place, place_many
from neural_guide.data.generation.concepts.regions import find_boxes, find_cells, find_frames
from neural_guide.data.generation.concepts.shapes import make_ring
from neural_guide.data.generation.procedural_grids import draw_blank, draw_blob, sprinkle
from neural_guide.dsl.objects import find_objects, find_unique_index


@dataclass(frozen=True)
class CropExtreme(Concept):
    """The output is the object with the most cells, or in other tasks the one with the fewest."""

    is_largest: bool

    @classmethod
    def draw(cls, colours: list[int], rng: np.random.Generator) -> Self:
        return cls(bool(rng.random() < 0.6))

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        for limit in rng.permutation((3, 4, 6)).tolist():
            place_many(grid, partial(draw_pattern, look, limit, rng), draw_integer(1, 2, rng), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        sizes = [box.area for box in objects.boxes]
        extreme = (max if self.is_largest else min)(sizes, default=0)
        return objects.crop(find_unique_index(sizes, extreme)) if len(sizes) >= 3 else None


@dataclass(frozen=True)
class CropOddShape(Concept):
    """All objects have the same shape but one, which is the output."""

    sides = (10, 17)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        shapes = [draw_blob(4, rng), draw_blob(4, rng)]
        grid = draw_blank(look, rng)
        for shape in [shapes[0], *[shapes[1]] * draw_integer(2, 4, rng)]:
            if place(grid, shape * np.uint8(choose(look.palette, rng)), rng) is None:
                return None
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        counts = Counter(objects.shape_keys)
        odd = [number for number, key in enumerate(objects.shape_keys) if counts[key] == 1]
        return objects.crop(odd[0]) if len(odd) == 1 and len(counts) == 2 and len(objects) >= 3 else None


@dataclass(frozen=True)
class CropFrame(Concept):
    """The output is what a frame of one colour encloses."""

    frame: int
    sides = (10, 18)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        sprinkle(grid, look, 0.2 + 0.5 * look.crowding, rng)
        height, width = draw_integer(4, 7, rng), draw_integer(4, 7, rng)
        top, left = draw_integer(0, len(grid) - height, rng), draw_integer(0, grid.shape[1] - width, rng)
        part = grid[top : top + height, left : left + width]
        part[make_ring(height, width) > 0] = self.frame
        return grid if part[1:-1, 1:-1].any() else None

    def apply(self, grid: Grid) -> Grid | None:
        frames = [frame for frame in find_frames(grid) if frame.colour == self.frame]
        return grid[frames[0].interior].copy() if len(frames) == 1 else None


@dataclass(frozen=True)
class CropMarkedCorners(Concept):
    """Four marks are the corners of a rectangle; the output is what lies between them."""

    mark: int
    sides = (10, 18)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        place_many(grid, partial(draw_sprite, look, 4, rng), draw_integer(3, 8, rng), rng)
        rows = sorted(rng.permutation(len(grid))[:2].tolist())
        columns = sorted(rng.permutation(grid.shape[1])[:2].tolist())
        if rows[1] - rows[0] < 3 or columns[1] - columns[0] < 3:
            return None
        grid[np.ix_(rows, columns)] = self.mark
        return grid if grid[rows[0] + 1 : rows[1], columns[0] + 1 : columns[1]].any() else None

    def apply(self, grid: Grid) -> Grid | None:
        box = find_boxes(grid).get(self.mark)
        if box is None or len(find_cells(grid, self.mark)) != 4:
            return None
        part = grid[box.inside]
        if min(part.shape) < 3 or (part[[0, 0, -1, -1], [0, -1, 0, -1]] != self.mark).any():
            return None
        return part[1:-1, 1:-1].copy()


@dataclass(frozen=True)
class CropMarked(Concept):
    """The output is the object that holds a cell of the mark's colour."""

    mark: int
    sides = (10, 17)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        for number in range(draw_integer(2, 5, rng)):
            sprite = draw_blob(5, rng) * np.uint8(choose(look.palette, rng))
            if (sprite != 0).sum() < 4:
                return None
            other = draw_inks(1, rng, (self.mark,))[0]  # most of the others hold another cell, which means nothing
            if number == 0 or rng.random() < 0.7:
                sprite[choose_cell(sprite, rng)] = other if number else self.mark
            place(grid, sprite, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        marked = [self.mark in crop for crop in objects.crops]
        return objects.crop(marked.index(True)) if marked.count(True) == 1 and len(marked) > 1 else None


@dataclass(frozen=True)
class CropSymmetric(Concept):
    """One object is its own mirror image, left to right; it is the output."""

    sides = (10, 17)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        half = draw_blob(3, rng)
        sprites = [np.hstack([half[:, ::-1], half[:, draw_integer(0, 1, rng) :]])]
        sprites += [draw_blob(5, rng) for _ in range(draw_integer(2, 4, rng))]
        for sprite in sprites:
            if sprite.shape[1] < 3 or len(sprite) < 2:
                return None
            if place(grid, sprite * np.uint8(choose(look.palette, rng)), rng) is None:
                return None
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        symmetric = [bool((mask == mask[:, ::-1]).all()) for mask in objects.masks]
        return objects.crop(symmetric.index(True)) if symmetric.count(True) == 1 and len(symmetric) > 1 else None


@dataclass(frozen=True)
class CropRichest(Concept):
    """The output is the object with the most colours."""

    sides = (10, 17)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        richest = draw_integer(2, 4, rng)
        for number in range(draw_integer(2, 4, rng)):
            count = richest if number == 0 else draw_integer(1, richest - 1, rng)
            inks = np.array(draw_inks(count, rng), dtype=np.uint8)
            shape = make_ring(*rng.integers(3, 6, size=2).tolist()) if rng.random() < 0.3 else draw_blob(4, rng)
            place(grid, shape * rng.choice(inks, size=shape.shape), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        counts = objects.colour_counts
        return objects.crop(find_unique_index(counts, max(counts))) if len(counts) > 1 else None
