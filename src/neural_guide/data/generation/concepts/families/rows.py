"""Rows: grids of a single row, in which blocks are moved, filled, mirrored, cleaned and counted."""

from abc import abstractmethod
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import BACKGROUND, Grid
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import Look, choose, draw_integer
from neural_guide.data.generation.concepts.placing import place

Line = npt.NDArray[np.uint8]


class Run(NamedTuple):
    """A maximal block of equal content cells of a line.

    Attributes:
        start: its first cell.
        stop: the cell after its last one.
        colour: its colour.
    """

    start: int
    stop: int
    colour: int

    @property
    def length(self) -> int:
        """Its number of cells."""
        return self.stop - self.start


def find_runs(line: Line) -> list[Run]:
    """Find the blocks of a line, from left to right."""
    starts = [0, *(1 + np.flatnonzero(np.diff(line.astype(int)))).tolist(), len(line)]
    runs = [Run(start, stop, int(line[start])) for start, stop in pairwise(starts)]
    return [run for run in runs if run.colour != BACKGROUND]


@dataclass(frozen=True)
class RowConcept(Concept):
    """A concept of one row. Subclasses have `draw_blocks` and `change` instead of `draw_input` and `apply`."""

    sides: ClassVar[tuple[int, int]] = (10, 24)
    symmetries: ClassVar[tuple[int, ...]] = (0, 4)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = np.zeros((1, draw_integer(*look.columns, rng)), dtype=np.uint8)
        return grid if self.draw_blocks(grid, look, rng) else None

    def apply(self, grid: Grid) -> Grid | None:
        if len(grid) != 1:
            return None
        line = grid[0].copy()
        changed = self.change(line)
        return None if changed is None or not len(changed) else changed[None, :].copy()

    @abstractmethod
    def draw_blocks(self, grid: Grid, look: Look, rng: np.random.Generator) -> bool:
        """Paint the blocks of an input, in place; false: they do not fit."""

    @abstractmethod
    def change(self, line: Line) -> Line | None:
        """Return the output of a line, which is a copy that may be changed; None as for `apply`."""


def make_block(length: int, colour: int) -> Grid:
    """Make a sprite of one row in one colour."""
    return np.full((1, length), colour, dtype=np.uint8)


@dataclass(frozen=True)
class RowLeap(RowConcept):
    """The block moves to the right by its own length."""

    def draw_blocks(self, grid: Grid, look: Look, rng: np.random.Generator) -> bool:
        return place(grid, make_block(draw_integer(1, 7, rng), choose(look.palette, rng)), rng) is not None

    def change(self, line: Line) -> Line | None:
        runs = find_runs(line)
        if len(runs) != 1 or runs[0].stop + runs[0].length > len(line):
            return None
        return np.roll(line, runs[0].length)


@dataclass(frozen=True)
class RowFill(RowConcept):
    """The gap between two equal dots is filled with their colour."""

    def draw_blocks(self, grid: Grid, look: Look, rng: np.random.Generator) -> bool:
        for _ in range(draw_integer(1, 2, rng)):
            ends = np.zeros((1, draw_integer(3, 9, rng)), dtype=np.uint8)
            ends[0, [0, -1]] = choose(look.palette, rng)
            place(grid, ends, rng)
        return True

    def change(self, line: Line) -> Line | None:
        places = np.flatnonzero(line).tolist()
        if len(places) % 2 or any(line[low] != line[high] for low, high in zip(places[::2], places[1::2], strict=True)):
            return None
        for low, high in zip(places[::2], places[1::2], strict=True):
            line[low:high] = line[low]
        return line


@dataclass(frozen=True)
class RowMirror(RowConcept):
    """What lies left of the pivot is mirrored to its right."""

    pivot: int

    def draw_blocks(self, grid: Grid, look: Look, rng: np.random.Generator) -> bool:
        middle = grid.shape[1] // 2
        length = draw_integer(2, middle - 1, rng)
        block = rng.choice(np.array([BACKGROUND, *look.palette, *look.palette], dtype=np.uint8), size=length)
        grid[0, middle - length : middle] = block
        grid[0, middle] = self.pivot
        return bool(block.any())

    def change(self, line: Line) -> Line | None:
        pivots = np.flatnonzero(line == self.pivot)
        if len(pivots) != 1 or line[pivots[0] + 1 :].any():
            return None
        left, room = line[: pivots[0]][::-1], len(line) - pivots[0] - 1
        if left[room:].any():
            return None
        line[pivots[0] + 1 :][: len(left)] = left[:room]
        return line


@dataclass(frozen=True)
class RowSort(RowConcept):
    """Blocks one cell apart are sorted by length, the shortest first."""

    def draw_blocks(self, grid: Grid, look: Look, rng: np.random.Generator) -> bool:
        start = 0
        for length in (rng.permutation(7)[: draw_integer(3, 5, rng)] + 1).tolist():
            if start + length > grid.shape[1]:
                return False
            grid[0, start : start + length] = choose(look.palette, rng)
            start += length + 1
        return True

    def change(self, line: Line) -> Line | None:
        runs = sorted(find_runs(line), key=lambda run: run.length)
        if len({run.length for run in runs}) < len(runs) or sum(run.length + 1 for run in runs) - 1 > len(line):
            return None
        result, start = np.zeros_like(line), 0
        for run in runs:
            result[start : start + run.length] = run.colour
            start += run.length + 1
        return result


@dataclass(frozen=True)
class RowHollow(RowConcept):
    """Only the two ends of each block stay."""

    def draw_blocks(self, grid: Grid, look: Look, rng: np.random.Generator) -> bool:
        for _ in range(draw_integer(1, 3, rng)):
            place(grid, make_block(draw_integer(3, 8, rng), choose(look.palette, rng)), rng)
        return True

    def change(self, line: Line) -> Line | None:
        for run in find_runs(line):
            line[run.start + 1 : run.stop - 1] = BACKGROUND
        return line


