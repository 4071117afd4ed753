"""Position features: the position of a cell in its grid, and relative to the content of the grid."""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.search.cell_rules.feature import MAX_VALUE, NamedValues

_MAX_POSITION = 6  # larger steps from the border are not distinguished
_METRICS = {"in steps": cv2.DIST_L1, "in rings": cv2.DIST_C}


def compute_position_features(grid: Grid) -> Iterator[NamedValues]:
    """Compute the position in the grid: remainders of row and column, steps from the border, halves.

    A square grid also has the side of each diagonal.
    """
    height, width = grid.shape
    rows, columns = np.indices(grid.shape)
    positions = {
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
        positions |= {
            "side of diagonal": 1 + np.sign(rows - columns),
            "side of other diagonal": 1 + np.sign(rows + columns - height + 1),
        }
    for name, values in positions.items():
        yield name, np.minimum(values, _MAX_POSITION).astype(np.uint8), False


def compute_content_features(grid: Grid) -> Iterator[NamedValues]:
    """Compute the position relative to the bounding box of all content, and the distance and colour of the nearest.

    Yields nothing for a grid without content; no distances for a grid without background.
    """
    if not grid.any():
        return
    for name, values in _compute_box_positions(grid):
        yield name, np.minimum(values, MAX_VALUE).astype(np.uint8), False
    if grid.all():
        return
    blank = (grid == 0).view(np.uint8)
    for name, metric in _METRICS.items():
        distances, nearest = cv2.distanceTransformWithLabels(blank, metric, 3, labelType=cv2.DIST_LABEL_PIXEL)
        colours = np.zeros(int(nearest.max()) + 1, dtype=np.uint8)
        colours[nearest[blank == 0]] = grid[blank == 0]
        yield f"distance {name}", np.minimum(distances, MAX_VALUE).astype(np.uint8), False
        yield f"nearest content {name}", colours[nearest], True


def _compute_box_positions(grid: Grid) -> Iterator[tuple[str, npt.NDArray[np.int64]]]:
    """Compute positions relative to the bounding box of all content, int64 of the grid's shape each."""
    rows, columns = np.indices(grid.shape)
    content_rows, content_columns = np.flatnonzero(grid.any(axis=1)), np.flatnonzero(grid.any(axis=0))
    top, bottom, left, right = content_rows[0], content_rows[-1], content_columns[0], content_columns[-1]
    row_zone = 1 + (rows > bottom) - 1 * (rows < top)
    column_zone = 1 + (columns > right) - 1 * (columns < left)
    yield "side of all content", 3 * row_zone + column_zone
    yield "above or below all content", row_zone
    yield "left or right of all content", column_zone
    for divisor, word in ((2, "two"), (3, "three")):
        yield f"row of {word} from content", (rows - top) % divisor
        yield f"column of {word} from content", (columns - left) % divisor
    yield "checker from content", (rows - top + columns - left) % 2
    rings = np.maximum(np.maximum(top - rows, rows - bottom), np.maximum(left - columns, columns - right)).clip(0)
    yield "rings around all content", rings
    yield "odd rings around all content", (rings > 0) * (1 + rings % 2)
