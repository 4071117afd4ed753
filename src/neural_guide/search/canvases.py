"""Canvases: inputs placed on a grid of the output's size, for outputs of another size that show their input.

What lies outside is cut off, what is new is background. On the canvas input and output have one size, so that rules
over units, cells and lines can say how the input goes on.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid, find_max_side
from neural_guide.arc.task import Task
from neural_guide.search.output_size import Shape, ShapeRule, find_shape_rule

ANCHORS: dict[str, tuple[int, int]] = {
    "top left": (0, 0),
    "top right": (0, 2),
    "bottom left": (2, 0),
    "bottom right": (2, 2),
    "middle": (1, 1),
}
"""Place of the input: halves of the spare rows above it, and of the spare columns to its left."""
_LEAST_SHOWN = 0.8  # share of the input's content on the canvas that the output shows in its place


class Canvas(NamedTuple):
    """A canvas of the output's size.

    Attributes:
        anchor: place of the input, a key of `ANCHORS`.
        rule: rule of the output's shape.
    """

    anchor: str
    rule: ShapeRule

    def place(self, grid: Grid) -> Grid:
        """Place an input on the canvas."""
        return place_on_canvas(grid, self.rule(grid.shape), self.anchor)


def list_canvases(task: Task) -> Iterator[Canvas]:
    """List the canvases on which every output shows its input; none where sizes stay or follow no simple rule."""
    inputs, outputs = [pair.input for pair in task.pairs], [pair.output for pair in task.pairs]
    rule = find_shape_rule(inputs, outputs) if outputs else None
    if rule is None or all(grid.shape == output.shape for grid, output in zip(inputs, outputs, strict=True)):
        return
    max_side = find_max_side(*inputs, *outputs, *task.test_inputs)
    if any(not 1 <= side <= max_side for grid in task.test_inputs for side in rule(grid.shape)):
        return
    for anchor in ANCHORS:
        canvas = Canvas(anchor, rule)
        if all(_shows(output, canvas.place(grid)) for grid, output in zip(inputs, outputs, strict=True)):
            yield canvas


def place_on_canvas(grid: Grid, shape: Shape, anchor: str) -> Grid:
    """Place a grid on a canvas, cut off where it is larger; new cells are background.

    Args:
        grid: uint8 [row, column].
        shape: rows and columns of the canvas.
        anchor: place of the grid, a key of `ANCHORS`.
    """
    canvas = np.zeros(shape, dtype=np.uint8)
    spare = [ANCHORS[anchor][axis] * (shape[axis] - grid.shape[axis]) // 2 for axis in (0, 1)]
    (rows, from_rows), (columns, from_columns) = (
        _overlap(spare[axis], grid.shape[axis], shape[axis]) for axis in (0, 1)
    )
    canvas[rows, columns] = grid[from_rows, from_columns]
    return canvas


def _overlap(offset: int, side: int, room: int) -> tuple[slice, slice]:
    """Return where a side that begins at an offset lies in a room, and the part of the side that lies in it."""
    first, last = max(0, offset), min(room, offset + side)
    return slice(first, last), slice(first - offset, last - offset)


def _shows(output: Grid, placed: Grid) -> bool:
    """Return whether an output shows most of the content of a placed input."""
    content: Sequence[bool] = (placed == output)[placed != 0]
    return len(content) > 0 and float(np.mean(content)) >= _LEAST_SHOWN
