"""Top and bottom: blocks that stand on each other."""

from dataclasses import dataclass

import numpy as np

from neural_guide.arc.grid import BACKGROUND, Grid
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import Look, draw_inks, draw_integer
from neural_guide.data.generation.concepts.placing import Region, place
from neural_guide.data.generation.procedural_grids import draw_blank
from neural_guide.dsl.objects import find_objects


def draw_stacks(look: Look, rng: np.random.Generator) -> Grid | None:
    """Draw one or two stacks of two to four blocks in different colours, side by side."""
    grid = draw_blank(look, rng)
    rows, columns = grid.shape
    for band in np.array_split(np.arange(columns), draw_integer(1, 2, rng)):
        width = draw_integer(2, 5, rng)
        inks = draw_inks(draw_integer(2, 4, rng), rng)
        stack = np.repeat(np.array(inks, dtype=np.uint8), rng.integers(1, 3, size=len(inks)))
        if len(stack) > rows or width > len(band):
            return None
        sprite = np.repeat(stack[:, None], width, axis=1)
        if place(grid, sprite, rng, within=Region(0, int(band[0]), rows, int(band[-1]) + 1)) is None:
            return None
    return grid


def list_stacks(grid: Grid) -> list[Grid]:
    """List the stacks of a grid as views of it; none where an object is no stack of two blocks or more."""
    objects = find_objects(grid)
    stacks = [grid[top : top + height, left : left + width] for left, top, width, height, _ in objects.boxes]
    is_stack = all((stack == stack[:, :1]).all() and stack.all() and len(np.unique(stack)) > 1 for stack in stacks)
    return stacks if is_stack else []


@dataclass(frozen=True)
class RemoveTopBlock(Concept):
    """The topmost block of every stack vanishes."""

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        return draw_stacks(look, rng)

    def apply(self, grid: Grid) -> Grid | None:
        result = grid.copy()
        for stack in list_stacks(result):
            stack[: int((stack[:, 0] != stack[0, 0]).argmax())] = BACKGROUND
        return result


@dataclass(frozen=True)
class TurnStacksOver(Concept):
    """Every stack is turned over: the block at the bottom comes to the top."""

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        return draw_stacks(look, rng)

    def apply(self, grid: Grid) -> Grid | None:
        result = grid.copy()
        for stack in list_stacks(result):
            stack[:] = stack[::-1].copy()
        return result
