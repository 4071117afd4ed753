"""Cell-level helpers of primitives: colour counts, crops, borders and gaps between equal cells."""

from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.dsl.kernels import bridge_equals, copy_contiguous, count_cells

MARK = 4  # the colour that primitives draw in when they mean no colour of the grid
OUTSIDE = COLOURS  # a value that no cell has
SQUARE: npt.NDArray[np.uint8] = np.ones((3, 3), dtype=np.uint8)  # a cell and its eight neighbours
CROSS: npt.NDArray[np.uint8] = np.array(
    [[0, 1, 0], [1, 1, 1], [0, 1, 0]], dtype=np.uint8
)  # a cell and the four at its sides

cv2.setNumThreads(0)  # grids are tiny: a thread pool costs more than it saves


def view_mirrored_columns(cells: Grid, axis: int) -> Grid:
    """View the columns with an opposite one: column c mirrors to `axis - c`, see `kernels.find_best_axis`."""
    return cells[:, max(0, axis - cells.shape[1] + 1) : axis + 1]


def count_by_colour(grid: Grid) -> list[int]:
    """Count the cells of each colour, 0 to 9."""
    counts: list[int] = count_cells(copy_contiguous(grid)).tolist()
    return counts


def list_content_colours(grid: Grid) -> list[int]:
    """List the colours of the grid except background, ascending."""
    cells = grid.tobytes()
    return [colour for colour in range(1, COLOURS) if colour in cells]


def sort_colours(grid: Grid) -> list[int] | None:
    """Sort the colours except background, most common first; None for a tie or an all-background grid."""
    counts = count_by_colour(grid)
    ranked = sorted(list_content_colours(grid), key=lambda colour: -counts[colour])
    return ranked if ranked and len({counts[colour] for colour in ranked}) == len(ranked) else None


def find_commonest_colour(grid: Grid) -> int | None:
    """Find the most common colour except background; None for a tie or an all-background grid."""
    counts = count_by_colour(grid)
    counts[0] = 0
    most = max(counts)
    return counts.index(most) if counts.count(most) == 1 else None


def find_rarest_colour(grid: Grid) -> int | None:
    """Find the rarest colour present except background; None for a tie or an all-background grid."""
    counts = [count or grid.size + 1 for count in count_by_colour(grid)]
    counts[0] = grid.size + 1
    fewest = min(counts)
    return counts.index(fewest) if counts.count(fewest) == 1 else None


def crop_to_mask(grid: Grid, mask: Grid) -> Grid | None:
    """Crop the grid to the smallest rectangle around the nonzero cells of the mask; None for an empty mask."""
    left, top, width, height = cv2.boundingRect(mask)
    if not width:
        return None
    return grid[top : top + height, left : left + width].copy()


def is_uniform(line: Grid) -> bool:
    """Return true if the row or column has a single colour and it is not background."""
    cells = line.tobytes()
    return cells[0] != 0 and cells.count(cells[0]) == len(cells)


def add_border(grid: Grid, value: int) -> Grid:
    """Return the grid with a border of one cell of the value added around it."""
    padded = cv2.copyMakeBorder(grid, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=value)
    return cast(Grid, padded)


def fill_between_equals(grid: Grid, mark: int = 0) -> Grid:
    """Fill the background between equal consecutive content cells of a row.

    Args:
        grid: the grid; left unchanged.
        mark: colour of the fill; 0 for the colour of the two cells.

    Returns:
        A grid that shares no memory with the input.
    """
    filled = copy_contiguous(grid)
    bridge_equals(filled, mark)
    return filled
