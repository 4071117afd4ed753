"""Primitives that fill holes, boxes and other regions."""

from collections.abc import Callable

import cv2
import numpy as np

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.dsl.cells import MARK, SQUARE, add_border
from neural_guide.dsl.kernels import copy_contiguous, find_enclosed_background, find_largest_rectangle
from neural_guide.dsl.objects import find_side_connected_objects, rank_values


def fill_holes_square(grid: Grid) -> Grid | None:
    """The grid with its square holes (sides join) in `MARK`. None without one."""
    return _paint_holes(grid, lambda boxes: [MARK * (box[4] == box[2] ** 2 and box[2] == box[3]) for box in boxes])


def fill_holes_largest(grid: Grid) -> Grid | None:
    """The grid with its largest holes (sides join) in `MARK`. None without holes."""

    def largest(boxes: list[list[int]]) -> list[int]:
        most = max(box[4] for box in boxes)
        return [MARK * (box[4] == most) for box in boxes]

    return _paint_holes(grid, largest)


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


def fill_insides(grid: Grid) -> Grid | None:
    """The grid with the inside of each object of one colour in `MARK`: cells with eight neighbours of that colour."""
    inside = np.zeros(grid.shape, dtype=bool)
    for colour in set(grid.tobytes()) - {0}:
        mask = (grid == colour).view(np.uint8)
        inside |= cv2.erode(mask, SQUARE, borderType=cv2.BORDER_CONSTANT, borderValue=0).view(bool)
    return np.where(inside, np.uint8(MARK), grid)


def layer(grid: Grid) -> Grid | None:
    """Each cell of content as its distance from background or border, corners included, at most 9."""
    inside = add_border(np.where(grid != 0, np.uint8(1), np.uint8(0)), 0)
    distances: Grid = cv2.distanceTransform(inside, cv2.DIST_C, 3)[1:-1, 1:-1].astype(np.uint8)
    return np.minimum(distances, COLOURS - 1)


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


def fill_squares(grid: Grid) -> Grid | None:
    """The grid with objects of one colour (sides join) that are filled squares in `MARK`. None without one."""
    objects = find_side_connected_objects(grid)
    square = [box.width == box.height and box.area == box.width**2 for box in objects.boxes]
    if not any(square):
        return None
    return np.where(np.array([False, *square])[objects.labels], np.uint8(MARK), grid)


def _paint_holes(grid: Grid, choose: Callable[[list[list[int]]], list[int]]) -> Grid | None:
    """Paint the holes in chosen colours, 0 leaves one blank; None if none is painted or a colour exceeds 9."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        find_enclosed_background(copy_contiguous(grid)).view(np.uint8), connectivity=4
    )
    boxes = stats[1:].tolist()
    if not boxes:
        return None
    colours = choose(boxes)
    if not any(colours) or max(colours) >= COLOURS:
        return None
    return np.where(grid != 0, grid, np.array([0, *colours], dtype=np.uint8)[labels])
