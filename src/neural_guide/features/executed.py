"""Executed features: the result of every primitive on a state, compared with the target.

Training reads these features from a cache, and the search computes them while it expands a state. Both use this
module, so the bytes are the same.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid, is_equal
from neural_guide.dsl.vocabulary import Primitive
from neural_guide.features.grid_comparison import COMPARISONS, SCALE, compare_grids

FEATURES = (
    "applies",  # the primitive returns a grid
    *COMPARISONS,  # its result compared with the target
    "fixed_point",  # the primitive leaves the target unchanged
)
"""Names of the features of a row; each in [0, 1], stored as round(255 x)."""

NO_SIZE = (0, 0)  # height and width for a primitive that does not apply


class Target:
    """A target grid prepared for repeated comparison.

    Args:
        grid: the output that the program should reach.
        primitives: primitives in the order of the vocabulary.
    """

    def __init__(self, grid: Grid, primitives: Sequence[Primitive]) -> None:
        self.grid = grid
        self.primitives = primitives
        results = (primitive(grid) for primitive in primitives)
        fixed = [result is not None and is_equal(result, grid) for result in results]
        self._fixed = SCALE * np.array(fixed, np.uint8)
        self._cells = np.array(grid, order="C")  # C-contiguous: numba compiles each layout separately

    def compute_features(self, state: Grid, results: Sequence[Grid | None]) -> npt.NDArray[np.uint8]:
        """Compute the features of a state from the results of every primitive.

        Args:
            state: current grid.
            results: results of the primitives on the state, in order; None where a primitive does not apply.

        Returns:
            uint8 [1 + primitives, len(FEATURES)]; row 0 compares the unchanged state.
        """
        grids = [state, *results]
        cells = np.frombuffer(b"".join([grid.tobytes() for grid in grids if grid is not None]), np.uint8)
        sizes = np.array([NO_SIZE if grid is None else grid.shape for grid in grids])
        rows = np.zeros((len(grids), len(FEATURES)), np.uint8)
        rows[:, 0] = SCALE * (sizes[:, 0] > 0)
        rows[:, 1:-1] = compare_grids(cells, sizes, self._cells)
        rows[1:, -1] = self._fixed
        return rows


def compute_executed_features(state: Grid, target: Grid, primitives: Sequence[Primitive]) -> npt.NDArray[np.uint8]:
    """Run every primitive on a state and compare each result with the target.

    Args:
        state: current grid: the input of a pair, or an intermediate state of a search.
        target: output of the pair.
        primitives: primitives in the order of the vocabulary.

    Returns:
        uint8 [1 + primitives, len(FEATURES)]; row 0 is the unchanged state.
    """
    return Target(target, primitives).compute_features(state, [primitive(state) for primitive in primitives])
