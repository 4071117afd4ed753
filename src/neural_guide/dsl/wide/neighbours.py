"""Primitives that change a cell by its neighbours: noise removed, objects grown, marks set."""

import cv2
import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.dsl.cells import CROSS, MARK, SQUARE

_SQUARE_2: npt.NDArray[np.uint8] = np.ones((2, 2), dtype=np.uint8)


def grow(grid: Grid) -> Grid | None:
    """Background that touches content, corners included, in its colour, the highest of several. Never None."""
    return np.where(grid != 0, grid, cv2.dilate(grid, SQUARE))


def open_squares(grid: Grid) -> Grid | None:
    """Only the content that is part of a 2 x 2 square of content. Never None."""
    mask = (grid != 0).view(np.uint8)
    opened = cv2.dilate(
        cv2.erode(mask, _SQUARE_2, borderType=cv2.BORDER_CONSTANT, borderValue=0), _SQUARE_2, anchor=(0, 0)
    )
    kept: Grid = grid * opened.astype(np.uint8)
    return kept


def denoise(grid: Grid) -> Grid | None:
    """Each cell in the most common colour of its 3 x 3 area; of several its own, else the lowest. Never None."""
    most, colours, own = _count_around(grid)
    return np.where(own == most, grid, colours)


def absorb_dots(grid: Grid) -> Grid | None:
    """Cells without an equal neighbour in the most common colour of their 3 x 3 area, or the lowest. Never None."""
    _, colours, own = _count_around(grid)
    return np.where(own > 1, grid, colours)


def mark_checker(grid: Grid) -> Grid | None:
    """The grid with every second cell of content in `MARK`, as on a chessboard over its box. None without content."""
    left, top, width, _ = cv2.boundingRect(np.ascontiguousarray(grid))
    if not width:
        return None
    rows, columns = np.ogrid[: grid.shape[0], : grid.shape[1]]
    odd = (rows + columns + left + top) % 2 == 1
    return np.where(odd & (grid != 0), np.uint8(MARK), grid)


def mark_stripes(grid: Grid) -> Grid | None:
    """The grid with content in every second column of the content's box in `MARK`. None without content."""
    left, _, width, _ = cv2.boundingRect(np.ascontiguousarray(grid))
    if not width:
        return None
    odd = (np.arange(grid.shape[1]) - left) % 2 == 1
    return np.where(odd & (grid != 0), np.uint8(MARK), grid)


def count_neighbours(grid: Grid) -> Grid | None:
    """Each cell of content as a number: one plus its sides with content. Never None."""
    content = (grid != 0).view(np.uint8)
    counts = cv2.filter2D(content, -1, CROSS, borderType=cv2.BORDER_CONSTANT)
    numbered: Grid = counts * content
    return numbered


def _count_around(grid: Grid) -> tuple[Grid, Grid, Grid]:
    """Count the colours in the 3 x 3 area of each cell.

    Returns:
        uint8, shape of the grid, each: count of the most common colour; that colour, the lowest for a tie; count of the
        cell's own colour.
    """
    most, colours, own = (np.zeros(grid.shape, dtype=np.uint8) for _ in range(3))
    for colour in sorted(set(grid.tobytes())):
        mask = (grid == colour).view(np.uint8)
        counts = cv2.boxFilter(mask, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)
        more = counts > most
        most[more], colours[more] = counts[more], colour
        own += counts * mask
    return most, colours, own
