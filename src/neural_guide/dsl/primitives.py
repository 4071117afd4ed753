"""Primitives of vocabulary `v2`: functions of a whole grid without arguments.

Every public function here is a primitive: `name(grid) -> Grid | None`, pure and total. It
returns a contiguous uint8 grid of its own, never writes to its input, and returns None where it
does not apply, which includes results above 30 x 30.

Colour 0 is background. An object is a connected group of other cells, of any colours; each
primitive states which neighbours count. All primitives commute with permutations of the
colours 1 to 9, except six: connect_lines, fill_bbox, fill_holes and outline draw in the fixed
colour `MARK`; rank_objects and split_compare use colours as numbers. The search maps these
colours to real ones last, by a colour map.

A search calls primitives tens of millions of times. They therefore use OpenCV, bytes and numba
kernels (`dsl.kernels`), which take one or two microseconds where `np.pad` or `scipy.ndimage.label`
take ten. They were chosen by the ARC-1 training tasks that they solve together: benchmarks/dsl_coverage.py.
"""

import cv2
import numpy as np

from neural_guide.arc.grid import COLOURS, MAX_SIDE, Grid, has_room
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
    """The grid rotated by 90 degrees counter-clockwise. Never None.

    The direction is that of `numpy.rot90`. The `rot90` of arc-dsl turns clockwise, as `rot270` does here.
    """
    return grid.T[::-1].copy()


def vmirror(grid: Grid) -> Grid | None:
    """The grid mirrored at its vertical axis: left becomes right. Never None."""
    return grid[:, ::-1].copy()


def mirror_right(grid: Grid) -> Grid | None:
    """The grid with its mirror image to the right. None above 15 columns."""
    if not has_room(grid, 2 * grid.shape[1]):
        return None
    return np.concatenate((grid, grid[:, ::-1]), axis=1)


def mirror_down(grid: Grid) -> Grid | None:
    """The grid with its mirror image below. None above 15 rows."""
    if not has_room(grid, 2 * grid.shape[0]):
        return None
    return np.concatenate((grid, grid[::-1]))


def tile_by_self(grid: Grid) -> Grid | None:
    """A copy of the grid in place of each of its own cells of content. None above 30 x 30."""
    height, width = grid.shape
    if not has_room(grid, max(height, width) ** 2):
        return None
    tiles: Grid = (grid != 0)[:, None, :, None] * grid[None, :, None, :]
    return tiles.reshape(height * height, width * width)


def crop_content(grid: Grid) -> Grid | None:
    """The smallest rectangle that holds every cell that is not background.

    None for a grid that is all background.
    """
    return crop_to_mask(grid, grid)


def crop_rarest(grid: Grid) -> Grid | None:
    """The smallest rectangle that holds the rarest colour, background included. None for a tie."""
    counts = [count or max(MAX_SIDE**2, grid.size) for count in count_by_colour(grid)]
    fewest = min(counts)
    if counts.count(fewest) > 1:
        return None
    return crop_to_mask(grid, (grid == counts.index(fewest)).view(np.uint8))


def keep_common(grid: Grid) -> Grid | None:
    """Only the cells of the most common colour except background. None for a tie or without content."""
    colour = find_commonest_colour(grid)
    if colour is None:
        return None
    kept: Grid = grid * (grid == colour)
    return kept


def split_overlay(grid: Grid) -> Grid | None:
    """Both halves on top of each other, the first one above. None without halves."""
    halves = _split_halves(grid)
    if halves is None:
        return None
    first, second = halves
    return np.where(first != 0, first, second)


def split_compare(grid: Grid) -> Grid | None:
    """The halves compared by content, as a number: 0 neither, 1 the first, 2 the second, 3 both.

    Since the search maps colours last, this covers and, or, xor and their negations at once. None
    without halves.
    """
    halves = _split_halves(grid)
    if halves is None:
        return None
    first, second = halves
    compared: Grid = (first != 0).view(np.uint8) + ((second != 0).view(np.uint8) << 1)
    return compared


def dedup_lines(grid: Grid) -> Grid | None:
    """The grid with each run of equal rows, and of equal columns, reduced to one. Never None."""
    rows, columns = find_line_starts(copy_contiguous(grid))
    return grid.compress(rows, axis=0).compress(columns, axis=1)


def connect_lines(grid: Grid) -> Grid | None:
    """The grid with background between two equal cells of a row or column in `MARK`. Never None."""
    return np.maximum(fill_between_equals(grid, MARK), fill_between_equals(grid.T, MARK).T)


def outline(grid: Grid) -> Grid | None:
    """The grid with background that touches content, corners included, in `MARK`. Never None."""
    outlined = copy_contiguous(grid)
    outlined[find_adjacent_background(outlined)] = MARK
    return outlined


def hollow(grid: Grid) -> Grid | None:
    """Only the content that touches background or the border, corners included. Never None."""
    rim: Grid = hollow_out(copy_contiguous(grid))
    return rim


def fill_holes(grid: Grid) -> Grid | None:
    """The grid with holes in `MARK`: background not side-connected to the border. Never None."""
    filled = copy_contiguous(grid)
    filled[find_enclosed_background(filled)] = MARK
    return filled


def fill_bbox(grid: Grid) -> Grid | None:
    """The grid with background in the bounding box of each object (corners join) in `MARK`. Never None."""
    filled = grid.copy()
    for left, top, width, height, area in cv2.connectedComponentsWithStats(grid)[2][1:].tolist():
        if area < width * height:
            filled[top : top + height, left : left + width] = MARK
    return np.where(grid != 0, grid, filled)


def rank_objects(grid: Grid) -> Grid | None:
    """Each object (sides join) in the colour of its rank by size, 1 for the smallest.

    None without objects or above nine sizes.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(grid, connectivity=4)
    areas = stats[1:, cv2.CC_STAT_AREA].tolist()
    if not 0 < len(set(areas)) < COLOURS:
        return None
    colours = np.array([0, *rank_values(areas)], dtype=np.uint8)
    ranked: Grid = colours[labels]
    return ranked


def _split_halves(grid: Grid) -> tuple[Grid, Grid] | None:
    """Split the grid into left and right, or top and bottom; None if neither is possible.

    Halves lie on both sides of a middle line of one colour. Without such a line, an even width that is at least the
    height is halved, else an even height.
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
