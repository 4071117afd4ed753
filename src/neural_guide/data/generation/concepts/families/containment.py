"""Inside and outside: what a frame holds."""

from dataclasses import dataclass

import numpy as np

from neural_guide.arc.grid import BACKGROUND, Grid
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import Look, choose, draw_inks, draw_integer
from neural_guide.data.generation.concepts.placing import Region, place, place_many
from neural_guide.data.generation.concepts.regions import Frame, find_frames, list_colours
from neural_guide.data.generation.concepts.shapes import draw_solid_block, make_ring
from neural_guide.data.generation.procedural_grids import draw_blank


def draw_framed(look: Look, contents: list[int], outside: int, rng: np.random.Generator) -> Grid | None:
    """Draw frames with dots inside and around them; None where a frame finds no place.

    Args:
        look: look of the task; dots have its first colour, frames its last one.
        contents: number of dots in each frame.
        outside: greatest number of dots outside the frames.
        rng: random stream.
    """
    grid = draw_blank(look, rng)
    frame_colour, dot = look.palette[-1], np.full((1, 1), look.palette[0], dtype=np.uint8)
    for count in contents:
        height, width = (draw_integer(4 if count else 3, 7, rng) for _ in range(2))
        box = place(grid, make_ring(height, width) * np.uint8(frame_colour), rng)
        if box is None:
            return None
        interior = Region(box.top + 1, box.left + 1, box.bottom - 1, box.right - 1)
        if len(place_many(grid, lambda: dot, count, rng, margin=0, within=interior)) < count:
            return None
    place_many(grid, lambda: dot, draw_integer(min(1, outside), outside, rng), rng)
    return grid


def draw_counts(number: int, greatest: int, rng: np.random.Generator) -> list[int]:
    """Draw how many dots each of some frames holds, 0 to `greatest`."""
    return [draw_integer(0, greatest, rng) for _ in range(number)]


@dataclass(frozen=True)
class RecolourInside(Concept):
    """Dots inside a frame take a colour; dots outside stay."""

    mark: int
    sides = (11, 18)
    cases = frozenset({"inside", "outside"})

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        return draw_framed(look, draw_counts(draw_integer(1, 3, rng), 3, rng), 6, rng)

    def apply(self, grid: Grid) -> Grid | None:
        result = grid.copy()
        for frame in find_frames(grid):
            result[frame.interior][grid[frame.interior] != BACKGROUND] = self.mark
        return result

    def list_cases(self, grid: Grid) -> frozenset[str]:
        frames = find_frames(grid)
        rest = _blank_frames(grid, frames)
        inside = any(grid[frame.interior].any() for frame in frames)
        return frozenset({"inside"} if inside else set()) | frozenset({"outside"} if rest.any() else set())


@dataclass(frozen=True)
class RemoveOutside(Concept):
    """Only frames and what they hold stay; everything outside vanishes."""

    sides = (10, 18)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_framed(look, [1 + count for count in draw_counts(draw_integer(1, 3, rng), 3, rng)], 8, rng)
        if grid is not None:
            place_many(grid, lambda: draw_solid_block(3, rng) * np.uint8(choose(look.palette, rng)), 2, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        frames = find_frames(grid)
        return grid - _blank_frames(grid, frames) if frames else None


@dataclass(frozen=True)
class MarkFullFrames(Concept):
    """Frames that hold something take a colour; empty frames stay."""

    mark: int
    sides = (11, 18)
    cases = frozenset({"empty", "full"})

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        return draw_framed(look, [choose((0, 1, 2), rng) for _ in range(draw_integer(2, 4, rng))], 0, rng)

    def apply(self, grid: Grid) -> Grid | None:
        result = grid.copy()
        for frame in find_frames(grid):
            if grid[frame.interior].any():
                outline = result[frame.box.inside]
                outline[make_ring(*outline.shape) > 0] = self.mark
        return result

    def list_cases(self, grid: Grid) -> frozenset[str]:
        return frozenset("full" if grid[frame.interior].any() else "empty" for frame in find_frames(grid))


@dataclass(frozen=True)
class FillWithInnerColour(Concept):
    """A frame is filled with the colour of the dot that it holds; empty frames stay empty."""

    sides = (10, 18)
    cases = frozenset({"empty", "filled"})

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_framed(look, [choose((0, 1, 1), rng) for _ in range(draw_integer(2, 4, rng))], 0, rng)
        if grid is None:
            return None
        for frame in find_frames(grid):
            interior = grid[frame.interior]
            interior[interior != BACKGROUND] = draw_integer(1, 9, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        result = grid.copy()
        for frame in find_frames(grid):
            result[frame.interior] = grid[frame.interior].max()
        return result

    def list_cases(self, grid: Grid) -> frozenset[str]:
        return frozenset("filled" if grid[frame.interior].any() else "empty" for frame in find_frames(grid))


@dataclass(frozen=True)
class CropFullestFrame(Concept):
    """The output is the frame that holds the most dots."""

    sides = (12, 18)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        return draw_framed(look, draw_counts(draw_integer(2, 4, rng), 4, rng), 0, rng)

    def apply(self, grid: Grid) -> Grid | None:
        frames = find_frames(grid)
        counts = [int((grid[frame.interior] != BACKGROUND).sum()) for frame in frames]
        if len(frames) < 2 or counts.count(max(counts)) != 1:
            return None
        return grid[frames[counts.index(max(counts))].box.inside].copy()


@dataclass(frozen=True)
class SwapNested(Concept):
    """A frame and the solid block in it exchange their colours."""

    sides = (10, 17)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        for _ in range(draw_integer(1, 3, rng)):
            outer, inner = draw_inks(2, rng)
            height, width = draw_integer(3, 7, rng), draw_integer(3, 7, rng)
            sprite = make_ring(height, width) * np.uint8(outer)
            gap = 1 if min(height, width) < 5 or rng.random() < 0.5 else 2
            sprite[gap:-gap, gap:-gap] = inner
            place(grid, sprite, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        result = grid.copy()
        for frame in find_frames(grid):
            inks = list_colours(grid[frame.interior])
            if len(inks) != 1:
                return None
            part = grid[frame.box.inside]
            result[frame.box.inside] = np.where(part == frame.colour, inks[0], np.where(part > 0, frame.colour, part))
        return result


def _blank_frames(grid: Grid, frames: list[Frame]) -> Grid:
    """Return the grid with frames and their interiors blank."""
    rest = grid.copy()
    for frame in frames:
        rest[frame.box.inside] = BACKGROUND
    return rest
