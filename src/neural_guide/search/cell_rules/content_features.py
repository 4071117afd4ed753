"""Where a cell is beside what a grid holds."""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.search.cell_rules.feature import MOST, Found

_METRICS = {"in steps": cv2.DIST_L1, "in rings": cv2.DIST_C}


def content_views(grid: Grid) -> Iterator[Found]:
    """Beside the box around all content, and beside the nearest content; nothing of a blank grid."""
    if not grid.any():
        return
    for name, values in _beside_box(grid):
        yield name, np.minimum(values, MOST).astype(np.uint8), False
    if grid.all():
        return
    blank = (grid == 0).view(np.uint8)
    for name, metric in _METRICS.items():
        distances, nearest = cv2.distanceTransformWithLabels(blank, metric, 3, labelType=cv2.DIST_LABEL_PIXEL)
        colours = np.zeros(int(nearest.max()) + 1, dtype=np.uint8)
        colours[nearest[blank == 0]] = grid[blank == 0]
        yield f"distance {name}", np.minimum(distances, MOST).astype(np.uint8), False
        yield f"nearest content {name}", colours[nearest], True


def _beside_box(grid: Grid) -> Iterator[tuple[str, npt.NDArray[np.int64]]]:
    rows, columns = np.indices(grid.shape)
    filled, crossed = np.flatnonzero(grid.any(axis=1)), np.flatnonzero(grid.any(axis=0))
    top, bottom, left, right = filled[0], filled[-1], crossed[0], crossed[-1]
    row_zone = 1 + (rows > bottom) - 1 * (rows < top)
    column_zone = 1 + (columns > right) - 1 * (columns < left)
    yield "side of all content", 3 * row_zone + column_zone
    yield "above or below all content", row_zone
    yield "left or right of all content", column_zone
    for count, word in ((2, "two"), (3, "three")):
        yield f"row of {word} from content", (rows - top) % count
        yield f"column of {word} from content", (columns - left) % count
    yield "checker from content", (rows - top + columns - left) % 2
    beyond = np.maximum(np.maximum(top - rows, rows - bottom), np.maximum(left - columns, columns - right)).clip(0)
    yield "rings around all content", beyond
    yield "odd rings around all content", (beyond > 0) * (1 + beyond % 2)
