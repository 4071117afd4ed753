"""Whole-grid functions without arguments: the words of the language, vocabulary `v2`.

Every public function here is a primitive: `name(grid) -> Grid | None`, pure and total. It
returns a contiguous uint8 grid of its own or its input unchanged, never writes to its input,
and returns None where it does not apply, which includes results above 30 x 30.

Colour 0 is background; an object is a connected group of other cells, 8-connected and of any
colours. All primitives commute with a permutation of colours 1 to 9, except those that draw in
the fixed colour `MARK` (fill_holes, fill_bbox, outline): what they draw gets its final colour
from the colour map that the search binds last.

They are called tens of millions of times in a search, so they lean on OpenCV, which answers in
one or two microseconds where `np.pad` or `scipy.ndimage.label` take ten.
"""

import cv2
import numpy as np
import numpy.typing as npt

from neural_guide.grid import MAX_SIDE, Grid

MARK = 4  # drawn where no colour of the grid is meant; ARC's own tasks mark with it most often

cv2.setNumThreads(0)  # grids are tiny: a thread pool only costs


def rot90(grid: Grid) -> Grid | None:
    """The grid turned by a quarter, counterclockwise. Never None."""
    return np.ascontiguousarray(grid.T[::-1])


def vmirror(grid: Grid) -> Grid | None:
    """The grid mirrored at its vertical axis: left becomes right. Never None."""
    return np.ascontiguousarray(grid[:, ::-1])


def crop_content(grid: Grid) -> Grid | None:
    """Smallest rectangle that holds every cell that is not background.

    Returns None where the grid is all background.
    """
    left, top, width, height = cv2.boundingRect(grid)
    if not width:
        return None
    return grid[top : top + height, left : left + width].copy()


def lefthalf(grid: Grid) -> Grid | None:
    """The left half of the columns, without the middle one. None where there is one column."""
    half = grid.shape[1] // 2
    return grid[:, :half].copy() if half else None


def split_overlay(grid: Grid) -> Grid | None:
    """Both halves on top of each other, the first one above. None where the grid has no halves."""
    halves = _halves(grid)
    if halves is None:
        return None
    first, second = halves
    return np.where(first, first, second)


def split_and(grid: Grid) -> Grid | None:
    """The first half where both halves have content. None where the grid has no halves."""
    halves = _halves(grid)
    if halves is None:
        return None
    first, second = halves
    return first * (second != 0)


def split_xor(grid: Grid) -> Grid | None:
    """The content that only one half has. None where the grid has no halves."""
    halves = _halves(grid)
    if halves is None:
        return None
    first, second = halves
    return first * (second == 0) + second * (first == 0)


def largest_object_crop(grid: Grid) -> Grid | None:
    """The rectangle around the largest object. None where the grid is all background."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(grid)
    if count < 2:
        return None
    left, top, width, height, _ = stats[1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())].tolist()
    return grid[top : top + height, left : left + width].copy()


def mirror_quad(grid: Grid) -> Grid | None:
    """The grid and its three mirror images, four times the area. None above 15 x 15."""
    height, width = grid.shape
    if 2 * max(height, width) > MAX_SIDE:
        return None
    return cv2.copyMakeBorder(grid, 0, height, 0, width, cv2.BORDER_REFLECT)


def dedup_lines(grid: Grid) -> Grid | None:
    """Each run of equal rows, and of equal columns, as one. Never None."""
    rows = _starts((grid[1:] != grid[:-1]).any(axis=1))
    columns = _starts((grid[:, 1:] != grid[:, :-1]).any(axis=0))
    return grid[rows][:, columns].copy()


def drop_uniform_lines(grid: Grid) -> Grid | None:
    """The rows and columns that have two colours or more. None where there are none."""
    rows = (grid != grid[:, :1]).any(axis=1)
    columns = (grid != grid[:1]).any(axis=0)
    kept = grid[rows][:, columns]
    return kept.copy() if kept.size else None


def fill_holes(grid: Grid) -> Grid | None:
    """Background that no side-to-side path joins to the border becomes `MARK`. Never None."""
    padded = cv2.copyMakeBorder(grid, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    cv2.floodFill(padded, None, (0, 0), 255)
    outside = padded[1:-1, 1:-1]
    return np.where(outside == 0, np.uint8(MARK), grid)


def fill_bbox(grid: Grid) -> Grid | None:
    """Background in the rectangle around each object becomes `MARK`. None above 30 objects."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(grid)
    if count > MAX_SIDE + 1:
        return None
    result = grid.copy()
    for left, top, width, height, area in stats[1:].tolist():
        if area < width * height:
            result[top : top + height, left : left + width] = MARK
    return np.where(grid, grid, result)


def connect_lines(grid: Grid) -> Grid | None:
    """Background between two equal cells of a row or column takes their colour. Never None."""
    across = _between(grid)
    down = _between(grid.T).T
    return np.where(grid, grid, np.maximum(across, down))


def outline(grid: Grid) -> Grid | None:
    """Background that touches content, corners included, becomes `MARK`. Never None."""
    near = cv2.dilate(grid, _SQUARE)
    return np.where(grid, grid, (near != 0) * np.uint8(MARK))


def gravity_down(grid: Grid) -> Grid | None:
    """Every cell of content falls to the bottom of its column. Never None."""
    order = np.argsort(grid != 0, axis=0, kind="stable")
    return np.take_along_axis(grid, order, axis=0)


def keep_largest(grid: Grid) -> Grid | None:
    """The largest object alone, the rest background. None where the grid is all background."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(grid)
    if count < 2:
        return None
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    return grid * (labels == largest)


_SQUARE: npt.NDArray[np.uint8] = np.ones((3, 3), dtype=np.uint8)


def _starts(changes: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Marks the first line of every run, given where each line differs from the one before."""
    starts = np.ones(changes.size + 1, dtype=bool)
    starts[1:] = changes
    return starts


def _uniform(line: Grid) -> bool:
    """Whether the line has one colour and that is not the background."""
    cells = line.tobytes()
    return cells[0] != 0 and cells.count(cells[0]) == len(cells)


def _halves(grid: Grid) -> tuple[Grid, Grid] | None:
    """Left and right, or top and bottom: beside a separating line in the middle, else of the long side."""
    height, width = grid.shape
    row, column = height // 2, width // 2
    if width % 2 and column and _uniform(grid[:, column]):
        return grid[:, :column], grid[:, column + 1 :]
    if height % 2 and row and _uniform(grid[row]):
        return grid[:row], grid[row + 1 :]
    if width >= height and width % 2 == 0:
        return grid[:, :column], grid[:, column:]
    if height % 2 == 0:
        return grid[:row], grid[row:]
    return None


def _between(grid: Grid) -> Grid:
    """Colour of the nearest content to the left where it equals that to the right, else 0."""
    width = grid.shape[1]
    position = np.arange(width) * (grid != 0)
    left = np.maximum.accumulate(position, axis=1)
    right = width - 1 - np.maximum.accumulate((position != 0)[:, ::-1] * np.arange(width), axis=1)[:, ::-1]
    lines = np.arange(grid.shape[0])[:, None]
    first, second = grid[lines, left], grid[lines, right]
    return np.where(first == second, first, np.uint8(0))