@dataclass(frozen=True)
class RowMoveToMarker(RowConcept):
    """The block moves to the right until it touches the marker."""

    marker: int

    def draw_blocks(self, grid: Grid, look: Look, rng: np.random.Generator) -> bool:
        position = draw_integer(6, grid.shape[1] - 1, rng)
        grid[0, position] = self.marker
        block = make_block(draw_integer(1, 5, rng), choose(look.palette, rng))
        return place(grid[:, : position + 1], block, rng) is not None

    def change(self, line: Line) -> Line | None:
        runs = find_runs(line)
        if len(runs) != 2 or runs[1].colour != self.marker or runs[0].colour == self.marker:
            return None
        line[: runs[1].start] = BACKGROUND
        line[runs[1].start - runs[0].length : runs[1].start] = runs[0].colour
        return line


@dataclass(frozen=True)
class RowExtendToMarker(RowConcept):
    """The block grows to the right until it meets the marker."""

    marker: int

    def draw_blocks(self, grid: Grid, look: Look, rng: np.random.Generator) -> bool:
        position = draw_integer(6, grid.shape[1] - 1, rng)
        grid[0, position] = self.marker
        block = make_block(draw_integer(1, 4, rng), choose(look.palette, rng))
        return place(grid[:, : position + 1], block, rng) is not None

    def change(self, line: Line) -> Line | None:
        runs = find_runs(line)
        if len(runs) != 2 or runs[1].colour != self.marker or runs[0].colour == self.marker:
            return None
        line[runs[0].start : runs[1].start] = runs[0].colour
        return line


@dataclass(frozen=True)
class RowColourByLength(RowConcept):
    """Blocks of an odd number of cells take one colour, blocks of an even number another."""

    odd: int
    even: int

    def draw_blocks(self, grid: Grid, look: Look, rng: np.random.Generator) -> bool:
        for _ in range(draw_integer(2, 4, rng)):
            place(grid, make_block(draw_integer(1, 6, rng), look.palette[0]), rng)
        return True

    def change(self, line: Line) -> Line | None:
        for run in find_runs(line):
            line[run.start : run.stop] = self.odd if run.length % 2 else self.even
        return line


@dataclass(frozen=True)
class RowKeepLongest(RowConcept):
    """Only the longest block stays."""

    def draw_blocks(self, grid: Grid, look: Look, rng: np.random.Generator) -> bool:
        for length in rng.permutation(7)[: draw_integer(2, 4, rng)].tolist():
            place(grid, make_block(length + 1, choose(look.palette, rng)), rng)
        return True

    def change(self, line: Line) -> Line | None:
        runs = find_runs(line)
        longest = [run for run in runs if run.length == max(run.length for run in runs)]
        if len(longest) != 1 or len(runs) < 2:
            return None
        result = np.zeros_like(line)
        result[longest[0].start : longest[0].stop] = longest[0].colour
        return result


@dataclass(frozen=True)
class RowFlipHead(RowConcept):
    """A block has a head of another colour at one end; the head changes to the other end."""

    head: int

    def draw_blocks(self, grid: Grid, look: Look, rng: np.random.Generator) -> bool:
        for _ in range(draw_integer(1, 2, rng)):
            block = make_block(draw_integer(3, 7, rng), choose(look.palette, rng))
            block[0, choose((0, -1), rng)] = self.head
            place(grid, block, rng)
        return True

    def change(self, line: Line) -> Line | None:
        content = np.concatenate([[0], line != BACKGROUND, [0]]).astype(int)
        edges = np.flatnonzero(np.diff(content)).tolist()
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            if (line[start:stop] == self.head).sum() != 1:
                return None
            line[start:stop] = line[start:stop][::-1].copy()
        return line


@dataclass(frozen=True)
class RowCopyToDots(RowConcept):
    """The first block is copied over every single dot, beginning at the dot."""

    dot: int

    def draw_blocks(self, grid: Grid, look: Look, rng: np.random.Generator) -> bool:
        inks = np.array(look.palette, dtype=np.uint8)
        block = rng.choice(inks, size=draw_integer(2, 4, rng))
        grid[0, : len(block)] = block
        start = len(block) + draw_integer(1, 3, rng)
        while start + len(block) < grid.shape[1] - 1:
            grid[0, start] = self.dot
            start += len(block) + draw_integer(1, 6, rng)
        return bool((grid == self.dot).any())

    def change(self, line: Line) -> Line | None:
        blank = np.flatnonzero(line == BACKGROUND)
        length = int(blank[0]) if len(blank) else 0
        dots = np.flatnonzero(line == self.dot).tolist()
        if length < 2 or (line[length:] != BACKGROUND).sum() != len(dots) or not dots or dots[0] < length:
            return None
        for start in dots:
            if line[start + 1 : start + length].any() or start + length > len(line):
                return None
            line[start : start + length] = line[:length]
        return line


@dataclass(frozen=True)
class RowTally(RowConcept):
    """The output is a bar at the left end, with as many cells as there are dots in the row."""

    bar: int

    def draw_blocks(self, grid: Grid, look: Look, rng: np.random.Generator) -> bool:
        for _ in range(draw_integer(2, 7, rng)):
            place(grid, make_block(1, choose(look.palette, rng)), rng)
        return True

    def change(self, line: Line) -> Line | None:
        if not line.any() or any(run.length > 1 for run in find_runs(line)):
            return None
        return np.where(np.arange(len(line)) < (line != BACKGROUND).sum(), self.bar, BACKGROUND).astype(np.uint8)
