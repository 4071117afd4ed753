"""Canvases: inputs drawn on a grid of the output's size, for outputs of another size that show their input.

An input is placed once, cut off or surrounded by background, or repeated, mirrored, continued or scaled. On the canvas
input and output have one size, so that rules over units, cells and lines can say how the input goes on.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS, MAX_TASK_SIDE, Grid
from neural_guide.arc.task import Task
from neural_guide.search.output_size import Shape, ShapeRule, are_possible, find_shape_rule

ANCHORS: dict[str, tuple[int, int]] = {
    "top left": (0, 0),
    "top right": (0, 2),
    "bottom left": (2, 0),
    "bottom right": (2, 2),
    "middle": (1, 1),
}
"""Places of a smaller grid in a larger one: halves of the spare rows above it, and of the spare columns to its left."""
REPEATED, SCALED, CONTINUED, CORNERS = "repeated", "scaled", "continued", "at all corners"
MIRRORED, MIRRORED_AROUND, MIRRORED_AT_EDGES = "mirrored", "mirrored around", "mirrored at edges"
LAYOUTS = (*ANCHORS, REPEATED, SCALED, CONTINUED, CORNERS, MIRRORED, MIRRORED_AROUND, MIRRORED_AT_EDGES)
"""Ways to draw an input on a canvas, see `draw_on_canvas`."""
_CORNERS = [anchor for anchor in ANCHORS.values() if 1 not in anchor]
_Indices = npt.NDArray[np.intp]
_LEAST_SHOWN = 0.8  # share of the input's content on the canvas that the output shows in its place


class Canvas(NamedTuple):
    """A canvas of the output's size.

    Attributes:
        layout: way to draw the input, one of `LAYOUTS`.
        rule: rule of the output's shape.
    """

    layout: str
    rule: ShapeRule

    def draw(self, grid: Grid) -> Grid:
        """Draw an input on the canvas; one of no cell, or too many, is replaced by the nearest size."""
        rows, columns = (min(max(side, 1), MAX_TASK_SIDE) for side in self.rule(grid))
        return draw_on_canvas(grid, (rows, columns), self.layout)


def list_canvases(task: Task) -> Iterator[Canvas]:
    """List the canvases on which every output shows its input; none where sizes stay or follow no simple rule."""
    inputs, outputs = [pair.input for pair in task.pairs], [pair.output for pair in task.pairs]
    rule = find_shape_rule(inputs, outputs) if outputs else None
    if rule is None or all(grid.shape == output.shape for grid, output in zip(inputs, outputs, strict=True)):
        return
    if not are_possible(list(map(rule, task.test_inputs)), (*inputs, *outputs, *task.test_inputs)):
        return
    canvases = (Canvas(layout, rule) for layout in LAYOUTS)
    yield from (canvas for canvas in canvases if _show(outputs, list(map(canvas.draw, inputs))))


def draw_on_canvas(grid: Grid, shape: Shape, layout: str) -> Grid:
    """Draw a grid on a canvas.

    Args:
        grid: uint8 [row, column].
        shape: rows and columns of the canvas.
        layout: one of `LAYOUTS`. Placed once, a grid is cut off where it is larger than the canvas. Repeated or
            mirrored, it begins at the upper left; mirrored around, it is the middle one of the copies, and mirrored at
            edges, neighbouring copies share a row or column. Scaled, each cell of the canvas has the colour of the cell
            at its share of the sides. Continued, it goes on by the shortest step that leads from its rows to the ones
            below, then to the right. At all corners, four copies lie over each other.
    """
    if layout == CONTINUED:
        return _continue_down(_continue_down(grid, shape[0]).T, shape[1]).T.copy()
    if layout == CORNERS:
        corners: Grid = np.maximum.reduce([_place(grid, shape, anchor) for anchor in _CORNERS])
        return corners
    if layout in ANCHORS:
        return _place(grid, shape, ANCHORS[layout])
    rows, columns = (_LINES[layout](np.arange(shape[axis]), grid.shape[axis], shape[axis]) for axis in (0, 1))
    return np.ascontiguousarray(grid[np.ix_(rows, columns)])


def _fold(indices: _Indices, side: int, shared: int = 0) -> _Indices:
    """Return the index in a side that is mirrored again and again, with so many shared lines."""
    period = max(2 * (side - shared), 1)
    indices = indices % period
    return np.where(indices < side, indices, period - 1 + shared - indices)


_LINES: dict[str, Callable[[_Indices, int, int], _Indices]] = {
    REPEATED: lambda indices, side, _: indices % side,
    SCALED: lambda indices, side, room: indices * side // room,
    MIRRORED: lambda indices, side, _: _fold(indices, side),
    MIRRORED_AROUND: lambda indices, side, room: _fold(indices - room // side // 2 * side, side),
    MIRRORED_AT_EDGES: lambda indices, side, _: _fold(indices, side, 1),
}
"""Functions from the indices of the rows or columns of a canvas, the side of a grid and that of the canvas to indices
of the grid's, by layout."""


