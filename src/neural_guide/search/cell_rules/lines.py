"""Lines of a grid in one of four directions, and features of the previous lines.

A rule that goes down predicts a row from the predicted rows above it: lines that extend, turn at obstacles and
continue, patterns that repeat. When fitting, previous lines come from the true output (teacher forcing); at test time,
from the rule's own predictions.
"""

from collections.abc import Mapping

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.dsl.cells import OUTSIDE

DIRECTIONS = ("down", "up", "right", "left")
PREVIOUS_LINE_FEATURES = ("made before", "made before to the left", "made before to the right", "made two before")
"""Names of the features: the cell one line before, its two neighbours there, and the cell two lines before."""


def orient_lines(cells: Grid, direction: str) -> Grid:
    """Turn cells so that lines are rows in the order of the direction, the first on top; a view of the cells."""
    if direction in ("right", "left"):
        cells = cells.T
    return cells[::-1] if direction in ("up", "left") else cells


def restore_orientation(lines: Grid, direction: str) -> Grid:
    """Undo `orient_lines`; a contiguous array."""
    if direction in ("up", "left"):
        lines = lines[::-1]
    return np.ascontiguousarray(lines.T if direction in ("right", "left") else lines)


def compute_previous_line_features(output: Grid, direction: str) -> dict[str, Grid]:
    """Compute `PREVIOUS_LINE_FEATURES` of a whole grid by name, uint8 of its shape."""
    lines = orient_lines(output, direction)
    rows = [np.stack(list(read_previous_lines(lines, row).values())) for row in range(len(lines))]
    features = np.stack(rows, axis=1)
    return {
        name: restore_orientation(values, direction)
        for name, values in zip(PREVIOUS_LINE_FEATURES, features, strict=True)
    }


def read_previous_lines(lines: Grid, row: int) -> Mapping[str, Grid]:
    """Read `PREVIOUS_LINE_FEATURES` of one row by name, uint8 [column]; `OUTSIDE` beyond the border."""
    outside = np.full(lines.shape[1], OUTSIDE, dtype=np.uint8)
    previous = lines[row - 1] if row > 0 else outside
    second_previous = lines[row - 2] if row > 1 else outside
    padded = np.pad(previous, 1, constant_values=OUTSIDE)
    return dict(zip(PREVIOUS_LINE_FEATURES, (previous, padded[:-2], padded[2:], second_previous), strict=True))
