"""Colour features: the colours of a cell's grid, row, column and opposite borders."""

from collections.abc import Iterator

import numpy as np

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.search.cell_rules.feature import MAX_VALUE, NamedValues


def compute_colour_features(grid: Grid) -> Iterator[NamedValues]:
    """Compute the frequency rank of a cell's colour, and the most and the least common content colour of the grid."""
    counts = np.bincount(grid.ravel(), minlength=COLOURS)
    order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    for name, colours in (("rank of colour", order), ("rank of colour from rarest", order[::-1])):
        ranks = np.zeros(COLOURS, dtype=np.uint8)
        ranks[colours] = np.arange(len(colours))
        yield name, ranks[grid], False
    content = [int(colour) for colour in order if colour] or [0]
    for name, colour in (("commonest colour", content[0]), ("rarest colour", content[-1])):
        yield name, np.full_like(grid, colour), True


def compute_row_and_column_features(grid: Grid) -> Iterator[NamedValues]:
    """Compute colour statistics of a cell's row and column, and the colours of the border cells opposite it."""
    for kind, lines in (("row", grid), ("column", grid.T)):
        for name, line_values, is_colour in _compute_line_statistics(lines):
            values = np.broadcast_to(np.array(line_values, dtype=np.uint8)[:, None], lines.shape)
            yield f"{name} of {kind}", np.ascontiguousarray(values if kind == "row" else values.T), is_colour
    borders = {"left": grid[:, :1], "right": grid[:, -1:], "top": grid[:1], "bottom": grid[-1:]}
    for name, border in borders.items():
        yield f"border {name}", np.ascontiguousarray(np.broadcast_to(border, grid.shape)), True


def _compute_line_statistics(lines: Grid) -> Iterator[tuple[str, list[int], bool]]:
    """Compute statistics of each row: content cells, most common colour, only colour, number of colours.

    The only colour is 1 + the colour that fills the row, or 0 for a row of several colours.
    """
    counts = np.stack([np.bincount(line, minlength=COLOURS) for line in lines])
    content = counts.copy()
    content[:, 0] = 0
    is_uniform = counts.max(axis=1) == lines.shape[1]
    yield "content", np.minimum(content.sum(axis=1), MAX_VALUE).tolist(), False
    yield "commonest colour", (content.argmax(axis=1) * content.any(axis=1)).tolist(), True
    yield "only colour", (is_uniform * (counts.argmax(axis=1) + 1)).tolist(), False
    yield "colours", np.count_nonzero(content, axis=1).tolist(), False
