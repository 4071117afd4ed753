"""What is seen of the row and the column of every cell."""

from collections.abc import Iterator

import numpy as np

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.search.cell_rules.feature import MOST, Found


def line_views(grid: Grid) -> Iterator[Found]:
    """Of rows, columns and the borders opposite a cell."""
    for kind, lines in (("row", grid), ("column", grid.T)):
        for name, values, is_colour in _of_lines(lines):
            column = np.broadcast_to(np.array(values, dtype=np.uint8)[:, None], lines.shape)
            yield f"{name} of {kind}", np.ascontiguousarray(column if kind == "row" else column.T), is_colour
    edges = {"left": grid[:, :1], "right": grid[:, -1:], "top": grid[:1], "bottom": grid[-1:]}
    for name, edge in edges.items():
        yield f"border {name}", np.ascontiguousarray(np.broadcast_to(edge, grid.shape)), True


def _of_lines(lines: Grid) -> Iterator[tuple[str, list[int], bool]]:
    """Of each line its content, its most common colour, its one colour (0: it has several) and how many it has."""
    counts = np.stack([np.bincount(line, minlength=COLOURS) for line in lines])
    content = counts.copy()
    content[:, 0] = 0
    whole = counts.max(axis=1) == lines.shape[1]
    yield "content", np.minimum(content.sum(axis=1), MOST).tolist(), False
    yield "commonest colour", (content.argmax(axis=1) * content.any(axis=1)).tolist(), True
    yield "only colour", (whole * (counts.argmax(axis=1) + 1)).tolist(), False
    yield "colours", np.count_nonzero(content, axis=1).tolist(), False
