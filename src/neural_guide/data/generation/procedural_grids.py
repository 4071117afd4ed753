"""Procedural input grids in families: objects, lines, noise, symmetry, separators and others.

A *family* fixes the common properties of the grids of one task (sides, palette, density) and returns a *grid sampler*.
Each call of the sampler draws one grid, so the inputs of a task look alike and differ in content.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neural_guide.arc.grid import BACKGROUND, COLOURS, Grid

GridSampler = Callable[[np.random.Generator], Grid]
"""Function that draws one grid of a family, a new one at every call."""

LARGEST_SIDE = 20  # cells, before separators; longer sides come from ARC grids, and would slow the enumeration down


@dataclass(frozen=True)
class Style:
    """Common properties of the grids of one task.

    Attributes:
        rows: least and greatest number of rows, cells.
        columns: least and greatest number of columns, cells.
        palette: colours besides the background, 1 to 9, in random order.
        crowding: fullness of the grid, 0 (almost empty) to 1 (packed).
    """

    rows: tuple[int, int]
    columns: tuple[int, int]
    palette: tuple[int, ...]
    crowding: float


def draw_style(rng: np.random.Generator) -> Style:
    """Draw a style: sides around a log-normal middle as in ARC, one to five colours, any crowding."""
    middle = rng.lognormal(mean=2.3, sigma=0.4, size=2)
    if rng.random() < 0.5:
        middle[1] = middle[0]
    slack = int(rng.integers(0, 3))
    low = np.clip(middle.astype(int) - slack, 3, LARGEST_SIDE)
    high = np.clip(middle.astype(int) + slack, 3, LARGEST_SIDE)
    count = int(rng.choice(5, p=(0.15, 0.25, 0.25, 0.2, 0.15))) + 1
    palette = tuple(int(colour) for colour in rng.permutation(np.arange(1, COLOURS))[:count])
    rows, columns = (int(low[0]), int(high[0])), (int(low[1]), int(high[1]))
    return Style(rows, columns, palette, float(rng.random()))


def draw_blank(style: Style, rng: np.random.Generator) -> Grid:
    """Draw a grid of background only, with sides from the style."""
    rows = int(rng.integers(style.rows[0], style.rows[1] + 1))
    columns = int(rng.integers(style.columns[0], style.columns[1] + 1))
    return np.full((rows, columns), BACKGROUND, dtype=np.uint8)


def draw_colour(style: Style, rng: np.random.Generator) -> int:
    """Draw one colour of the palette."""
    return style.palette[int(rng.integers(len(style.palette)))]


def draw_rectangle(limit: int, rng: np.random.Generator) -> Grid:
    """Draw a filled rectangle of ones, sides 1 to `limit`."""
    height, width = (int(side) for side in rng.integers(1, limit + 1, size=2))
    return np.ones((height, width), dtype=np.uint8)


def draw_ring(limit: int, rng: np.random.Generator) -> Grid:
    """Draw a hollow rectangle of ones, sides 3 to `limit` (at least 3), sometimes with a gap in its wall."""
    height, width = (int(side) for side in rng.integers(3, max(limit, 3) + 1, size=2))
    shape = np.ones((height, width), dtype=np.uint8)
    shape[1:-1, 1:-1] = 0
    if rng.random() < 0.25:
        shape[0, 1 + int(rng.integers(width - 2))] = 0
    return shape


def draw_blob(limit: int, rng: np.random.Generator) -> Grid:
    """Draw a connected shape of ones in a box with sides of at most `limit`: the trace of a random walk."""
    side = max(limit, 2)
    shape = np.zeros((side, side), dtype=np.uint8)
    row = column = side // 2
    for move in rng.integers(0, 4, size=int(rng.integers(side, 3 * side + 1))):
        shape[row, column] = 1
        row = min(max(row + (0, 1, 0, -1)[move], 0), side - 1)
        column = min(max(column + (1, 0, -1, 0)[move], 0), side - 1)
    rows, columns = np.flatnonzero(shape.any(axis=1)), np.flatnonzero(shape.any(axis=0))
    return shape[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def stamp(grid: Grid, shape: Grid, paint: int, rng: np.random.Generator) -> None:
    """Paint the ones of `shape` at a random place inside the grid, in place; skip a shape that is too large."""
    free_rows, free_columns = grid.shape[0] - shape.shape[0], grid.shape[1] - shape.shape[1]
    if free_rows < 0 or free_columns < 0:
        return
    row, column = int(rng.integers(free_rows + 1)), int(rng.integers(free_columns + 1))
    grid[row : row + shape.shape[0], column : column + shape.shape[1]][shape > 0] = paint


def sprinkle(grid: Grid, style: Style, density: float, rng: np.random.Generator) -> None:
    """Paint single cells in palette colours, in place; `density` is the share of cells to paint, [0, 1]."""
    mask = rng.random(grid.shape) < density
    grid[mask] = rng.choice(np.array(style.palette, dtype=np.uint8), size=int(mask.sum()))


def build_objects(style: Style, rng: np.random.Generator) -> GridSampler:
    """Build a sampler of separate shapes on background: rectangles, rings or blobs, or a mix of them."""
    shapes = (draw_rectangle, draw_ring, draw_blob)
    kinds = shapes if rng.random() < 0.4 else (shapes[int(rng.integers(3))],)
    noisy = rng.random() < 0.25

    def draw(rng: np.random.Generator) -> Grid:
        grid = draw_blank(style, rng)
        limit = max(2, min(grid.shape) // 2)
        for _ in range(2 + int(rng.integers(1 + round(7 * style.crowding)))):
            stamp(grid, kinds[int(rng.integers(len(kinds)))](limit, rng), draw_colour(style, rng), rng)
        if noisy:
            sprinkle(grid, style, 0.05, rng)
        return grid

    return draw


def build_boxes(style: Style, rng: np.random.Generator) -> GridSampler:
    """Build a sampler of closed outlines, some with marks inside: holes to fill, content to crop."""
    marked = rng.random() < 0.5

    def draw(rng: np.random.Generator) -> Grid:
        grid = draw_blank(style, rng)
        limit = max(3, min(grid.shape) * 2 // 3)
        for _ in range(1 + int(rng.integers(3))):
            stamp(grid, draw_ring(limit, rng), draw_colour(style, rng), rng)
        if marked:
            sprinkle(grid, style, 0.04, rng)
        return grid

    return draw


def build_lines(style: Style, rng: np.random.Generator) -> GridSampler:
    """Build a sampler of full or broken lines along rows and columns."""
    share = 0.5 + 0.5 * float(rng.random())  # share of a line's cells to paint

    def draw(rng: np.random.Generator) -> Grid:
        grid = draw_blank(style, rng)
        for _ in range(2 + int(rng.integers(1 + round(5 * style.crowding)))):
            turned = grid.T if rng.random() < 0.5 else grid
            line = turned[int(rng.integers(turned.shape[0]))]
            line[rng.random(line.size) < share] = draw_colour(style, rng)
        return grid

    return draw


def build_dots(style: Style, rng: np.random.Generator) -> GridSampler:
    """Build a sampler of cells of one colour that face each other along a row or a column: ends of lines to draw."""
    stray = 0.04 * float(rng.random())

    def draw(rng: np.random.Generator) -> Grid:
        grid = draw_blank(style, rng)
        sprinkle(grid, style, stray, rng)
        for _ in range(2 + int(rng.integers(1 + round(6 * style.crowding)))):
            turned = grid.T if rng.random() < 0.5 else grid
            ends = rng.integers(turned.shape[1], size=2)
            turned[int(rng.integers(turned.shape[0])), ends] = draw_colour(style, rng)
        return grid

    return draw


def build_noise(style: Style, rng: np.random.Generator) -> GridSampler:
    """Build a sampler of independent random cells."""
    density = 0.15 + 0.7 * style.crowding * float(rng.uniform(0.8, 1.0))

    def draw(rng: np.random.Generator) -> Grid:
        grid = draw_blank(style, rng)
        sprinkle(grid, style, density, rng)
        return grid

    return draw


def build_symmetric(style: Style, rng: np.random.Generator) -> GridSampler:
    """Build a sampler of grids of another family completed by their mirror images, sometimes with a spoilt patch."""
    draw_inner = (build_objects, build_noise, build_lines)[int(rng.integers(3))](style, rng)
    both, spoilt = rng.random() < 0.5, rng.random() < 0.7

    def draw(rng: np.random.Generator) -> Grid:
        grid = draw_inner(rng)
        quarter = grid[: -(-grid.shape[0] // 2), : -(-grid.shape[1] // 2)]
        half = np.hstack([quarter, quarter[:, ::-1]])
        grid = np.vstack([half, half[::-1]]) if both else half
        if spoilt:
            stamp(grid, draw_rectangle(2, rng), draw_colour(style, rng), rng)
        return grid

    return draw


def build_panels(style: Style, rng: np.random.Generator) -> GridSampler:
    """Build a sampler of two to four panels of one size, side by side or stacked, mostly with separators."""
    count = 2 if rng.random() < 0.75 else int(rng.integers(3, 5))
    stacked, separated = rng.random() < 0.4, rng.random() < 0.65
    wall = int(rng.integers(1, COLOURS))
    density = 0.25 + 0.45 * style.crowding
    one_colour_each = rng.random() < 0.5

    def draw(rng: np.random.Generator) -> Grid:
        rows, columns = (max(2, side * (3 if count == 2 else 2) // 5) for side in draw_blank(style, rng).shape)
        columns = min(columns, LARGEST_SIDE // count)
        pieces: list[Grid] = []
        for number in range(count):
            panel = np.zeros((rows, columns), dtype=np.uint8)
            sprinkle(panel, style, density, rng)
            if one_colour_each:
                panel[panel > 0] = style.palette[number % len(style.palette)]
            pieces.append(panel)
            if separated and number < count - 1:
                pieces.append(np.full((rows, 1), wall, dtype=np.uint8))
        grid = np.hstack(pieces)
        return np.ascontiguousarray(grid.T) if stacked else grid

    return draw


def build_stretched(style: Style, rng: np.random.Generator) -> GridSampler:
    """Build a sampler of grids with repeated rows and columns: duplicate and uniform lines to drop."""
    draw_inner = (build_noise, build_objects, build_lines)[int(rng.integers(3))](style, rng)

    def draw(rng: np.random.Generator) -> Grid:
        grid = draw_inner(rng)
        grid = grid[: max(2, grid.shape[0] * 2 // 3), : max(2, grid.shape[1] * 2 // 3)]
        grid = np.repeat(grid, rng.integers(1, 4, size=grid.shape[0]), axis=0)[:LARGEST_SIDE]
        return np.repeat(grid, rng.integers(1, 4, size=grid.shape[1]), axis=1)[:, :LARGEST_SIDE]

    return draw


def build_tiled(style: Style, rng: np.random.Generator) -> GridSampler:
    """Build a sampler of one small random tile repeated over the whole grid, with a spoilt patch."""
    tile_rows, tile_columns = (int(side) for side in rng.integers(2, 5, size=2))

    def draw(rng: np.random.Generator) -> Grid:
        tile = np.zeros((tile_rows, tile_columns), dtype=np.uint8)
        sprinkle(tile, style, 0.4 + 0.5 * style.crowding, rng)
        rows, columns = draw_blank(style, rng).shape
        grid = np.tile(tile, (-(-rows // tile_rows), -(-columns // tile_columns)))[:rows, :columns]
        stamp(grid, draw_rectangle(3, rng), draw_colour(style, rng), rng)
        return grid

    return draw


FAMILIES: dict[str, Callable[[Style, np.random.Generator], GridSampler]] = {
    "objects": build_objects,
    "boxes": build_boxes,
    "lines": build_lines,
    "dots": build_dots,
    "noise": build_noise,
    "symmetric": build_symmetric,
    "panels": build_panels,
    "stretched": build_stretched,
    "tiled": build_tiled,
}
"""Every family by name; the order is part of the random stream."""
