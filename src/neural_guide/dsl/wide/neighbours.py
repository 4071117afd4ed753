"""What a cell becomes by the cells next to it: noise removed, objects grown, marks set."""

import cv2
import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.dsl.cells import CROSS, MARK, SQUARE


def grow(grid: Grid) -> Grid | None:
    """Background that touches content, corners included, in its colour, the highest of several. Never None."""
    return np.where(grid != 0, grid, cv2.dilate(grid, SQUARE))


def grow_sides(grid: Grid) -> Grid | None:
    """Background with content at a side in its colour, the highest of several. Never None."""
    return np.where(grid != 0, grid, cv2.dilate(grid, CROSS))


def mark_sides(grid: Grid) -> Grid | None:
    """Background with content at a side becomes `MARK`. Never None."""
    near = cv2.dilate(grid, CROSS)
    return np.where((grid == 0) & (near != 0), np.uint8(MARK), grid)


def mark_corners(grid: Grid) -> Grid | None:
    """Background with content at a corner and none at a side becomes `MARK`. Never None."""
    near, beside = cv2.dilate(grid, SQUARE), cv2.dilate(grid, CROSS)
    return np.where((beside == 0) & (near != 0), np.uint8(MARK), grid)


def open_squares(grid: Grid) -> Grid | None:
    """Only content that is part of a 2 x 2 square of content. Never None."""
    mask = (grid != 0).view(np.uint8)
    opened = cv2.dilate(cv2.erode(mask, _TWO, borderType=cv2.BORDER_CONSTANT, borderValue=0), _TWO, anchor=(0, 0))
    kept: Grid = grid * opened.astype(np.uint8)
    return kept


def open_lines(grid: Grid) -> Grid | None:
    """Only content that is not part of a 2 x 2 square of content. Never None."""
    kept = open_squares(grid)
    left: Grid = grid * (kept == 0)
    return left


def denoise(grid: Grid) -> Grid | None:
    """Each cell in the colour that most of the nine cells around it have, or the lowest of a tie. Never None."""
    most, colours, own = _around(grid)
    return np.where(own == most, grid, colours)


def absorb_dots(grid: Grid) -> Grid | None:
    """Cells with none of their colour around them in that of most around them, the lowest of a tie. Never None."""
    _, colours, own = _around(grid)
    return np.where(own > 1, grid, colours)


def keep_crossings(grid: Grid) -> Grid | None:
    """Content with content at all four sides becomes `MARK`. Never None."""
    mask = (grid != 0).view(np.uint8)
    crossing = cv2.erode(mask, CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.where(crossing != 0, np.uint8(MARK), grid)


def mark_checker(grid: Grid) -> Grid | None:
    """Every second cell of content, as on a chessboard from its own top left, becomes `MARK`. None without content."""
    left, top, width, _ = cv2.boundingRect(np.ascontiguousarray(grid))
    if not width:
        return None
    rows, columns = np.ogrid[: grid.shape[0], : grid.shape[1]]
    odd = (rows + columns + left + top) % 2 == 1
    return np.where(odd & (grid != 0), np.uint8(MARK), grid)


def mark_stripes(grid: Grid) -> Grid | None:
    """Every second column of the content's box: content there becomes `MARK`. None without content."""
    left, _, width, _ = cv2.boundingRect(np.ascontiguousarray(grid))
    if not width:
        return None
    odd = (np.arange(grid.shape[1]) - left) % 2 == 1
    return np.where(odd & (grid != 0), np.uint8(MARK), grid)


def count_neighbours(grid: Grid) -> Grid | None:
    """Each cell of content in the colour that is the number of its sides with content, and one. Never None."""
    there = (grid != 0).view(np.uint8)
    counts = cv2.filter2D(there, -1, CROSS, borderType=cv2.BORDER_CONSTANT)
    numbered: Grid = counts * there
    return numbered


_TWO: npt.NDArray[np.uint8] = np.ones((2, 2), dtype=np.uint8)


def _around(grid: Grid) -> tuple[Grid, Grid, Grid]:
    """Of the nine cells around each cell: how many have the commonest colour, that colour, how many the cell's own."""
    most, colours, own = (np.zeros(grid.shape, dtype=np.uint8) for _ in range(3))
    for colour in sorted(set(grid.tobytes())):
        mask = (grid == colour).view(np.uint8)
        counts = cv2.boxFilter(mask, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)
        more = counts > most
        most[more], colours[more] = counts[more], colour
        own += counts * mask
    return most, colours, own
