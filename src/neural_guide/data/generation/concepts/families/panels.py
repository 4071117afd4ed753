"""Panels: parts of a grid between lines, combined, compared or summed up."""

from dataclasses import dataclass
from itertools import product
from typing import Self

import numpy as np

from neural_guide.arc.grid import BACKGROUND, Grid, is_equal
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.families.copying import list_panels
from neural_guide.data.generation.concepts.look import Look, choose, draw_inks, draw_integer
from neural_guide.dsl.cells import find_commonest_colour

OPERATIONS = ("and", "or", "xor", "neither", "first alone")


def join_panels(panels: list[Grid], across: int, line: int) -> Grid:
    """Join panels of one shape, row by row, with lines of a colour between them."""
    rows, columns = panels[0].shape
    down = len(panels) // across
    grid = np.full((down * (rows + 1) - 1, across * (columns + 1) - 1), line, dtype=np.uint8)
    for panel, (row, column) in zip(panels, product(range(down), range(across)), strict=True):
        top, left = row * (rows + 1), column * (columns + 1)
        grid[top : top + rows, left : left + columns] = panel
    return grid


def cut_panels(grid: Grid, line: int) -> list[Grid]:
    """Cut a grid into the panels between lines of a colour; none where their shapes differ or there is just one."""
    panels = [grid[panel] for panel in list_panels(grid, line)]
    is_regular = len(panels) > 1 and len({panel.shape for panel in panels}) == 1
    return panels if is_regular and not any((panel == line).any() for panel in panels) else []


@dataclass(frozen=True)
class CombinePanels(Concept):
    """Two panels are combined cell by cell: both, either, just one, neither, or the first without the second."""

    line: int
    ink: int
    operation: str

    @classmethod
    def draw(cls, colours: list[int], rng: np.random.Generator) -> Self:
        return cls(colours.pop(), colours.pop(), choose(OPERATIONS, rng))

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        shape = draw_integer(3, 6, rng), draw_integer(3, 6, rng)
        inks = look.palette[0], look.palette[-1]
        panels = [((rng.random(shape) < 0.5) * ink).astype(np.uint8) for ink in inks]
        return join_panels(panels, 2, self.line)

    def apply(self, grid: Grid) -> Grid | None:
        panels = cut_panels(grid, self.line)
        if len(panels) != 2:
            return None
        first, second = (panel != BACKGROUND for panel in panels)
        result = {
            "and": first & second,
            "or": first | second,
            "xor": first ^ second,
            "neither": ~(first | second),
            "first alone": first & ~second,
        }[self.operation]
        return np.where(result, self.ink, BACKGROUND).astype(np.uint8)


@dataclass(frozen=True)
class CropOddPanel(Concept):
    """All panels are equal but one, which is the output."""

    line: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        shape, across, down = (draw_integer(2, 4, rng), draw_integer(2, 4, rng)), draw_integer(2, 3, rng), 2
        inks = np.array([BACKGROUND, *look.palette], dtype=np.uint8)
        common, odd = (rng.choice(inks, size=shape) for _ in range(2))
        panels = [common] * (across * down)
        panels[draw_integer(0, len(panels) - 1, rng)] = odd
        return join_panels(panels, across, self.line)

    def apply(self, grid: Grid) -> Grid | None:
        panels = cut_panels(grid, self.line)
        equals = [sum(is_equal(panel, other) for other in panels) for panel in panels]
        if len(panels) < 3 or sorted(equals) != [1, *[len(panels) - 1] * (len(panels) - 1)]:
            return None
        return panels[equals.index(1)].copy()


@dataclass(frozen=True)
class OverlayPanels(Concept):
    """Three panels are laid over each other: the first on top, the last at the bottom."""

    line: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        shape = draw_integer(3, 5, rng), draw_integer(3, 5, rng)
        inks = draw_inks(9, rng, (self.line,))
        panels = [((rng.random(shape) < 0.45) * ink).astype(np.uint8) for ink in inks[:3]]
        return join_panels(panels, 3, self.line)

    def apply(self, grid: Grid) -> Grid | None:
        panels = cut_panels(grid, self.line)
        if len(panels) != 3:
            return None
        first, second, third = panels
        return np.where(first != BACKGROUND, first, np.where(second != BACKGROUND, second, third))


@dataclass(frozen=True)
class SumUpPanels(Concept):
    """Every panel becomes one cell, in the colour that most of its cells have."""

    line: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        side, across, down = draw_integer(3, 4, rng), draw_integer(2, 4, rng), draw_integer(1, 3, rng)
        inks = draw_inks(9, rng, (self.line,))
        panels = []
        for _ in range(across * down):
            panel = np.zeros((side, side), dtype=np.uint8)
            cells = rng.permutation(side * side)[: draw_integer(3, side * side - 2, rng)]
            main, other = rng.permutation(inks)[:2]
            panel.flat[cells] = main
            panel.flat[cells[: draw_integer(0, (len(cells) - 1) // 2, rng)]] = other
            panels.append(panel)
        return join_panels(panels, across, self.line)

    def apply(self, grid: Grid) -> Grid | None:
        colours = [find_commonest_colour(panel) for panel in cut_panels(grid, self.line)]
        if not colours or None in colours:
            return None
        across = sum(rows == list_panels(grid, self.line)[0][0] for rows, _ in list_panels(grid, self.line))
        return np.array(colours, dtype=np.uint8).reshape(-1, across)


@dataclass(frozen=True)
class MarkFullestPanel(Concept):
    """The panel with the most dots is filled with their colour, the others become blank."""

    line: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        side, across, down = draw_integer(3, 4, rng), draw_integer(2, 3, rng), draw_integer(1, 3, rng)
        panels = []
        for _ in range(across * down):
            panel = np.zeros((side, side), dtype=np.uint8)
            panel.flat[rng.permutation(side * side)[: draw_integer(0, 5, rng)]] = look.palette[0]
            panels.append(panel)
        return join_panels(panels, across, self.line)

    def apply(self, grid: Grid) -> Grid | None:
        panels = cut_panels(grid, self.line)
        counts = [int((panel != BACKGROUND).sum()) for panel in panels]
        if not panels or counts.count(max(counts)) != 1:
            return None
        result = np.where(grid == self.line, grid, BACKGROUND)
        fullest = counts.index(max(counts))
        result[list_panels(grid, self.line)[fullest]] = panels[fullest].max()
        return result
