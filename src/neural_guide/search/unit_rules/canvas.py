"""Painting on an empty canvas of a grid's shape."""

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.search.unit_rules.units import Mask, Scene

UNTOUCHED = 255  # no colour: the cell stays


def make_canvas(scene: Scene) -> Grid:
    """Make a canvas that touches no cell of the grid."""
    return np.full(scene.grid.shape, UNTOUCHED, dtype=np.uint8)


def paint_mask(scene: Scene, mask: Mask, colour: int) -> Grid:
    """Paint the cells of a mask of the grid's shape."""
    canvas = make_canvas(scene)
    canvas[mask] = colour
    return canvas


def paint_cells(canvas: Grid, top: int, left: int, cells: Grid, mask: Mask) -> bool:
    """Paint cells at a place, cropped at the border; return whether any cell is inside."""
    rows, columns = canvas.shape
    first_row, first_column = max(0, -top), max(0, -left)
    height, width = min(cells.shape[0], rows - top), min(cells.shape[1], columns - left)
    if first_row >= height or first_column >= width:
        return False
    part = (slice(first_row, height), slice(first_column, width))
    target = canvas[top + first_row : top + height, left + first_column : left + width]
    np.copyto(target, cells[part], where=mask[part])
    return bool(mask[part].any())
