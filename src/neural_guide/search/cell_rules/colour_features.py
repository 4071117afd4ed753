"""What is seen of the colour of every cell beside the others of its grid."""

from collections.abc import Iterator

import numpy as np

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.search.cell_rules.feature import Found


def colour_views(grid: Grid) -> Iterator[Found]:
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
