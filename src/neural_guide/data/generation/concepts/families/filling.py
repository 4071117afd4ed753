"""Filled and hollow: closed outlines, regions behind walls, solid shapes and their edges."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import BACKGROUND, Grid
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import Look, choose, draw_integer
from neural_guide.data.generation.concepts.placing import place_many
from neural_guide.data.generation.concepts.regions import list_colours, widen
from neural_guide.data.generation.concepts.shapes import draw_closed_ring, draw_solid_block, make_ring
from neural_guide.data.generation.procedural_grids import draw_blank, draw_blob
from neural_guide.dsl.objects import find_objects, find_side_connected_objects


@dataclass(frozen=True)
class FillClosed(Concept):
    """Closed outlines are filled with a colour; outlines with a gap stay empty."""

    fill: int
    sides = (10, 17)
    cases = frozenset({"closed", "open"})

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        def draw_outline() -> Grid:
            blob = np.pad(draw_blob(3, rng).repeat(2, axis=0).repeat(2, axis=1), 1)
            outline = widen(blob) - blob
            shape = make_ring(*rng.integers(4, 8, size=2).tolist()) if rng.random() < 0.6 else outline
            if rng.random() < 0.4:
                shape[shape.shape[0] // 2, np.flatnonzero(shape[shape.shape[0] // 2])[0]] = 0
            return shape * np.uint8(colour)

        colour, grid = choose(look.palette, rng), draw_blank(look, rng)
        place_many(grid, draw_outline, draw_integer(1, 4, rng), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        return np.where(find_enclosed(grid), self.fill, grid).astype(np.uint8)

    def list_cases(self, grid: Grid) -> frozenset[str]:
        holes = find_objects(grid).hole_counts
        return frozenset("closed" if count else "open" for count in holes)


def find_enclosed(grid: Grid) -> npt.NDArray[np.bool_]:
    """Find the background that no path along the sides of cells joins to the border: bool [row, column]."""
    labels = find_side_connected_objects(np.pad((grid == BACKGROUND).astype(np.uint8), 1, constant_values=1)).labels
    return np.asarray((labels[1:-1, 1:-1] != labels[0, 0]) & (grid == BACKGROUND))


@dataclass(frozen=True)
class HollowOut(Concept):
    """Solid rectangles keep their outline and lose their inside."""

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        place_many(grid, lambda: draw_solid_block(7, rng) * np.uint8(choose(look.palette, rng)), 4, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        result = grid.copy()
        for left, top, width, height, area in find_side_connected_objects(grid).boxes:
            if area < width * height:
                return None
            result[top + 1 : top + height - 1, left + 1 : left + width - 1] = BACKGROUND
        return result


@dataclass(frozen=True)
class ColourByFilling(Concept):
    """Solid rectangles take one colour, hollow ones another."""

    solid: int
    hollow: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        def draw_either() -> Grid:
            colour = np.uint8(choose(look.palette, rng))
            return (draw_solid_block(5, rng) if rng.random() < 0.5 else draw_closed_ring(6, rng)) * colour

        grid = draw_blank(look, rng)
        return grid if len(place_many(grid, draw_either, draw_integer(2, 6, rng), rng)) >= 2 else None

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        colours = []
        for mask in objects.masks:
            if not mask.all() and (min(mask.shape) < 3 or (mask != make_ring(*mask.shape)).any()):
                return None
            colours.append(self.solid if mask.all() else self.hollow)
        return objects.paint(colours) if colours else None


@dataclass(frozen=True)
class FloodFromSeed(Concept):
    """Walls divide the grid into regions; a region takes the colour of the dot in it."""

    wall: int
    sides = (8, 16)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        for turned in (grid, grid.T):
            lines = rng.permutation(np.arange(2, len(turned) - 2, 3))[: draw_integer(1, 2, rng)]
            turned[lines] = self.wall
        objects = find_side_connected_objects((grid == BACKGROUND).astype(np.uint8))
        for number in rng.permutation(len(objects))[: draw_integer(1, len(objects) - 1, rng)].tolist():
            cell = choose(np.argwhere(objects.labels == number + 1).tolist(), rng)
            grid[tuple(cell)] = choose(look.palette, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_side_connected_objects((grid != self.wall).astype(np.uint8))
        result = grid.copy()
        for number in range(len(objects)):
            region = objects.labels == number + 1
            inks = list_colours(grid[region])
            if len(inks) > 1:
                return None
            result[region] = inks[0] if inks else BACKGROUND
        return result if len(objects) > 1 else None


@dataclass(frozen=True)
class MarkEdge(Concept):
    """The outermost cells of solid objects take a colour."""

    mark: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        def draw_thick() -> Grid:
            wide = np.repeat(np.repeat(draw_blob(3, rng), 3, axis=0), 3, axis=1)
            shape = draw_solid_block(7, rng) if rng.random() < 0.6 else wide
            return shape * np.uint8(choose(look.palette, rng))

        grid = draw_blank(look, rng)
        place_many(grid, draw_thick, draw_integer(1, 3, rng), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        content = (grid != BACKGROUND).astype(np.uint8)
        edge = content & widen(np.pad(1 - content, 1, constant_values=1))[1:-1, 1:-1]
        return np.where(edge, self.mark, grid).astype(np.uint8) if content.any() else None


@dataclass(frozen=True)
class FillBelow(Concept):
    """Everything below an outline of mountains is filled with a colour."""

    fill: int
    sides = (7, 15)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        row = draw_integer(2, len(grid) - 3, rng)
        for column in range(grid.shape[1]):
            grid[row, column] = look.palette[0]
            row = min(max(row + draw_integer(-1, 1, rng), 1), len(grid) - 2)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        if ((grid != BACKGROUND).sum(axis=0) != 1).any():
            return None
        below = np.cumsum(grid != BACKGROUND, axis=0) > 0
        return np.where(below & (grid == BACKGROUND), self.fill, grid).astype(np.uint8)
