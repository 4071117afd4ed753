"""From a grid to its pieces: objects, colours, cells between lines, parts of equal size.

Every public function here is a cut: `name(grid) -> list[Cut] | None`, pure and total; None where there are no pieces,
or too many. Colour 0 is background and transparent: a piece that is not a rectangle has it around. Pieces come in
reading order, by the row and then the column of their upper left corner.
"""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from neural_guide.arc.grid import COLOURS, Grid

MOST_PIECES = 40  # a grid cut in more than these says little, and takes long
_MARK = 4  # the colour of pieces that are made of background, as primitives draw


class Cut(NamedTuple):
    """A piece where it was: the row and the column of its upper left corner, and its cells."""

    top: int
    left: int
    cells: Grid


CutFunction = Callable[[Grid], list[Cut] | None]


def cut_objects(grid: Grid) -> list[Cut] | None:
    """Connected content of any colours; corners join."""
    return _few(_components(grid, grid, 8))


def cut_objects_by_sides(grid: Grid) -> list[Cut] | None:
    """Connected content of any colours; corners do not join."""
    return _few(_components(grid, grid, 4))


def cut_shapes(grid: Grid) -> list[Cut] | None:
    """Connected content of one colour; corners join."""
    return _few(_shapes(grid, 8))


def cut_shapes_by_sides(grid: Grid) -> list[Cut] | None:
    """Connected content of one colour; corners do not join."""
    return _few(_shapes(grid, 4))


def cut_colours(grid: Grid) -> list[Cut] | None:
    """The cells of each colour, cropped to them."""
    return _few([_masked(grid, mask) for mask in _colour_masks(grid)])


def cut_layers(grid: Grid) -> list[Cut] | None:
    """The cells of each colour, each on a grid of full size. None where there is one colour."""
    layers = [Cut(0, 0, grid * mask) for mask in _colour_masks(grid)]
    return layers if len(layers) > 1 else None


def cut_boxes(grid: Grid) -> list[Cut] | None:
    """The rectangle around each shape of one colour (corners join), with everything in it, where that is more."""
    boxes = []
    for colour in _colours(grid):
        for left, top, width, height, area in _stats((grid == colour).view(np.uint8), 8):
            if area > 2 and min(width, height) > 1:
                boxes.append(Cut(top, left, grid[top : top + height, left : left + width].copy()))
    return _few(boxes)


def cut_background(grid: Grid) -> list[Cut] | None:
    """Connected background (corners do not join), drawn in a colour."""
    empty: Grid = (grid == 0) * np.uint8(_MARK)
    return _few(_components(empty, empty, 4))


def cut_holes(grid: Grid) -> list[Cut] | None:
    """Connected background (corners do not join) that does not reach the border, drawn in a colour."""
    height, width = grid.shape
    empty: Grid = (grid == 0) * np.uint8(_MARK)
    found = _components(empty, empty, 4)
    inside = [
        cut
        for cut in found
        if cut.top and cut.left and cut.top + cut.cells.shape[0] < height and cut.left + cut.cells.shape[1] < width
    ]
    return _few(inside)


def cut_cells(grid: Grid) -> list[Cut] | None:
    """The rectangles between full lines of one colour. None where no line crosses the grid."""
    rows, columns = _spans(grid), _spans(grid.T)
    if len(rows) * len(columns) < 2:
        return None
    return _few(
        [Cut(top, left, grid[top:bottom, left:right].copy()) for top, bottom in rows for left, right in columns]
    )


def cut_left_right(grid: Grid) -> list[Cut] | None:
    """Two halves beside each other, without a column in the middle where the width is odd."""
    width = grid.shape[1]
    half = width // 2
    return [Cut(0, 0, grid[:, :half].copy()), Cut(0, width - half, grid[:, width - half :].copy())] if half else None


def cut_top_bottom(grid: Grid) -> list[Cut] | None:
    """Two halves below each other, without a row in the middle where the height is odd."""
    height = grid.shape[0]
    half = height // 2
    return [Cut(0, 0, grid[:half].copy()), Cut(height - half, 0, grid[height - half :].copy())] if half else None


def cut_quarters(grid: Grid) -> list[Cut] | None:
    """Four quarters, without the lines in the middle where a side is odd."""
    halves = cut_top_bottom(grid)
    if halves is None or grid.shape[1] < 2:
        return None
    return [Cut(half.top, part.left, part.cells) for half in halves for part in cut_left_right(half.cells) or []]


