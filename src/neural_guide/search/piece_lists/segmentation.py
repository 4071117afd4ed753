"""Segmentation of a grid into pieces: objects, colours, cells between lines, parts of equal size.

Every public function here is a segmentation, `name(grid) -> list[Segment] | None`, pure and total. It returns None
without any piece or with more than `MAX_PIECES`. Its name is the name of a program step. Colour 0 is background and
transparent: it fills the bounding box of a piece that is not a rectangle. Pieces are in reading order, by the row and
then the column of their upper left corner.
"""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.search.line_spans import find_spans_between_lines

MAX_PIECES = 40  # a segmentation into more pieces tells little and takes long
_MARK = 4  # colour that draws pieces of background; the primitives draw in the same colour


class Segment(NamedTuple):
    """A piece with its position.

    Attributes:
        top: row of its upper left corner in the source grid.
        left: column of the same corner.
        cells: uint8 [row, column], its bounding box; 0 outside the piece.
    """

    top: int
    left: int
    cells: Grid


Segmentation = Callable[[Grid], list[Segment] | None]


def cut_objects(grid: Grid) -> list[Segment] | None:
    """Split content of any colours into connected parts, joined by sides and corners."""
    return _limit_and_sort(_find_components(grid, grid, 8))


def cut_objects_by_sides(grid: Grid) -> list[Segment] | None:
    """Split content of any colours into connected parts, joined by sides only."""
    return _limit_and_sort(_find_components(grid, grid, 4))


def cut_shapes(grid: Grid) -> list[Segment] | None:
    """Split the content of each colour into connected parts, joined by sides and corners."""
    return _limit_and_sort(_find_shapes(grid, 8))


def cut_shapes_by_sides(grid: Grid) -> list[Segment] | None:
    """Split the content of each colour into connected parts, joined by sides only."""
    return _limit_and_sort(_find_shapes(grid, 4))


def cut_colours(grid: Grid) -> list[Segment] | None:
    """Split content by colour, each piece cropped to its cells."""
    return _limit_and_sort([_crop_to_mask(grid, mask) for mask in _list_colour_masks(grid)])


def cut_layers(grid: Grid) -> list[Segment] | None:
    """Split content by colour, each piece on a grid of full size. None for fewer than two colours."""
    layers = [Segment(0, 0, grid * mask) for mask in _list_colour_masks(grid)]
    return layers if len(layers) > 1 else None


def cut_boxes(grid: Grid) -> list[Segment] | None:
    """Crop the bounding box of each shape of one colour (corners join), with all its contents.

    Shapes of at most two cells, or of one row or column, are left out.
    """
    boxes = []
    for colour in _list_colours(grid):
        for left, top, width, height, area in _measure_components((grid == colour).view(np.uint8), 8):
            if area > 2 and min(width, height) > 1:
                boxes.append(Segment(top, left, grid[top : top + height, left : left + width].copy()))
    return _limit_and_sort(boxes)


def cut_background(grid: Grid) -> list[Segment] | None:
    """Split the background into connected parts (corners do not join), drawn in colour 4."""
    empty: Grid = (grid == 0) * np.uint8(_MARK)
    return _limit_and_sort(_find_components(empty, empty, 4))


def cut_holes(grid: Grid) -> list[Segment] | None:
    """Split the background that does not reach the border into connected parts (corners do not join), in colour 4."""
    height, width = grid.shape
    empty: Grid = (grid == 0) * np.uint8(_MARK)
    inside = [
        segment
        for segment in _find_components(empty, empty, 4)
        if segment.top
        and segment.left
        and segment.top + segment.cells.shape[0] < height
        and segment.left + segment.cells.shape[1] < width
    ]
    return _limit_and_sort(inside)


def cut_cells(grid: Grid) -> list[Segment] | None:
    """Crop the rectangles between full lines of one colour. None if no line crosses the grid."""
    rows, columns = find_spans_between_lines(grid), find_spans_between_lines(grid.T)
    if len(rows) * len(columns) < 2:
        return None
    return _limit_and_sort(
        [Segment(top, left, grid[top:bottom, left:right].copy()) for top, bottom in rows for left, right in columns]
    )


def cut_left_right(grid: Grid) -> list[Segment] | None:
    """Split into a left and a right half, without the middle column of an odd width. None for one column."""
    width = grid.shape[1]
    half = width // 2
    if not half:
        return None
    return [Segment(0, 0, grid[:, :half].copy()), Segment(0, width - half, grid[:, width - half :].copy())]


