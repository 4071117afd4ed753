"""Where a cell is in its grid."""

from collections.abc import Iterator

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.search.cell_rules.feature import Found

_MOST = 6  # steps from the border that are told apart


def place_views(grid: Grid) -> Iterator[Found]:
    """Rows and columns by their remainders, steps from the border, halves, and sides of the diagonals of a square."""
    height, width = grid.shape
    rows, columns = np.indices(grid.shape)
    places = {
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
        places |= {
            "side of diagonal": 1 + np.sign(rows - columns),
            "side of other diagonal": 1 + np.sign(rows + columns - height + 1),
        }
    for name, values in places.items():
        yield name, np.minimum(values, _MOST).astype(np.uint8), False
