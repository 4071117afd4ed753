"""In front and behind: rectangles that overlap, one hiding a part of the other."""

from dataclasses import dataclass

import numpy as np

from neural_guide.arc.grid import BACKGROUND, Grid
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import Look, draw_inks, draw_integer
from neural_guide.data.generation.concepts.placing import Region, paint, place
from neural_guide.data.generation.concepts.regions import find_boxes
from neural_guide.data.generation.procedural_grids import draw_blank


def draw_overlapping(look: Look, pairs: int, rng: np.random.Generator) -> Grid | None:
    """Draw pairs of rectangles, one in front of the other, every rectangle in a colour of its own."""
    grid = draw_blank(look, rng)
    colours = draw_inks(9, rng)
    for number in range(pairs):
        both = np.zeros((draw_integer(5, 7, rng), draw_integer(5, 7, rng)), dtype=np.uint8)
        for colour in colours[2 * number : 2 * number + 2]:
            height, width = draw_integer(2, len(both) - 1, rng), draw_integer(2, both.shape[1] - 1, rng)
            block = np.full((height, width), colour, dtype=np.uint8)
            paint(both, block, draw_integer(0, len(both) - height, rng), draw_integer(0, both.shape[1] - width, rng))
        if place(grid, both, rng) is None:
            return None
    return grid if len(find_hidden(grid)) == pairs else None


def find_hidden(grid: Grid) -> dict[int, Region]:
    """Find the boxes of the colours that are partly hidden; none where cells are missing for another reason."""
    hidden = {}
    for colour, box in find_boxes(grid).items():
        others = grid[box.inside] != colour
        if others.any():
            if (grid[box.inside] == BACKGROUND).any() or others.mean() > 0.6:
                return {}
            hidden[colour] = box
    return hidden


@dataclass(frozen=True)
class BringToFront(Concept):
    """Of two overlapping rectangles, the one behind comes to the front."""

    sides = (9, 16)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        return draw_overlapping(look, draw_integer(1, 2, rng), rng)

    def apply(self, grid: Grid) -> Grid | None:
        result = grid.copy()
        for colour, box in find_hidden(grid).items():
            result[box.inside] = colour
        return result


@dataclass(frozen=True)
class RemoveFront(Concept):
    """Of two overlapping rectangles, the one in front vanishes, and the one behind is seen whole."""

    sides = (9, 16)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        return draw_overlapping(look, draw_integer(1, 2, rng), rng)

    def apply(self, grid: Grid) -> Grid | None:
        result = np.zeros_like(grid)
        for colour, box in find_hidden(grid).items():
            result[box.inside] = colour
        return result if result.any() else None


@dataclass(frozen=True)
class ColourOfFront(Concept):
    """The output is a small square in the colour of the bar that crosses in front of the others."""

    sides = (9, 15)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        rows, columns = grid.shape
        colours = draw_inks(draw_integer(2, 4, rng), rng)
        level = list(range(1, rows - 1, 3))
        upright = list(range(1, columns - 1, 3))
        for colour in colours[:-1]:
            flat = rng.random() < 0.5
            lines = level if flat else upright
            if not lines:
                return None
            start = lines.pop(int(rng.integers(len(lines))))
            (grid if flat else grid.T)[start : start + 2] = colour
        turned = grid if rng.random() < 0.5 else grid.T
        turned[draw_integer(1, len(turned) - 2, rng)] = colours[-1]
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        whole = [colour for colour, box in find_boxes(grid).items() if (grid[box.inside] == colour).all()]
        return np.full((2, 2), whole[0], dtype=np.uint8) if len(whole) == 1 else None
