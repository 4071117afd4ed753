"""Neighbour features: the cells around a cell, and the first content in each direction from it."""

from collections.abc import Iterator, Mapping

import cv2
import numpy as np

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.dsl.cells import CROSS, OUTSIDE, SQUARE
from neural_guide.search.cell_rules.feature import MAX_VALUE, NamedValues
from neural_guide.search.cell_rules.lines import orient_lines, restore_orientation

SIDES = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
CORNERS = {"up left": (-1, -1), "up right": (-1, 1), "down left": (1, -1), "down right": (1, 1)}
DIRECTIONS = SIDES | CORNERS
_OPPOSITES = {"up": "down", "down": "up", "left": "right", "right": "left"}  # line order, for looking back along it
SEVERAL = OUTSIDE  # more than one colour in sight: none of the ten colours


def compute_neighbour_features(grid: Grid) -> Iterator[NamedValues]:
    """Compute neighbours, the first content in each direction, and counts of content and of equal cells around."""
    for name, step in DIRECTIONS.items():
        yield f"next {name}", _shift(grid, *step), True
        yield f"seen {name}", _find_first_content(grid, *step), True
    for name, kernel in (("beside", CROSS.copy()), ("around", SQUARE.copy())):
        kernel[1, 1] = 0
        yield f"content {name}", _count_neighbours((grid != 0).view(np.uint8), kernel), False
        equal_cells = np.zeros_like(grid)
        for colour in set(grid.tobytes()):
            mask = (grid == colour).view(np.uint8)
            equal_cells += mask * _count_neighbours(mask, kernel)
        yield f"alike {name}", equal_cells, False


def compute_direction_features(grid: Grid, near: Mapping[str, Grid]) -> Iterator[NamedValues]:
    """Compute features of several directions: other colours in sight, and steps to the first content.

    Args:
        grid: uint8 [row, column].
        near: values of the grid's `compute_neighbour_features` by name.
    """
    for name, directions in (("four", SIDES), ("eight", DIRECTIONS)):
        others = _clear_own_colour(np.stack([near[f"seen {direction}"] for direction in directions]), grid)
        yield f"other colour seen of {name}", _find_only_colour(others), True
        yield f"highest other colour seen of {name}", others.max(axis=0), True
    for name, distance in _compute_distances(grid):
        yield f"steps {name}", np.minimum(distance, MAX_VALUE), False
        yield f"odd steps {name}", (distance > 0) * (1 + distance % 2), False
        yield f"steps of three {name}", (distance > 0) * (1 + distance % 3), False


def _clear_own_colour(colours: Grid, grid: Grid) -> Grid:
    """Replace the cell's own colour by 0 in colours, uint8 [direction, row, column]."""
    others: Grid = np.where(colours != grid, colours, 0).astype(np.uint8)
    return others


def _find_only_colour(colours: Grid) -> Grid:
    """Find the only colour but 0 over all directions; `SEVERAL` for more than one.

    Args:
        colours: uint8 [direction, row, column].
    """
    highest = colours.max(axis=0)
    lowest = np.where(colours == 0, COLOURS, colours).min(axis=0)
    only: Grid = np.where((highest == lowest) | (highest == 0), highest, SEVERAL).astype(np.uint8)
    return only


def _compute_distances(grid: Grid) -> Iterator[tuple[str, Grid]]:
    """Compute the steps to the first content in each of four directions; 0 for no content in the direction."""
    for name, opposite in _OPPOSITES.items():
        lines = orient_lines(grid, opposite)
        steps = np.zeros_like(lines)
        for row in range(1, len(lines)):
            previous = steps[row - 1]
            steps[row] = np.where(lines[row - 1] != 0, 1, np.where(previous != 0, previous + 1, 0))
        yield name, restore_orientation(steps, opposite)


def _count_neighbours(mask: Grid, kernel: Grid) -> Grid:
    """Count the cells of a mask under the kernel around each cell."""
    counts: Grid = cv2.filter2D(mask, -1, kernel, borderType=cv2.BORDER_CONSTANT)  # type: ignore[assignment]
    return counts


def _shift(grid: Grid, down: int, right: int) -> Grid:
    """Return the neighbour in a direction; `OUTSIDE` beyond the border."""
    padded = np.pad(grid, 1, constant_values=OUTSIDE)
    height, width = grid.shape
    return padded[1 + down : 1 + down + height, 1 + right : 1 + right + width].copy()


def _find_first_content(grid: Grid, down: int, right: int) -> Grid:
    """Find the first content in a direction; 0 for no content in the direction."""
    height, width = grid.shape
    padded = np.pad(grid, 1)
    first = np.zeros_like(padded)
    inner = slice(1, -1)
    for _ in range(max(height, width)):
        visible = np.where(padded != 0, padded, first)
        shifted = visible[1 + down : 1 + down + height, 1 + right : 1 + right + width]
        if np.array_equal(shifted, first[inner, inner]):
            break
        first[inner, inner] = shifted
    return first[inner, inner].copy()
