"""What is seen of every cell of a grid."""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from neural_guide.dsl.cells import CROSS, OUTSIDE, SQUARE
from neural_guide.grid import COLOURS, Grid
from neural_guide.search.cells.line_views import line_views
from neural_guide.search.cells.object_views import object_views, panel_views

VALUES = 32  # of a view: 0 to 31
NEAR = 2.0  # nats of a view of the cells around
FAR = 3.0  # and of one of the whole grid
PLACED = 4.0  # and of one that is little but the place of a cell
_STEPS = {
    "up": (-1, 0),
    "down": (1, 0),
    "left": (0, -1),
    "right": (0, 1),
    "up left": (-1, -1),
    "up right": (-1, 1),
    "down left": (1, -1),
    "down right": (1, 1),
}


class View(NamedTuple):
    """One thing seen of every cell.

    Attributes:
        cells: uint8 of the grid's shape, below `VALUES`.
        cost: in nats, of asking it.
        is_colour: whether its values are colours, which a rule may copy.
    """

    cells: Grid
    cost: float
    is_colour: bool = False


def views_of(grid: Grid) -> dict[str, View]:
    """The views of a grid by name; objects and panels are seen where there are any."""
    found = dict(_around(grid))
    found |= {name: View(cells, PLACED) for name, cells in _places(grid.shape)}
    found |= {name: View(cells, FAR, is_colour) for name, cells, is_colour in line_views(grid)}
    found |= {name: View(cells, FAR, is_colour) for name, cells, is_colour in _colours(grid)}
    found |= {name: View(cells, FAR, is_colour) for name, cells, is_colour in panel_views(grid)}
    found |= {name: View(cells, FAR) for name, cells in object_views(grid)}
    return found


def _around(grid: Grid) -> Iterator[tuple[str, View]]:
    """Neighbours, what is seen looking away from a cell, and how much is around it."""
    for name, step in _STEPS.items():
        yield f"next {name}", View(_next(grid, *step), NEAR, is_colour=True)
        yield f"seen {name}", View(_seen(grid, *step), NEAR, is_colour=True)
    for name, kernel in (("beside", CROSS.copy()), ("around", SQUARE.copy())):
        kernel[1, 1] = 0
        yield f"content {name}", View(_counted((grid != 0).view(np.uint8), kernel), NEAR)
        alike = np.zeros_like(grid)
        for colour in set(grid.tobytes()):
            mask = (grid == colour).view(np.uint8)
            alike += mask * _counted(mask, kernel)
        yield f"alike {name}", View(alike, NEAR)


def _counted(mask: Grid, kernel: Grid) -> Grid:
    counts: Grid = cv2.filter2D(mask, -1, kernel, borderType=cv2.BORDER_CONSTANT)  # type: ignore[assignment]
    return counts


def _next(grid: Grid, down: int, right: int) -> Grid:
    """The neighbour in a direction."""
    padded = np.pad(grid, 1, constant_values=OUTSIDE)
    height, width = grid.shape
    return padded[1 + down : 1 + down + height, 1 + right : 1 + right + width].copy()


def _seen(grid: Grid, down: int, right: int) -> Grid:
    """The first content in a direction; background where there is none."""
    height, width = grid.shape
    padded = np.pad(grid, 1)
    seen = np.zeros_like(padded)
    inner = slice(1, -1)
    for _ in range(max(height, width)):
        ahead = np.where(padded != 0, padded, seen)
        moved = ahead[1 + down : 1 + down + height, 1 + right : 1 + right + width]
        if np.array_equal(moved, seen[inner, inner]):
            break
        seen[inner, inner] = moved
    return seen[inner, inner].copy()


def _places(shape: tuple[int, int]) -> Iterator[tuple[str, Grid]]:
    height, width = shape
    rows, columns = np.indices(shape)
    steps = {
        "odd row": rows % 2,
        "odd column": columns % 2,
        "checker": (rows + columns) % 2,
        "row of three": rows % 3,
        "column of three": columns % 3,
        "diagonal of three": (rows + columns) % 3,
        "from border": np.minimum(np.minimum(rows, height - 1 - rows), np.minimum(columns, width - 1 - columns)),
        "from top": np.minimum(rows, 3),
        "from bottom": np.minimum(height - 1 - rows, 3),
        "from left": np.minimum(columns, 3),
        "from right": np.minimum(width - 1 - columns, 3),
        "upper or lower half": 1 + np.sign(2 * rows - height + 1),
        "left or right half": 1 + np.sign(2 * columns - width + 1),
    }
    if height == width:
        steps |= {
            "side of diagonal": 1 + np.sign(rows - columns),
            "side of other diagonal": 1 + np.sign(rows + columns - height + 1),
        }
    for name, values in steps.items():
        yield name, _bytes(np.minimum(values, 6))


def _bytes(values: npt.NDArray[np.int64]) -> Grid:
    return values.astype(np.uint8)


def _colours(grid: Grid) -> Iterator[tuple[str, Grid, bool]]:
    """How common a cell's colour is, and the colours that are most and least common."""
    counts = np.bincount(grid.ravel(), minlength=COLOURS)
    order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    for name, ranked in (("rank of colour", order), ("rank of colour from rarest", order[::-1])):
        table = np.zeros(COLOURS, dtype=np.uint8)
        table[ranked] = np.arange(len(ranked))
        yield name, table[grid], False
    content = [int(colour) for colour in order if colour] or [0]
    for name, colour in (("commonest colour", content[0]), ("rarest colour", content[-1])):
        yield name, np.full_like(grid, colour), True
