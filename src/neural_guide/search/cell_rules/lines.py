"""Cells that are decided line by line, so that what became of earlier lines can be seen too.

A rule that goes down says of a row what the rows above have become: lines that grow, turn at obstacles and go on,
patterns that repeat. On the pairs the lines before are those of the output; on a test, those that the rule has made.
"""

from collections.abc import Mapping

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.dsl.cells import OUTSIDE

DIRECTIONS = ("down", "up", "right", "left")
MADE = ("made before", "made before to the left", "made before to the right", "made two before")
"""Views of what became of the cell one line before, of its two neighbours there, and of the cell two lines before."""


def turned(cells: Grid, direction: str) -> Grid:
    """With the lines in order as rows, the first on top."""
    if direction in ("right", "left"):
        cells = cells.T
    return cells[::-1] if direction in ("up", "left") else cells


def turned_back(lines: Grid, direction: str) -> Grid:
    """As it was before `turned`."""
    if direction in ("up", "left"):
        lines = lines[::-1]
    return np.ascontiguousarray(lines.T if direction in ("right", "left") else lines)


def made_views(output: Grid, direction: str) -> dict[str, Grid]:
    """The views of `MADE` of a whole grid by name."""
    lines = turned(output, direction)
    seen = np.stack([np.stack(list(made_before(lines, row).values())) for row in range(len(lines))], axis=1)
    return {name: turned_back(values, direction) for name, values in zip(MADE, seen, strict=True)}


def made_before(lines: Grid, row: int) -> Mapping[str, Grid]:
    """The views of `MADE` of one row; `OUTSIDE` beyond the border."""
    beyond = np.full(lines.shape[1], OUTSIDE, dtype=np.uint8)
    before = lines[row - 1] if row > 0 else beyond
    two_before = lines[row - 2] if row > 1 else beyond
    padded = np.pad(before, 1, constant_values=OUTSIDE)
    return dict(zip(MADE, (before, padded[:-2], padded[2:], two_before), strict=True))
