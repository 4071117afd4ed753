"""Procedural input grids: objects, lines, noise, symmetry, separators, drawn in families.

A *maker* draws one grid; a *family* fixes what the grids of one task have in common (sides, palette,
density) and returns a maker, so that the inputs of a task look alike and differ in content.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neural_guide.arc.grid import BACKGROUND, COLOURS, Grid

Maker = Callable[[np.random.Generator], Grid]
"""Draws one grid of a family; every call another one."""

LARGEST_SIDE = (
    20  # cells, before separators are added; longer sides come from ARC grids, and would slow the expansion down
)


@dataclass(frozen=True)
class Style:
    """What the grids of one task share.

    Attributes:
        rows: least and greatest number of rows, cells.
        columns: least and greatest number of columns, cells.
        palette: colours besides the background, 1 to 9, in random order.
        crowding: how full the grid is, 0 (almost empty) to 1 (packed).
    """

    rows: tuple[int, int]
    columns: tuple[int, int]
    palette: tuple[int, ...]
    crowding: float


def draw_style(rng: np.random.Generator) -> Style:
    """Sides around a log-normal middle as in ARC, one to five colours, any crowding."""
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


def blank(style: Style, rng: np.random.Generator) -> Grid:
    """Background only, sides drawn from the style."""
    rows = int(rng.integers(style.rows[0], style.rows[1] + 1))
    columns = int(rng.integers(style.columns[0], style.columns[1] + 1))
    return np.full((rows, columns), BACKGROUND, dtype=np.uint8)


def colour(style: Style, rng: np.random.Generator) -> int:
    """One colour of the palette."""
    return style.palette[int(rng.integers(len(style.palette)))]


def rectangle(limit: int, rng: np.random.Generator) -> Grid:
    """A filled rectangle of ones, sides 1 to `limit`."""
    height, width = (int(side) for side in rng.integers(1, limit + 1, size=2))
    return np.ones((height, width), dtype=np.uint8)


def ring(limit: int, rng: np.random.Generator) -> Grid:
    """A hollow rectangle of ones, sides 3 to `limit` (at least 3), sometimes with a gap in its wall."""
    height, width = (int(side) for side in rng.integers(3, max(limit, 3) + 1, size=2))
    shape = np.ones((height, width), dtype=np.uint8)
    shape[1:-1, 1:-1] = 0
    if rng.random() < 0.25:
        shape[0, 1 + int(rng.integers(width - 2))] = 0
    return shape


def blob(limit: int, rng: np.random.Generator) -> Grid:
    """A connected shape of ones in a box of at most `limit` a side: the trace of a random walk."""
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
    """Paint the ones of `shape` somewhere inside the grid, in place; a shape too large is left out."""
    free_rows, free_columns = grid.shape[0] - shape.shape[0], grid.shape[1] - shape.shape[1]
    if free_rows < 0 or free_columns < 0:
        return
    row, column = int(rng.integers(free_rows + 1)), int(rng.integers(free_columns + 1))
    grid[row : row + shape.shape[0], column : column + shape.shape[1]][shape > 0] = paint


def sprinkle(grid: Grid, style: Style, density: float, rng: np.random.Generator) -> None:
    """Paint single cells in palette colours, in place; `density` is the share of cells hit, [0, 1]."""
    hit = rng.random(grid.shape) < density
    grid[hit] = rng.choice(np.array(style.palette, dtype=np.uint8), size=int(hit.sum()))


def objects(style: Style, rng: np.random.Generator) -> Maker:
    """Separate shapes on background: rectangles, rings or blobs, or a mix of them."""
    shapes = (rectangle, ring, blob)
    kinds = shapes if rng.random() < 0.4 else (shapes[int(rng.integers(3))],)
    noisy = rng.random() < 0.25

    def make(rng: np.random.Generator) -> Grid:
        grid = blank(style, rng)
        limit = max(2, min(grid.shape) // 2)
        for _ in range(2 + int(rng.integers(1 + round(7 * style.crowding)))):
            stamp(grid, kinds[int(rng.integers(len(kinds)))](limit, rng), colour(style, rng), rng)
        if noisy:
            sprinkle(grid, style, 0.05, rng)
        return grid

    return make


def boxes(style: Style, rng: np.random.Generator) -> Maker:
    """Closed outlines with room inside, some with a mark in it: holes to fill, content to crop."""
    marked = rng.random() < 0.5

    def make(rng: np.random.Generator) -> Grid:
        grid = blank(style, rng)
        limit = max(3, min(grid.shape) * 2 // 3)
        for _ in range(1 + int(rng.integers(3))):
            stamp(grid, ring(limit, rng), colour(style, rng), rng)
        if marked:
            sprinkle(grid, style, 0.04, rng)
        return grid

    return make


def lines(style: Style, rng: np.random.Generator) -> Maker:
    """Full or broken lines along rows and columns."""
    share = 0.5 + 0.5 * float(rng.random())  # of a line's cells that are painted

    def make(rng: np.random.Generator) -> Grid:
        grid = blank(style, rng)
        for _ in range(2 + int(rng.integers(1 + round(5 * style.crowding)))):
            turned = grid.T if rng.random() < 0.5 else grid
            line = turned[int(rng.integers(turned.shape[0]))]
            line[rng.random(line.size) < share] = colour(style, rng)
        return grid

    return make


def dots(style: Style, rng: np.random.Generator) -> Maker:
    """Cells of one colour that face each other along a row or a column: ends of lines to draw."""
    stray = 0.04 * float(rng.random())

    def make(rng: np.random.Generator) -> Grid:
        grid = blank(style, rng)
        sprinkle(grid, style, stray, rng)
        for _ in range(2 + int(rng.integers(1 + round(6 * style.crowding)))):
            turned = grid.T if rng.random() < 0.5 else grid
            ends = rng.integers(turned.shape[1], size=2)
            turned[int(rng.integers(turned.shape[0])), ends] = colour(style, rng)
        return grid

    return make


def noise(style: Style, rng: np.random.Generator) -> Maker:
    """Independent random cells."""
    density = 0.15 + 0.7 * style.crowding * float(rng.uniform(0.8, 1.0))

    def make(rng: np.random.Generator) -> Grid:
        grid = blank(style, rng)
        sprinkle(grid, style, density, rng)
        return grid

    return make


def symmetric(style: Style, rng: np.random.Generator) -> Maker:
    """A drawing of another family completed by its mirror images, one cell of it sometimes spoilt."""
    inner = (objects, noise, lines)[int(rng.integers(3))](style, rng)
    both, spoilt = rng.random() < 0.5, rng.random() < 0.7

    def make(rng: np.random.Generator) -> Grid:
        grid = inner(rng)
        quarter = grid[: -(-grid.shape[0] // 2), : -(-grid.shape[1] // 2)]
        half = np.hstack([quarter, quarter[:, ::-1]])
        grid = np.vstack([half, half[::-1]]) if both else half
        if spoilt:
            stamp(grid, rectangle(2, rng), colour(style, rng), rng)
        return grid

    return make


def panels(style: Style, rng: np.random.Generator) -> Maker:
    """Two to four panels of one size side by side or stacked, mostly with a separator between them."""
    count = 2 if rng.random() < 0.75 else int(rng.integers(3, 5))
    stacked, separated = rng.random() < 0.4, rng.random() < 0.65
    wall = int(rng.integers(1, COLOURS))
    density = 0.25 + 0.45 * style.crowding
    one_colour_each = rng.random() < 0.5

    def make(rng: np.random.Generator) -> Grid:
        rows, columns = (max(2, side * (3 if count == 2 else 2) // 5) for side in blank(style, rng).shape)
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

    return make


def stretched(style: Style, rng: np.random.Generator) -> Maker:
    """Rows and columns repeated a random number of times: duplicate and uniform lines to drop."""
    inner = (noise, objects, lines)[int(rng.integers(3))](style, rng)

    def make(rng: np.random.Generator) -> Grid:
        grid = inner(rng)
        grid = grid[: max(2, grid.shape[0] * 2 // 3), : max(2, grid.shape[1] * 2 // 3)]
        grid = np.repeat(grid, rng.integers(1, 4, size=grid.shape[0]), axis=0)[:LARGEST_SIDE]
        return np.repeat(grid, rng.integers(1, 4, size=grid.shape[1]), axis=1)[:, :LARGEST_SIDE]

    return make


def tiled(style: Style, rng: np.random.Generator) -> Maker:
    """One small random tile laid over the whole grid, with a patch of it spoilt."""
    tile_rows, tile_columns = (int(side) for side in rng.integers(2, 5, size=2))

    def make(rng: np.random.Generator) -> Grid:
        tile = np.zeros((tile_rows, tile_columns), dtype=np.uint8)
        sprinkle(tile, style, 0.4 + 0.5 * style.crowding, rng)
        rows, columns = blank(style, rng).shape
        grid = np.tile(tile, (-(-rows // tile_rows), -(-columns // tile_columns)))[:rows, :columns]
        stamp(grid, rectangle(3, rng), colour(style, rng), rng)
        return grid

    return make


FAMILIES: dict[str, Callable[[Style, np.random.Generator], Maker]] = {
    family.__name__: family for family in (objects, boxes, lines, dots, noise, symmetric, panels, stretched, tiled)
}
"""Every family by name."""
