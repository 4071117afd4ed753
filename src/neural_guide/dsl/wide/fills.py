"""Primitives that fill holes, boxes and other regions."""

import cv2
import numpy as np

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.dsl.cells import MARK
from neural_guide.dsl.kernels import find_largest_rectangle
from neural_guide.dsl.objects import rank_values


def rank_gaps(grid: Grid) -> Grid | None:
    """Each region of background (sides join) in the colour of its rank by size, 1 for the smallest; content vanishes.

    None above nine sizes or without background.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats((grid == 0).view(np.uint8), connectivity=4)
    areas = stats[1:, cv2.CC_STAT_AREA].tolist()
    if not 0 < len(set(areas)) < COLOURS:
        return None
    ranked: Grid = np.array([0, *rank_values(areas)], dtype=np.uint8)[labels]
    return ranked


def fill_content_box(grid: Grid) -> Grid | None:
    """The grid with background inside the bounding box of all content in `MARK`. None without content."""
    left, top, width, height = cv2.boundingRect(np.ascontiguousarray(grid))
    if not width:
        return None
    filled = grid.copy()
    part = filled[top : top + height, left : left + width]
    part[part == 0] = MARK
    return filled


def fill_gap_rectangle(grid: Grid) -> Grid | None:
    """The grid with its largest rectangle of background in `MARK`. None for a tie or without background."""
    count, top, bottom, left, right = find_largest_rectangle(grid == 0)
    if count != 1:
        return None
    filled = grid.copy()
    filled[top:bottom, left:right] = MARK
    return filled


def fill_open_rows(grid: Grid) -> Grid | None:
    """The grid with its rows and columns of background in `MARK`. None without any."""
    rows, columns = grid.any(axis=1), grid.any(axis=0)
    if rows.all() and columns.all():
        return None
    return np.where(np.outer(rows, columns), grid, np.uint8(MARK))
