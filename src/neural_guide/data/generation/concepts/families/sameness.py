"""Same and different: objects compared with a sample, with each other, or cell by cell."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from neural_guide.arc.grid import BACKGROUND, Grid
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import Look, choose, draw_inks, draw_integer
from neural_guide.data.generation.concepts.placing import Region, place
from neural_guide.data.generation.concepts.regions import find_frames
from neural_guide.data.generation.concepts.shapes import draw_letter, make_ring
from neural_guide.data.generation.procedural_grids import draw_blank, draw_blob
from neural_guide.dsl.objects import find_objects


@dataclass(frozen=True)
class KeepLikeSample(Concept):
    """A frame holds a sample; objects of its shape stay, all others vanish."""

    frame: int
    sides = (12, 19)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        shapes = [draw_blob(3, rng) for _ in range(3)]
        grid = draw_blank(look, rng)
        box = place(grid, make_ring(*(side + 4 for side in shapes[0].shape)) * np.uint8(self.frame), rng)
        if box is None or min(shape.sum() for shape in shapes) < 2:
            return None
        top, left = box.top + 2, box.left + 2
        grid[top : top + shapes[0].shape[0], left : left + shapes[0].shape[1]] = shapes[0] * choose(look.palette, rng)
        for _ in range(draw_integer(3, 7, rng)):
            place(grid, choose(shapes, rng) * np.uint8(choose(look.palette, rng)), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        frames = [frame for frame in find_frames(grid) if frame.colour == self.frame]
        if len(frames) != 1:
            return None
        rest = grid.copy()
        rest[frames[0].box.inside] = BACKGROUND
        samples, objects = find_objects(grid[frames[0].interior].copy()), find_objects(rest)
        if len(samples) != 1:
            return None
        kept = objects.keep([key == samples.shape_keys[0] for key in objects.shape_keys])
        return None if kept is None else kept + grid - rest


@dataclass(frozen=True)
class MarkOdd(Concept):
    """All objects are alike in shape but one, which takes a colour."""

    mark: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        shapes = [draw_letter(3, rng), draw_letter(3, rng)]
        grid = draw_blank(look, rng)
        for shape in [shapes[0], *[shapes[1]] * draw_integer(2, 5, rng)]:
            if place(grid, shape * np.uint8(look.palette[0]), rng) is None:
                return None
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        counts = Counter(objects.shape_keys)
        if len(objects) < 3 or len(counts) != 2 or 1 not in counts.values():
            return None
        odd = [counts[key] == 1 for key in objects.shape_keys]
        colours = [self.mark if is_odd else colour for is_odd, colour in zip(odd, objects.main_colours, strict=True)]
        return objects.paint(colours)


@dataclass(frozen=True)
class AreTheySame(Concept):
    """Two panels beside a line: the output is one cell, in one colour if they are equal and in another if not."""

    line: int
    equal: int
    different: int

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        rows, columns = draw_integer(2, 5, rng), draw_integer(2, 5, rng)
        left = rng.choice(np.array([BACKGROUND, look.palette[0]], dtype=np.uint8), size=(rows, columns))
        right = left.copy()
        if rng.random() < 0.5:
            cells = rng.permutation(left.size)[: draw_integer(1, 3, rng)]
            right.flat[cells] = look.palette[0] - right.flat[cells]
        return np.hstack([left, np.full((rows, 1), self.line, dtype=np.uint8), right])

    def apply(self, grid: Grid) -> Grid | None:
        middle = grid.shape[1] // 2
        if grid.shape[1] % 2 == 0 or grid.shape[1] < 3 or (grid[:, middle] != self.line).any():
            return None
        same = (grid[:, :middle] == grid[:, middle + 1 :]).all()
        return np.full((1, 1), self.equal if same else self.different, dtype=np.uint8)


@dataclass(frozen=True)
class KeepTwins(Concept):
    """Objects that occur twice in the same shape stay; objects without a twin vanish."""

    sides = (11, 18)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        for copies in (2, choose((1, 2), rng), 1):
            shape = draw_blob(4, rng)
            if shape.sum() < 3:
                return None
            for _ in range(copies):
                place(grid, shape * np.uint8(choose(look.palette, rng)), rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        counts = Counter(objects.shape_keys)
        if max(counts.values(), default=0) > 2:
            return None
        return objects.keep([counts[key] == 2 for key in objects.shape_keys])


@dataclass(frozen=True)
class MarkUniformRows(Concept):
    """Rows of a single colour turn into one colour, all other rows become blank."""

    mark: int
    sides = (3, 8)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        inks = draw_inks(4, rng)
        grid = rng.choice(np.array(inks, dtype=np.uint8), size=draw_blank(look, rng).shape)
        for row in rng.permutation(len(grid))[: draw_integer(1, len(grid) - 1, rng)]:
            grid[row] = choose(inks, rng)
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        if (grid == BACKGROUND).any() or grid.shape[1] < 2:
            return None
        uniform = (grid == grid[:, :1]).all(axis=1)
        return np.where(np.broadcast_to(uniform[:, None], grid.shape), self.mark, BACKGROUND).astype(np.uint8)


@dataclass(frozen=True)
class FitPieces(Concept):
    """Each coloured piece has a neutral copy elsewhere; the copy takes its colour."""

    neutral: int
    sides = (11, 18)

    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        grid = draw_blank(look, rng)
        rows, columns = grid.shape
        left, right = Region(0, 0, rows, columns // 2), Region(0, columns // 2, rows, columns)
        for colour in draw_inks(draw_integer(2, 3, rng), rng, (self.neutral,)):
            shape = draw_blob(4, rng)
            if shape.sum() < 3:
                return None
            if place(grid, shape * np.uint8(colour), rng, within=left) is None:
                return None
            if place(grid, shape * np.uint8(self.neutral), rng, within=right) is None:
                return None
        return grid

    def apply(self, grid: Grid) -> Grid | None:
        objects = find_objects(grid)
        entries = list(zip(objects.shape_keys, objects.main_colours, strict=True))
        pieces = {key: colour for key, colour in entries if colour != self.neutral}
        n_pieces = sum(colour != self.neutral for _, colour in entries)
        if len(pieces) != n_pieces or max(objects.colour_counts, default=2) > 1:
            return None
        if any(key not in pieces for key in objects.shape_keys):
            return None
        return objects.paint([pieces[key] for key in objects.shape_keys])
