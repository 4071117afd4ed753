"""Executed features: what running every primitive once on a state says about the way to a target.

The trained network reads them from a cache, the search computes them while it expands a state: both take
them from here, as the same bytes.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from neural_guide.dsl.vocabulary import Primitive
from neural_guide.grid import COLOURS, Grid, same

FEATURES = (
    "applies",  # the primitive gives a result
    "changed",  # it differs from the state
    "same_height",  # as the target
    "same_width",
    "height_ratio",  # r / (1 + r) for r = result / target
    "width_ratio",
    "equal",  # the result is the target
    "equal_up_to_colours",  # one map of colours makes it the target
    "equal_cells",  # share of cells, 0 where the shapes differ
    "equal_content",  # share of the target's cells that are not background
    "equal_rows",  # share of rows that agree throughout
    "equal_columns",
    "histogram_distance",  # total variation between the shares of colours
    "colours_within",  # every colour of the result is in the target
    "colours_cover",  # every colour of the target is in the result
    "fixed_point",  # the primitive leaves the target as it is
)
"""Names of the features of a row; each in [0, 1], kept as round(255 x)."""

_COLUMN = {name: column for column, name in enumerate(FEATURES)}
_CODES = COLOURS * COLOURS  # of a colour here and a colour there

Rows = npt.NDArray[np.float64]


class Target:
    """A target grid and what comparing with it needs again and again.

    Args:
        grid: what the program should end with.
        primitives: in the order of the vocabulary.
    """

    def __init__(self, grid: Grid, primitives: Sequence[Primitive]) -> None:
        self.grid = grid
        self.primitives = primitives
        counts = np.bincount(grid.ravel(), minlength=COLOURS)
        self._shares = counts / grid.size
        self._has = counts > 0
        self._content = max(int(grid.size - counts[0]), 1)
        results = (primitive(grid) for primitive in primitives)
        self.fixed = np.array([result is not None and same(result, grid) for result in results], dtype=np.float32)

    def features(self, state: Grid, results: Sequence[Grid | None]) -> npt.NDArray[np.uint8]:
        """Features of a state from what every primitive made of it.

        All rows are computed at once: a call of numpy costs more than the cells of a grid do.

        Args:
            state: current grid.
            results: of the primitives on it, in order; None where one does not apply.

        Returns:
            uint8 [1 + primitives, len(FEATURES)]; row 0 compares the unchanged state.
        """
        applied = [row for row, result in enumerate(results, start=1) if result is not None]
        grids = [state, *(result for result in results if result is not None)]
        compared = np.zeros((len(grids), len(FEATURES)))
        compared[:, _COLUMN["applies"]] = 1
        self._compare_shapes(grids, compared)
        self._compare_colours(grids, compared)
        self._compare_cells(grids, compared)
        cells = state.tobytes()
        compared[:, _COLUMN["changed"]] = [grid.shape != state.shape or grid.tobytes() != cells for grid in grids]
        rows = np.zeros((1 + len(results), len(FEATURES)))
        rows[[0, *applied]] = compared
        rows[1:, _COLUMN["fixed_point"]] = self.fixed
        return (255 * rows + 0.5).astype(np.uint8)

    def _compare_shapes(self, grids: list[Grid], rows: Rows) -> None:
        """Fill columns 2 to 5: the same height and width, and their ratios."""
        shapes = np.array([grid.shape for grid in grids])
        rows[:, 2:4] = shapes == self.grid.shape
        rows[:, 4:6] = shapes / (shapes + self.grid.shape)

    def _compare_colours(self, grids: list[Grid], rows: Rows) -> None:
        """Fill columns 12 to 14: distance and inclusions of the colours."""
        sizes = np.array([grid.size for grid in grids])
        owners = np.repeat(np.arange(0, COLOURS * len(grids), COLOURS), sizes)
        owners += np.concatenate([grid.ravel() for grid in grids])
        counts = np.bincount(owners, minlength=COLOURS * len(grids)).reshape(-1, COLOURS)
        has = counts > 0
        rows[:, 12] = np.abs(counts / sizes[:, None] - self._shares).sum(axis=1) / 2
        rows[:, 13] = (has <= self._has).all(axis=1)
        rows[:, 14] = (has >= self._has).all(axis=1)

    def _compare_cells(self, grids: list[Grid], rows: Rows) -> None:
        """Fill columns 6 to 11 of the grids that have the target's shape."""
        fitting = [row for row, grid in enumerate(grids) if grid.shape == self.grid.shape]
        if not fitting:
            return
        stack = np.array([grids[row] for row in fitting])
        # One count of (colour here, colour there) answers all questions about cells and colours.
        codes = stack * np.uint8(COLOURS) + self.grid + np.arange(0, _CODES * len(stack), _CODES)[:, None, None]
        joint = np.bincount(codes.ravel(), minlength=_CODES * len(stack)).reshape(-1, COLOURS, COLOURS)
        agreeing = joint.trace(axis1=1, axis2=2)
        goals = (joint > 0).sum(axis=2)  # colours that each colour would have to become
        agree = stack == self.grid
        rows[fitting, 6:12] = np.array(
            [
                agreeing == self.grid.size,
                (goals <= 1).all(axis=1),
                agreeing / self.grid.size,
                (agreeing - joint[:, 0, 0]) / self._content,
                agree.all(axis=2).mean(axis=1),
                agree.all(axis=1).mean(axis=1),
            ]
        ).T


def executed_features(state: Grid, target: Grid, primitives: Sequence[Primitive]) -> npt.NDArray[np.uint8]:
    """Run every primitive on a state and compare each result with the target.

    Args:
        state: the grid of now: a pair's input, or where a search has come.
        target: the pair's output.
        primitives: in the order of the vocabulary.

    Returns:
        uint8 [1 + primitives, len(FEATURES)]; row 0 is the unchanged state.
    """
    return Target(target, primitives).features(state, [primitive(state) for primitive in primitives])