def cut_squares(grid: Grid) -> list[Cut] | None:
    """Squares beside or below each other. None where the longer side is no multiple of the other."""
    height, width = grid.shape
    side = min(height, width)
    if height == width or max(height, width) % side or side == 1:
        return None
    corners = [(top, left) for top in range(0, height, side) for left in range(0, width, side)]
    return _few([Cut(top, left, grid[top : top + side, left : left + side].copy()) for top, left in corners])


def cut_thirds(grid: Grid) -> list[Cut] | None:
    """Three parts of the longer side, lines between them left out. None where they are not of one size."""
    height, width = grid.shape
    if max(height, width) % 3 == 1:
        return None
    turned = height > width
    along = grid.T if turned else grid
    gap = int(along.shape[1] % 3 == 2)
    part = (along.shape[1] - 2 * gap) // 3
    if not part:
        return None
    starts = [number * (part + gap) for number in range(3)]
    parts = [along[:, start : start + part] for start in starts]
    if turned:
        return [Cut(start, 0, part.T.copy()) for start, part in zip(starts, parts, strict=True)]
    return [Cut(0, start, part.copy()) for start, part in zip(starts, parts, strict=True)]


def cut_rows(grid: Grid) -> list[Cut] | None:
    """Every row. None where there is one."""
    return [Cut(top, 0, grid[top : top + 1].copy()) for top in range(len(grid))] if len(grid) > 1 else None


def cut_columns(grid: Grid) -> list[Cut] | None:
    """Every column. None where there is one."""
    width = grid.shape[1]
    return [Cut(0, left, grid[:, left : left + 1].copy()) for left in range(width)] if width > 1 else None


CUTS: dict[str, CutFunction] = {name: value for name, value in globals().items() if name.startswith("cut_")}
"""Every cut by name."""


def _few(cuts: list[Cut]) -> list[Cut] | None:
    if not 0 < len(cuts) <= MOST_PIECES:
        return None
    return sorted(cuts, key=lambda cut: (cut.top, cut.left))


def _colours(grid: Grid) -> list[int]:
    cells = grid.tobytes()
    return [colour for colour in range(1, COLOURS) if colour in cells]


def _colour_masks(grid: Grid) -> list[Grid]:
    return [(grid == colour).view(np.uint8) for colour in _colours(grid)]


def _masked(grid: Grid, mask: Grid) -> Cut:
    """What the mask marks, cropped to it."""
    left, top, width, height = cv2.boundingRect(mask)
    part = slice(top, top + height), slice(left, left + width)
    return Cut(top, left, grid[part] * mask[part])


def _stats(mask: Grid, connectivity: int) -> list[list[int]]:
    found: list[list[int]] = cv2.connectedComponentsWithStats(mask, connectivity=connectivity)[2][1:].tolist()
    return found


def _components(grid: Grid, mask: Grid, connectivity: int) -> list[Cut]:
    """The connected parts of what the mask marks; none where there are too many."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=connectivity)
    if count > MOST_PIECES + 1:
        return []
    cuts = []
    for label, (left, top, width, height, _) in enumerate(stats[1:].tolist(), start=1):
        part = slice(top, top + height), slice(left, left + width)
        cuts.append(Cut(top, left, grid[part] * (labels[part] == label)))
    return cuts


def _shapes(grid: Grid, connectivity: int) -> list[Cut]:
    """The connected parts of each colour; none where there are too many."""
    found: list[Cut] = []
    for mask in _colour_masks(grid):
        parts = _components(grid, mask, connectivity)
        if not parts or len(found) + len(parts) > MOST_PIECES:
            return []
        found += parts
    return found


def _spans(grid: Grid) -> list[tuple[int, int]]:
    """First row and end of each run of rows between lines: rows of one colour, the same for all lines."""
    lines = [int(row[0]) if (row == row[0]).all() else -1 for row in grid]
    drawn = [colour for colour in lines[1:-1] if colour > 0]
    if not drawn:
        return [(0, len(grid))]
    line = max(set(drawn), key=drawn.count)
    spans, start = [], 0
    for row, colour in enumerate([*lines, line]):
        if colour == line:
            if row > start:
                spans.append((start, row))
            start = row + 1
    return spans
