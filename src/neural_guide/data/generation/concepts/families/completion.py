"""Completing a shape: outlines, corners, mirror halves, damaged copies."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from neural_guide.arc.grid import BACKGROUND, Grid
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import Look, choose_cell, draw_integer
from neural_guide.data.generation.concepts.placing import place
from neural_guide.data.generation.concepts.regions import find_boxes
from neural_guide.data.generation.concepts.shapes import make_ring
from neural_guide.data.generation.procedural_grids import draw_blank, draw_blob
from neural_guide.dsl.objects import find_objects


@dataclass(frozen=True)
class CloseFrames(Concept):
    """Gaps in the outline of a rectangle are closed in a colour."""

    mark: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        for colour in look.palette[: draw_integer(1, 3, rng)]:
            ring = make_ring(draw_integer(4, 7, rng), draw_integer(4, 7, rng)) * np.uint8(colour)
            place(grid, ring, rng)
        boxes = find_boxes(grid)
        grid[rng.random(grid.shape) < 0.2] = BACKGROUND
        return grid if find_boxes(grid) == boxes else None

    def apply(self, grid: Grid) -> Grid | None:
        result = grid.copy()
        for colour, box in find_boxes(grid).items():
            part = result[box.inside]
            ring = make_ring(*part.shape) > 0 if min(part.shape) >= 3 else np.zeros(part.shape, dtype=bool)
            if (part[ring] == colour).sum() < 0.5 * ring.sum() or not ring.any() or (part[~ring] == colour).any():
                return None
            part[ring & (part == BACKGROUND)] = self.mark
        return result


@dataclass(frozen=True)
class JoinCorners(Concept):
    """Four dots of one colour are the corners of a rectangle, which is filled in a colour."""

    fill: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        for colour in look.palette[: draw_integer(1, 3, rng)]:
            corners = np.zeros((draw_integer(3, 8, rng), draw_integer(3, 8, rng)), dtype=np.uint8)
            corners[[0, 0, -1, -1], [0, -1, 0, -1]] = colour
            place(grid, corners, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        result = grid.copy()
        for colour, box in find_boxes(grid).items():
            part = result[box.inside]
            if min(part.shape) < 2 or (part == colour).sum() != 4 or (part != BACKGROUND).sum() != 4:
                return None
            if (part[[0, 0, -1, -1], [0, -1, 0, -1]] != colour).any():
                return None
            part[part == BACKGROUND] = self.fill
        return result


@dataclass(frozen=True)
class CompleteSymmetry(Concept):
    """An object whose halves should mirror each other is completed; the added cells take a colour."""

    mark: int
    sides = (8, 14)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        for _ in range(draw_integer(1, 2, rng)):
            half = draw_blob(5, rng) * np.uint8(look.palette[0])
            sprite = np.hstack([half[:, ::-1], half[:, draw_integer(0, 1, rng) :]])
            if sprite.shape[1] < 3 or len(sprite) < 3:
                return None
            spoilt = sprite.copy()
            spoilt[(rng.random(sprite.shape) < 0.25) & (np.arange(sprite.shape[1]) > sprite.shape[1] // 2)] = BACKGROUND
            if not spoilt[:, -1].any() or len(find_objects(spoilt)) != 1:
                return None
            place(grid, spoilt, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        result = grid.copy()
        for left, top, width, height, _ in objects.boxes:
            part = result[top : top + height, left : left + width]
            part[(part == BACKGROUND) & (grid[top : top + height, left : left + width][:, ::-1] != BACKGROUND)] = (
                self.mark
            )
        return result


@dataclass(frozen=True)
class CompleteCopies(Concept):
    """Objects are copies of one shape; cells that some of them lack are added in a colour."""

    mark: int
    sides = (11, 18)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        shape = draw_blob(4, rng)
        colour, copies = np.uint8(look.palette[0]), draw_integer(4, 6, rng)
        if shape.sum() < 5:
            return None
        for number in range(copies):
            sprite = shape * colour
            if number < copies // 3:
                sprite[choose_cell(shape, rng)] = BACKGROUND
                if len(find_objects(sprite)) != 1 or not (sprite.any(axis=0).all() and sprite.any(axis=1).all()):
                    return None
            if place(grid, sprite, rng) is None:
                return None
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        if len(objects) < 3:
            return None
        (width, cells), count = Counter(objects.shape_keys).most_common(1)[0]
        template = np.frombuffer(cells, dtype=np.uint8).reshape(-1, width)
        result = grid.copy()
        for mask, box in zip(objects.masks, objects.boxes, strict=True):
            if mask.shape != template.shape or (mask > template).any() or 2 * count <= len(objects):
                return None
            part = result[box.top : box.top + box.height, box.left : box.left + box.width]
            part[template > mask] = self.mark
        return result


@dataclass(frozen=True)
class MirrorAcrossLine(Concept):
    """What lies on one side of a line is mirrored to the other side."""

    line: int
    sides = (9, 17)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        middle = len(grid) // 2
        if len(grid) % 2 == 0:
            return None
        grid[middle] = self.line
        for _ in range(draw_integer(1, 3, rng)):
            side = grid[:middle]
            place(side, draw_blob(4, rng) * np.uint8(look.palette[int(rng.integers(len(look.palette)))]), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        middle = len(grid) // 2
        if len(grid) % 2 == 0 or (grid[middle] != self.line).any() or grid[middle + 1 :].any():
            return None
        result = grid.copy()
        result[middle + 1 :] = grid[:middle][::-1]
        return result


@dataclass(frozen=True)
class FrameDots(Concept):
    """The smallest rectangle around all dots of one colour is drawn as an outline, one cell away from them."""

    dot: int
    outline: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        rows, columns = draw_integer(1, len(grid) - 4, rng), draw_integer(1, grid.shape[1] - 4, rng)
        part = grid[rows : rows + draw_integer(2, 6, rng), columns : columns + draw_integer(2, 6, rng)][:-1, :-1]
        part[rng.random(part.shape) < 0.4] = self.dot
        for _ in range(draw_integer(0, 4, rng)):
            place(grid, np.full((1, 1), look.palette[0], dtype=np.uint8), rng, margin=3)
        return grid if (part == self.dot).sum() > 1 else None

    def apply(self, grid: Grid) -> Grid | None:
        box = find_boxes(grid).get(self.dot)
        if box is None or box.top < 1 or box.left < 1 or box.bottom >= len(grid) or box.right >= grid.shape[1]:
            return None
        result = grid.copy()
        part = result[box.top - 1 : box.bottom + 1, box.left - 1 : box.right + 1]
        part[make_ring(*part.shape) > 0] = self.outline
        return result
