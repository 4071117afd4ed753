"""Whole-grid functions without arguments: the words of the language, vocabulary `v2`.

Every public function here is a primitive: `name(grid) -> Grid | None`, pure and total. It
returns a contiguous uint8 grid of its own, never writes to its input, and returns None where it
does not apply, which includes results above 30 x 30.

Colour 0 is background. An object is a connected group of other cells, of any colours; which
neighbours count stands with each primitive. All primitives commute with permutations of the
colours 1 to 9, save six: connect_lines, fill_bbox, fill_holes and outline draw in the fixed
colour `MARK`, rank_objects and split_compare answer in colours that are numbers. What those draw
gets its real colour from the colour map that the search binds last.

They are called tens of millions of times in a search, so they lean on OpenCV, on bytes and on compiled
loops (`dsl.loops`), which answer in one or two microseconds where `np.pad` or `scipy.ndimage.label`
take ten. They were chosen by the ARC-1 training tasks that they solve together: benchmarks/dsl_coverage.py.
"""

import cv2
import numpy as np

from neural_guide.arc.grid import COLOURS, MAX_SIDE, Grid
from neural_guide.dsl.cells import (
    MARK,
    count_by_colour,
    crop_to_mask,
    fill_between_equals,
    find_commonest_colour,
    is_uniform,
)
from neural_guide.dsl.kernels import (
    copy_contiguous,
    find_adjacent_background,
    find_enclosed_background,
    find_line_starts,
    hollow_out,
)
from neural_guide.dsl.objects import rank_values


def rot90(grid: Grid) -> Grid | None:
    """The grid turned by a quarter, counterclockwise. Never None."""
    return grid.T[::-1].copy()


def vmirror(grid: Grid) -> Grid | None:
    """The grid mirrored at its vertical axis: left becomes right. Never None."""
    return grid[:, ::-1].copy()


def mirror_right(grid: Grid) -> Grid | None:
    """The grid with its mirror image to the right. None above 15 columns."""
    width = grid.shape[1]
    if 2 * width > MAX_SIDE:
        return None
    return np.concatenate((grid, grid[:, ::-1]), axis=1)


def mirror_down(grid: Grid) -> Grid | None:
    """The grid with its mirror image below. None above 15 rows."""
    height = grid.shape[0]
    if 2 * height > MAX_SIDE:
        return None
    return np.concatenate((grid, grid[::-1]))


def tile_by_self(grid: Grid) -> Grid | None:
    """A copy of the grid in place of each of its own cells of content. None where that is above 30 x 30."""
    height, width = grid.shape
    if max(height, width) ** 2 > MAX_SIDE:
        return None
    tiles: Grid = (grid != 0)[:, None, :, None] * grid[None, :, None, :]
    return tiles.reshape(height * height, width * width)


def crop_content(grid: Grid) -> Grid | None:
    """Smallest rectangle that holds every cell that is not background.

    Returns None where the grid is all background.
    """
    return crop_to_mask(grid, grid)


def crop_rarest(grid: Grid) -> Grid | None:
    """Smallest rectangle that holds the rarest colour, background too. None where two are rarest."""
    counts = [count or MAX_SIDE**2 for count in count_by_colour(grid)]
    fewest = min(counts)
    if counts.count(fewest) > 1:
        return None
    return crop_to_mask(grid, (grid == counts.index(fewest)).view(np.uint8))


def keep_common(grid: Grid) -> Grid | None:
    """Only the cells of the most common colour but background. None where no colour is that."""
    colour = find_commonest_colour(grid)
    if colour is None:
        return None
    kept: Grid = grid * (grid == colour)
    return kept


def split_overlay(grid: Grid) -> Grid | None:
    """Both halves on top of each other, the first one above. None where the grid has no halves."""
    halves = _halves(grid)
    if halves is None:
        return None
    first, second = halves
    return np.where(first != 0, first, second)


def split_compare(grid: Grid) -> Grid | None:
    """Which halves have content: 0 none, 1 the first, 2 the second, 3 both.

    With colours bound last this is and, or, xor and their opposites at once. None where the grid
    has no halves.
    """
    halves = _halves(grid)
    if halves is None:
        return None
    first, second = halves
    compared: Grid = (first != 0).view(np.uint8) + ((second != 0).view(np.uint8) << 1)
    return compared


def dedup_lines(grid: Grid) -> Grid | None:
    """Each run of equal rows, and of equal columns, as one. Never None."""
    rows, columns = find_line_starts(copy_contiguous(grid))
    return grid.compress(rows, axis=0).compress(columns, axis=1)


def connect_lines(grid: Grid) -> Grid | None:
    """Background between two equal cells of a row or column becomes `MARK`. Never None."""
    return np.maximum(fill_between_equals(grid, MARK), fill_between_equals(grid.T, MARK).T)


def outline(grid: Grid) -> Grid | None:
    """Background that touches content, corners included, becomes `MARK`. Never None."""
    made = copy_contiguous(grid)
    made[find_adjacent_background(made)] = MARK
    return made


def hollow(grid: Grid) -> Grid | None:
    """Content that touches background or the border, corners included; the inside goes. Never None."""
    rim: Grid = hollow_out(copy_contiguous(grid))
    return rim


def fill_holes(grid: Grid) -> Grid | None:
    """Background that no path of sides joins to the border becomes `MARK`. Never None."""
    made = copy_contiguous(grid)
    made[find_enclosed_background(made)] = MARK
    return made


def fill_bbox(grid: Grid) -> Grid | None:
    """Background in the rectangle around each object (corners join) becomes `MARK`. Never None."""
    filled = grid.copy()
    for left, top, width, height, area in cv2.connectedComponentsWithStats(grid)[2][1:].tolist():
        if area < width * height:
            filled[top : top + height, left : left + width] = MARK
    return np.where(grid != 0, grid, filled)


def rank_objects(grid: Grid) -> Grid | None:
    """Each object (sides join) in the colour that is its rank by size: 1 for the smallest.

    Returns None where there are no objects, or more than nine sizes.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(grid, connectivity=4)
    areas = stats[1:, cv2.CC_STAT_AREA].tolist()
    if not 0 < len(set(areas)) < COLOURS:
        return None
    colours = np.array([0, *rank_values(areas)], dtype=np.uint8)
    ranked: Grid = colours[labels]
    return ranked


def _halves(grid: Grid) -> tuple[Grid, Grid] | None:
    """Left and right, or top and bottom.

    They lie beside a line of one colour in the middle, else they are halves of the longer side,
    else (of a square, or of an odd side) of the side that is even.
    """
    height, width = grid.shape
    row, column = height // 2, width // 2
    if width % 2 and column and is_uniform(grid[:, column]):
        return grid[:, :column], grid[:, column + 1 :]
    if height % 2 and row and is_uniform(grid[row]):
        return grid[:row], grid[row + 1 :]
    if width >= height and width % 2 == 0:
        return grid[:, :column], grid[:, column:]
    if height % 2 == 0:
        return grid[:row], grid[row:]
    return None
