"""Canvases: inputs drawn on a grid of the output's size, for outputs of another size that show their input.

An input is placed once, cut off or surrounded by background, or repeated, or scaled. On the canvas input and output
have one size, so that rules over units, cells and lines can say how the input goes on.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import MAX_TASK_SIDE, Grid
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
REPEATED, SCALED = "repeated", "scaled"
LAYOUTS = (*ANCHORS, REPEATED, SCALED)
"""Ways to draw an input on a canvas."""
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
    for layout in LAYOUTS:
        canvas = Canvas(layout, rule)
        if all(_shows(output, canvas.draw(grid)) for grid, output in zip(inputs, outputs, strict=True)):
            yield canvas


def draw_on_canvas(grid: Grid, shape: Shape, layout: str) -> Grid:
    """Draw a grid on a canvas.

    Args:
        grid: uint8 [row, column].
        shape: rows and columns of the canvas.
        layout: one of `LAYOUTS`. Placed once, a grid is cut off where it is larger than the canvas; repeated, it begins
            at the upper left; scaled, each cell of the canvas has the colour of the cell at its share of the sides.
    """
    rows, columns = np.arange(shape[0]), np.arange(shape[1])
    if layout == REPEATED:
        return np.ascontiguousarray(grid[np.ix_(rows % grid.shape[0], columns % grid.shape[1])])
    if layout == SCALED:
        shares = rows * grid.shape[0] // shape[0], columns * grid.shape[1] // shape[1]
        return np.ascontiguousarray(grid[np.ix_(*shares)])
    return _place(grid, shape, ANCHORS[layout])


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


def _shows(output: Grid, drawn: Grid) -> bool:
    """Return whether an output shows most of the content of a drawn input."""
    content: Sequence[bool] = (drawn == output)[drawn != 0]
    return len(content) > 0 and float(np.mean(content)) >= _LEAST_SHOWN
