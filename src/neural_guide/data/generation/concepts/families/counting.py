"""Counting: objects, cells, holes and colours decide what is drawn."""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np

from neural_guide.arc.grid import BACKGROUND, Grid
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import Look, choose, draw_inks, draw_integer, draw_mask, draw_sprite
from neural_guide.data.generation.concepts.placing import place_many
from neural_guide.data.generation.concepts.regions import list_colours
from neural_guide.data.generation.concepts.shapes import parse_shape
from neural_guide.data.generation.procedural_grids import draw_blank, draw_blob
from neural_guide.dsl.cells import count_by_colour, find_commonest_colour, sort_colours
from neural_guide.dsl.objects import find_objects, find_single_colour_objects

HOLED = ("111 101 111", "11111 10101 11111", "1111 1001 1111", "1110 1011 1111 1101 0111", "1111111 1010101 1111111")
"""Shapes with 1, 2, 1, 2 and 3 holes."""


@dataclass(frozen=True)
class CountToBar(Concept):
    """The output is a row with as many cells as there are objects of one colour."""

    counted: int
    sides = (7, 14)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        place_many(grid, lambda: draw_mask(look, 3, rng) * np.uint8(self.counted), draw_integer(1, 6, rng), rng)
        place_many(grid, partial(draw_sprite, look, 3, rng), draw_integer(0, 4, rng), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        count = find_single_colour_objects(grid).main_colours.count(self.counted)
        return np.full((1, count), self.counted, dtype=np.uint8) if 1 <= count <= 9 else None


@dataclass(frozen=True)
class CountToSquare(Concept):
    """The output is a 3 x 3 square, filled cell by cell: one for each object, row by row."""

    fill: int
    sides = (7, 14)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        place_many(grid, partial(draw_sprite, look, 3, rng), draw_integer(1, 9, rng), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        count = len(find_objects(grid))
        if not 1 <= count <= 9:
            return None
        return np.where(np.arange(9).reshape(3, 3) < count, self.fill, BACKGROUND).astype(np.uint8)


@dataclass(frozen=True)
class CommonestColour(Concept):
    """The output is filled with the colour that most objects have."""

    side: int

    @classmethod
    def draw(cls, colours: list[int], rng: np.random.Generator) -> Self:
        return cls(draw_integer(1, 3, rng))

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        inks = draw_inks(3, rng)
        place_many(grid, lambda: draw_mask(look, 3, rng) * np.uint8(choose(inks, rng)), draw_integer(3, 9, rng), rng)
        result, commonest = self.apply(grid), find_commonest_colour(grid)
        return grid if result is not None and commonest == result[0, 0] else None  # by cells as well as by objects

    def apply(self, grid: Grid) -> Grid | None:
        counts = Counter(find_single_colour_objects(grid).main_colours).most_common(2)
        if len(counts) < 2 or counts[0][1] == counts[1][1]:
            return None
        return np.full((self.side, self.side), counts[0][0], dtype=np.uint8)


@dataclass(frozen=True)
class ColourByHoles(Concept):
    """Objects take a colour by the number of their holes: 1, 2 or 3."""

    colours: tuple[int, int, int]
    sides = (12, 18)

    @classmethod
    def draw(cls, colours: list[int], rng: np.random.Generator) -> Self:
        return cls((colours.pop(), colours.pop(), colours.pop()))

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        def draw_holed() -> Grid:
            sprite: Grid = parse_shape(choose(HOLED, rng)) * np.uint8(look.palette[0])
            return sprite.T if rng.random() < 0.5 else sprite

        grid = draw_blank(look, rng)
        return grid if len(place_many(grid, draw_holed, draw_integer(3, 5, rng), rng)) >= 2 else None

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        if any(not 1 <= count <= 3 for count in objects.hole_counts):
            return None
        return objects.paint([self.colours[count - 1] for count in objects.hole_counts])


@dataclass(frozen=True)
class ColourBySize(Concept):
    """Objects take a colour by their number of cells: 2, 3 or 4."""

    colours: tuple[int, int, int]

    @classmethod
    def draw(cls, colours: list[int], rng: np.random.Generator) -> Self:
        return cls((colours.pop(), colours.pop(), colours.pop()))

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        def draw_small() -> Grid:
            while not 2 <= (shape := draw_blob(4, rng)).sum() <= 4:
                pass
            return shape * np.uint8(look.palette[0])

        grid = draw_blank(look, rng)
        return grid if len(place_many(grid, draw_small, draw_integer(4, 9, rng), rng)) >= 3 else None

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        if any(not 2 <= box.area <= 4 for box in objects.boxes):
            return None
        return objects.paint([self.colours[box.area - 2] for box in objects.boxes])


@dataclass(frozen=True)
class Histogram(Concept):
    """The output has a bar for each colour, as long as its number of cells, the longest first."""

    sides = (4, 9)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        counts = rng.permutation(7)[: draw_integer(2, 4, rng)] + 1
        for colour, count in zip(draw_inks(4, rng), counts, strict=False):
            free = np.flatnonzero(grid == BACKGROUND)
            grid.flat[rng.permutation(free)[:count]] = colour
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        ranked, counts = sort_colours(grid), count_by_colour(grid)
        if not ranked or len(ranked) < 2 or counts[ranked[0]] > 12:
            return None
        result = np.zeros((len(ranked), counts[ranked[0]]), dtype=np.uint8)
        for row, colour in enumerate(ranked):
            result[row, : counts[colour]] = colour
        return result


@dataclass(frozen=True)
class GrowByCount(Concept):
    """The grid is enlarged by the number of its colours."""

    sides = (2, 5)
    cases = frozenset({"few", "many"})

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        inks = [BACKGROUND, *draw_inks(draw_integer(1, 4, rng), rng)]
        return rng.choice(np.array(inks, dtype=np.uint8), size=draw_blank(look, rng).shape)

    def apply(self, grid: Grid) -> Grid | None:
        count = len(list_colours(grid))
        if count < 1 or count * max(grid.shape) > 30:
            return None
        return np.repeat(np.repeat(grid, count, axis=0), count, axis=1)

    def list_cases(self, grid: Grid) -> frozenset[str]:
        return frozenset({"few" if len(list_colours(grid)) < 3 else "many"})