def cut_top_bottom(grid: Grid) -> list[Segment] | None:
    """Split into a top and a bottom half, without the middle row of an odd height. None for one row."""
    height = grid.shape[0]
    half = height // 2
    if not half:
        return None
    return [Segment(0, 0, grid[:half].copy()), Segment(height - half, 0, grid[height - half :].copy())]


def cut_quarters(grid: Grid) -> list[Segment] | None:
    """Split into four quarters, without the middle line of an odd side. None for one row or one column."""
    halves = cut_top_bottom(grid)
    if halves is None or grid.shape[1] < 2:
        return None
    return [Segment(half.top, part.left, part.cells) for half in halves for part in cut_left_right(half.cells) or []]


def cut_squares(grid: Grid) -> list[Segment] | None:
    """Split into squares along the longer side. None for a square, for one row or column, or for a remainder."""
    height, width = grid.shape
    side = min(height, width)
    if height == width or max(height, width) % side or side == 1:
        return None
    corners = [(top, left) for top in range(0, height, side) for left in range(0, width, side)]
    return _limit_and_sort(
        [Segment(top, left, grid[top : top + side, left : left + side].copy()) for top, left in corners]
    )


def cut_thirds(grid: Grid) -> list[Segment] | None:
    """Split the longer side into three parts, without the lines between them. None if their sizes differ."""
    height, width = grid.shape
    if max(height, width) % 3 == 1:
        return None
    is_tall = height > width
    wide = grid.T if is_tall else grid
    gap = int(wide.shape[1] % 3 == 2)
    length = (wide.shape[1] - 2 * gap) // 3
    if not length:
        return None
    starts = [number * (length + gap) for number in range(3)]
    parts = [wide[:, start : start + length] for start in starts]
    if is_tall:
        return [Segment(start, 0, part.T.copy()) for start, part in zip(starts, parts, strict=True)]
    return [Segment(0, start, part.copy()) for start, part in zip(starts, parts, strict=True)]


def cut_rows(grid: Grid) -> list[Segment] | None:
    """Split into rows. None for one row."""
    return [Segment(top, 0, grid[top : top + 1].copy()) for top in range(len(grid))] if len(grid) > 1 else None


def cut_columns(grid: Grid) -> list[Segment] | None:
    """Split into columns. None for one column."""
    width = grid.shape[1]
    return [Segment(0, left, grid[:, left : left + 1].copy()) for left in range(width)] if width > 1 else None


SEGMENTATIONS: dict[str, Segmentation] = {name: value for name, value in globals().items() if name.startswith("cut_")}
"""All segmentations by name, in the order of their definition."""


def _limit_and_sort(segments: list[Segment]) -> list[Segment] | None:
    """Sort pieces in reading order. None for no piece or more than `MAX_PIECES`."""
    if not 0 < len(segments) <= MAX_PIECES:
        return None
    return sorted(segments, key=lambda segment: (segment.top, segment.left))


def _list_colours(grid: Grid) -> list[int]:
    cells = grid.tobytes()
    return [colour for colour in range(1, COLOURS) if colour in cells]


def _list_colour_masks(grid: Grid) -> list[Grid]:
    return [(grid == colour).view(np.uint8) for colour in _list_colours(grid)]


def _crop_to_mask(grid: Grid, mask: Grid) -> Segment:
    """Crop a grid to the bounding box of a mask of 0 and 1, background outside the mask."""
    left, top, width, height = cv2.boundingRect(mask)
    box = slice(top, top + height), slice(left, left + width)
    return Segment(top, left, grid[box] * mask[box])


def _measure_components(mask: Grid, connectivity: int) -> list[list[int]]:
    """Measure the connected parts of a mask: left, top, width, height and area of each."""
    stats: list[list[int]] = cv2.connectedComponentsWithStats(mask, connectivity=connectivity)[2][1:].tolist()
    return stats


def _find_components(grid: Grid, mask: Grid, connectivity: int) -> list[Segment]:
    """Find the connected parts of a mask, with the cells of the grid. Empty for more than `MAX_PIECES`."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=connectivity)
    if count > MAX_PIECES + 1:
        return []
    segments = []
    for label, (left, top, width, height, _) in enumerate(stats[1:].tolist(), start=1):
        box = slice(top, top + height), slice(left, left + width)
        segments.append(Segment(top, left, grid[box] * (labels[box] == label)))
    return segments


def _find_shapes(grid: Grid, connectivity: int) -> list[Segment]:
    """Find the connected parts of each colour. Empty for more than `MAX_PIECES`."""
    shapes: list[Segment] = []
    for mask in _list_colour_masks(grid):
        components = _find_components(grid, mask, connectivity)
        if not components or len(shapes) + len(components) > MAX_PIECES:
            return []
        shapes += components
    return shapes
