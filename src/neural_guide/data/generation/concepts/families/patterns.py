"""Patterns over the whole grid: periodic or mirrored, with a hidden part or an end to continue."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import BACKGROUND, Grid
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import Look, draw_inks, draw_integer
from neural_guide.data.generation.concepts.placing import Region
from neural_guide.data.generation.concepts.regions import find_boxes
from neural_guide.data.generation.procedural_grids import draw_blank

LEAST_REPEATS = 2  # of a period that a rule may rely on


def draw_texture(colours: list[int], shape: tuple[int, int], rng: np.random.Generator) -> Grid:
    """Draw a grid of random cells in two or more of the colours."""
    return rng.choice(np.array(colours, dtype=np.uint8), size=shape)


def hide(grid: Grid, mask: int, rng: np.random.Generator) -> Region:
    """Cover a random rectangle with a colour, in place, and return it."""
    height, width = draw_integer(2, 5, rng), draw_integer(2, 5, rng)
    top, left = draw_integer(0, len(grid) - height, rng), draw_integer(0, grid.shape[1] - width, rng)
    region = Region(top, left, top + height, left + width)
    grid[region.inside] = mask
    return region


def find_period(line: npt.NDArray[np.int64], known: npt.NDArray[np.bool_]) -> int:
    """Find the smallest period of a sequence, at most half its length; 0 for none.

    Args:
        line: values, [position] or [position, ...].
        known: bool of the same shape; unknown values fit any period.
    """
    for period in range(1, len(line) // LEAST_REPEATS + 1):
        both = known[period:] & known[:-period]
        if both.any() and (line[period:] == line[:-period])[both].all():
            return period
    return 0


def restore(grid: Grid, hidden: npt.NDArray[np.bool_], period: int) -> Grid | None:
    """Fill hidden cells of a grid from the known ones, a period of rows apart; None where all of them are hidden."""
    result = grid.copy()
    for row, column in np.argwhere(hidden):
        known = np.flatnonzero(~hidden[row % period :: period, column])
        if not len(known):
            return None
        result[row, column] = grid[row % period + period * known[0], column]
    return result


@dataclass(frozen=True)
class RestorePeriodic(Concept):
    """A pattern repeats over the whole grid; the covered part is restored."""

    mask: int
    sides = (10, 18)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        shape = draw_blank(look, rng).shape
        tile = draw_texture(draw_inks(draw_integer(2, 4, rng), rng, (self.mask,)), (draw_integer(2, 4, rng),) * 2, rng)
        grid = np.tile(tile, (9, 9))[: shape[0], : shape[1]]
        expected = grid.copy()
        for _ in range(draw_integer(1, 2, rng)):
            hide(grid, self.mask, rng)
        result = self.apply(grid)
        return grid if result is not None and (result == expected).all() else None

    def apply(self, grid: Grid) -> Grid | None:
        hidden = grid == self.mask
        period = find_period(grid.astype(np.int64), ~hidden)
        return restore(grid, hidden, period) if period and hidden.any() else None


@dataclass(frozen=True)
class RestoreMirrored(Concept):
    """The grid is its own mirror image; the output is the covered part as it must be."""

    mask: int
    sides = (8, 16)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        rows, columns = draw_blank(look, rng).shape
        inks = draw_inks(draw_integer(3, 5, rng), rng, (self.mask,))
        quarter = draw_texture(inks, ((rows + 1) // 2, (columns + 1) // 2), rng)
        half = np.vstack([quarter, quarter[::-1][rows % 2 :]])
        grid = np.hstack([half, half[:, ::-1][:, columns % 2 :]])
        hide(grid, self.mask, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        box = find_boxes(grid).get(self.mask)
        if box is None or (grid[box.inside] != self.mask).any():
            return None
        result = grid.copy()
        for image in (grid[::-1], grid[:, ::-1], grid[::-1, ::-1]):
            both = (result != self.mask) & (image != self.mask)
            if (result[both] != image[both]).any():
                return None
            result = np.where(result == self.mask, image, result)
        part = result[box.inside]
        return None if (part == self.mask).any() else part.copy()


@dataclass(frozen=True)
class ContinuePattern(Concept):
    """A pattern of columns begins at one side and breaks off; it continues to the other side."""

    sides = (8, 16)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        rows, columns = draw_integer(2, 6, rng), draw_integer(*self.sides, rng)
        period = draw_integer(2, 3, rng)
        inks = draw_inks(3, rng)
        tile = draw_texture([BACKGROUND, *inks], (rows, period), rng)
        if not tile.any(axis=0).all() or find_period(tile.T.astype(np.int64), np.ones(tile.T.shape, dtype=bool)):
            return None
        grid = np.tile(tile, (1, 9))[:, :columns]
        grid[:, 2 * period + draw_integer(0, period, rng) :] = BACKGROUND
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        filled = np.flatnonzero(grid.any(axis=0))
        if not len(filled) or len(filled) != filled[-1] + 1 or len(filled) == grid.shape[1]:
            return None
        start = grid[:, : len(filled)]
        period = find_period(start.T.astype(np.int64), np.ones(start.T.shape, dtype=bool))
        if not period:
            return None
        return np.ascontiguousarray(np.tile(start[:, :period], (1, grid.shape[1]))[:, : grid.shape[1]])


@dataclass(frozen=True)
class ExtendChequers(Concept):
    """Two cells begin a chequerboard that fills the frame around them, or the whole grid."""

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        top, left = draw_integer(0, len(grid) - 2, rng), draw_integer(0, grid.shape[1] - 2, rng)
        inks = draw_inks(2, rng)
        grid[top : top + 2, left : left + 2] = [inks, inks[::-1]]
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        cells = np.argwhere(grid != BACKGROUND)
        if len(cells) != 4 or (np.ptp(cells, axis=0) != 1).any():
            return None
        top, left = (int(start) for start in cells.min(axis=0))
        tile = grid[top : top + 2, left : left + 2]
        if tile[0, 0] != tile[1, 1] or tile[0, 1] != tile[1, 0] or tile[0, 0] == tile[0, 1]:
            return None
        board = np.tile(tile, ((len(grid) + 3) // 2, (grid.shape[1] + 3) // 2))
        return np.ascontiguousarray(board[top % 2 :, left % 2 :][: len(grid), : grid.shape[1]])
