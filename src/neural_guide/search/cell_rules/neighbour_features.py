"""What is seen of the neighbours of every cell, and looking away from it."""

from collections.abc import Iterator, Mapping

import cv2
import numpy as np

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.dsl.cells import CROSS, OUTSIDE, SQUARE
from neural_guide.search.cell_rules.feature import MOST, Found
from neural_guide.search.cell_rules.lines import turned, turned_back

SIDES = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
CORNERS = {"up left": (-1, -1), "up right": (-1, 1), "down left": (1, -1), "down right": (1, 1)}
STEPS = SIDES | CORNERS
_AWAY_FROM = {"up": "down", "down": "up", "left": "right", "right": "left"}  # lines in order, seen from the last
SEVERAL = OUTSIDE  # where more than one colour is seen: none of the ten


def near_views(grid: Grid) -> Iterator[Found]:
    """Neighbours, the first content looking away from a cell, and how much is around it."""
    for name, step in STEPS.items():
        yield f"next {name}", _next(grid, *step), True
        yield f"seen {name}", _seen(grid, *step), True
    for name, kernel in (("beside", CROSS.copy()), ("around", SQUARE.copy())):
        kernel[1, 1] = 0
        yield f"content {name}", _counted((grid != 0).view(np.uint8), kernel), False
        alike = np.zeros_like(grid)
        for colour in set(grid.tobytes()):
            mask = (grid == colour).view(np.uint8)
            alike += mask * _counted(mask, kernel)
        yield f"alike {name}", alike, False


def mixed_views(grid: Grid, near: Mapping[str, Grid]) -> Iterator[Found]:
    """What several directions show together: other colours than the cell's own, and how far it is to content.

    Args:
        grid: that is looked at.
        near: its `near_views` by name.
    """
    for place, steps in (("four", SIDES), ("eight", STEPS)):
        others = _others(np.stack([near[f"seen {name}"] for name in steps]), grid)
        yield f"other colour seen of {place}", _the_one(others), True
        yield f"highest other colour seen of {place}", others.max(axis=0), True
    for name, distance in _distances(grid):
        yield f"steps {name}", np.minimum(distance, MOST), False
        yield f"odd steps {name}", (distance > 0) * (1 + distance % 2), False
        yield f"steps of three {name}", (distance > 0) * (1 + distance % 3), False


def _others(colours: Grid, grid: Grid) -> Grid:
    """Colours [direction, row, column] without the cell's own: 0 in its place."""
    others: Grid = np.where(colours != grid, colours, 0).astype(np.uint8)
    return others


def _the_one(colours: Grid) -> Grid:
    """Of colours [direction, row, column] the only one beside 0; `SEVERAL` where there are more."""
    highest = colours.max(axis=0)
    lowest = np.where(colours == 0, COLOURS, colours).min(axis=0)
    one: Grid = np.where((highest == lowest) | (highest == 0), highest, SEVERAL).astype(np.uint8)
    return one


def _distances(grid: Grid) -> Iterator[tuple[str, Grid]]:
    """Steps to the first content in each of four directions, 0 where there is none."""
    for name, direction in _AWAY_FROM.items():
        lines = turned(grid, direction)
        steps = np.zeros_like(lines)
        for row in range(1, len(lines)):
            before = steps[row - 1]
            steps[row] = np.where(lines[row - 1] != 0, 1, np.where(before != 0, before + 1, 0))
        yield name, turned_back(steps, direction)


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
