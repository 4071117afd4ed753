"""What primitives ask of the cells of a grid: how many of a colour, where they lie, what is around them."""

from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.dsl.kernels import bridge_equals, copy_contiguous, count_cells

MARK = 4  # drawn where no colour of the grid is meant
OUTSIDE = COLOURS  # a value that no cell has
SQUARE: npt.NDArray[np.uint8] = np.ones((3, 3), dtype=np.uint8)  # a cell and its eight neighbours
CROSS: npt.NDArray[np.uint8] = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], dtype=np.uint8)  # and those at its sides

cv2.setNumThreads(0)  # grids are tiny: a thread pool only costs


def count_by_colour(grid: Grid) -> list[int]:
    """Cells of each colour, 0 to 9."""
    found: list[int] = count_cells(copy_contiguous(grid)).tolist()
    return found


def list_content_colours(grid: Grid) -> list[int]:
    """The colours of the grid but background, ascending."""
    cells = grid.tobytes()
    return [colour for colour in range(1, COLOURS) if colour in cells]


def sort_colours(grid: Grid) -> list[int] | None:
    """The colours but background, most common first; None of a tie or without any."""
    counts = count_by_colour(grid)
    ranked = sorted(list_content_colours(grid), key=lambda colour: -counts[colour])
    return ranked if ranked and len({counts[colour] for colour in ranked}) == len(ranked) else None


def find_commonest_colour(grid: Grid) -> int | None:
    """The colour but background that most cells have; None where no colour is that."""
    counts = count_by_colour(grid)
    counts[0] = 0
    most = max(counts)
    return counts.index(most) if counts.count(most) == 1 else None


def find_rarest_colour(grid: Grid) -> int | None:
    """The colour but background that fewest cells have, but some; None where no colour is that."""
    counts = [count or grid.size + 1 for count in count_by_colour(grid)]
    counts[0] = grid.size + 1
    fewest = min(counts)
    return counts.index(fewest) if counts.count(fewest) == 1 else None


def crop_to_mask(grid: Grid, mask: Grid) -> Grid | None:
    """The rectangle of the grid around the cells that the mask marks; None where it marks none."""
    left, top, width, height = cv2.boundingRect(mask)
    if not width:
        return None
    return grid[top : top + height, left : left + width].copy()


def is_uniform(line: Grid) -> bool:
    """Whether the line has one colour and that is not the background."""
    cells = line.tobytes()
    return cells[0] != 0 and cells.count(cells[0]) == len(cells)


def add_border(grid: Grid, value: int) -> Grid:
    """The grid with one cell of the value added around it."""
    padded = cv2.copyMakeBorder(grid, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=value)
    return cast(Grid, padded)


def fill_between_equals(grid: Grid, mark: int = 0) -> Grid:
    """The grid with background between equal neighbours of a row in `mark`; 0: in their colour. Shares no memory."""
    made = copy_contiguous(grid)
    bridge_equals(made, mark)
    return made