def _continue_down(grid: Grid, rows: int) -> Grid:
    """Cut a grid to so many rows, or go on by the shortest step; with background if no step agrees with all rows."""
    height, width = grid.shape
    continued = np.zeros((rows, width), dtype=np.uint8)
    continued[:height] = grid[:rows]
    step = _find_step(grid) if rows > height else None
    if step is not None:
        down, across = step
        for row in range(height, rows):
            continued[row] = _shift(continued[row - down], across)
    return continued


def _find_step(grid: Grid) -> tuple[int, int] | None:
    """Find the shortest step, down and then across, that maps the rows above to those below; None without one."""
    height, width = grid.shape
    for down in range(1, height):
        for across in sorted(range(1 - width, width), key=abs):
            if (grid[down:] == _shift(grid[:-down], across)).all():
                return down, across
    return None


def _shift(cells: Grid, across: int) -> Grid:
    """Shift the last axis to the right, or to the left for negative steps; background comes in."""
    shifted = np.zeros_like(cells)
    width = cells.shape[-1]
    to, start = max(across, 0), max(-across, 0)
    shifted[..., to : width - start] = cells[..., start : width - to]
    return shifted


def _place(grid: Grid, shape: Shape, anchor: tuple[int, int]) -> Grid:
    canvas = np.zeros(shape, dtype=np.uint8)
    spare = [anchor[axis] * (shape[axis] - grid.shape[axis]) // 2 for axis in (0, 1)]
    (rows, from_rows), (columns, from_columns) = (
        _overlap(spare[axis], grid.shape[axis], shape[axis]) for axis in (0, 1)
    )
    canvas[rows, columns] = grid[from_rows, from_columns]
    return canvas


def _overlap(offset: int, side: int, room: int) -> tuple[slice, slice]:
    """Return where a side that begins at an offset lies in a room, and the part of the side that lies in it."""
    first, last = max(0, offset), min(room, offset + side)
    return slice(first, last), slice(first - offset, last - offset)


def _show(outputs: Sequence[Grid], drawn: Sequence[Grid]) -> bool:
    """Return whether outputs show most of the content of drawn inputs: the same colours, or each another everywhere."""
    counts = np.zeros((len(outputs), COLOURS, COLOURS), dtype=np.int64)  # cells by pair, drawn colour and output colour
    for pair, grid, output in zip(counts, drawn, outputs, strict=True):
        np.add.at(pair, (grid, output), 1)
    counts[:, 0] = 0
    least = _LEAST_SHOWN * counts.sum(axis=(1, 2))
    if not least.all():
        return False
    colours = counts[:, :, 1:].sum(axis=0).argmax(axis=1) + 1
    renamed = counts[:, np.arange(COLOURS), colours].sum(axis=1)
    same = np.trace(counts, axis1=1, axis2=2)
    return bool((same >= least).all() or (renamed >= least).all())
