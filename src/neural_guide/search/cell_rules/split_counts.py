"""What is counted of classes of cells again and again while trees grow; compiled."""

import numba
import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


@numba.njit(cache=True, nogil=True)
def left_by(views: Bytes, values: int, classes: Codes, size: int, right: Bytes) -> Codes:
    """For each view the cells that the best action of their class gets wrong, once the view splits the classes.

    Args:
        views: uint8 [view, cell], below `values`.
        values: that a view may have.
        classes: int64 [cell], below `size`.
        size: number of classes.
        right: uint8 [cell, action], 1 where an action gives the cell's output.

    Returns:
        int64 [view].
    """
    cells, actions = right.shape
    left = np.zeros(len(views), np.int64)
    counts = np.zeros((size * values, actions), np.int32)
    cells_of = np.zeros(size * values, np.int32)
    for view in range(len(views)):
        counts[:] = 0
        cells_of[:] = 0
        for cell in range(cells):
            part = classes[cell] * values + views[view, cell]
            cells_of[part] += 1
            for action in range(actions):
                counts[part, action] += right[cell, action]
        for part in range(size * values):
            if cells_of[part]:
                left[view] += cells_of[part] - counts[part].max()
    return left


@numba.njit(cache=True, nogil=True)
def counted(classes: Codes, size: int, right: Bytes) -> Codes:
    """Cells of each class that each action gets right, int64 [class, action].

    Args:
        classes: int64 [cell], below `size`.
        size: number of classes.
        right: uint8 [cell, action], 1 where an action gives the cell's output.
    """
    counts = np.zeros((size, right.shape[1]), np.int64)
    for cell in range(len(right)):
        for action in range(right.shape[1]):
            counts[classes[cell], action] += right[cell, action]
    return counts
