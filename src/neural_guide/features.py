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

Row = npt.NDArray[np.float32]
_FIXED = FEATURES.index("fixed_point")


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

        Args:
            state: current grid.
            results: of the primitives on it, in order; None where one does not apply.

        Returns:
            uint8 [1 + primitives, len(FEATURES)]; row 0 compares the unchanged state.
        """
        rows = np.zeros((1 + len(results), len(FEATURES)), dtype=np.float32)
        self._compare(state, rows[0])
        for row, result in zip(rows[1:], results, strict=True):
            if result is not None:
                self._compare(result, row)
                row[1] = not same(result, state)
        rows[1:, _FIXED] = self.fixed
        return (255 * rows + 0.5).astype(np.uint8)

    def _compare(self, result: Grid, row: Row) -> None:
        """Fill every feature but `changed` and `fixed_point`."""
        height, width = result.shape
        goal_height, goal_width = self.grid.shape
        row[0] = 1
        row[2], row[3] = height == goal_height, width == goal_width
        row[4], row[5] = height / (height + goal_height), width / (width + goal_width)
        if row[2] and row[3]:
            # One count of (colour here, colour there) answers all questions about cells and colours.
            joint = np.bincount((result * np.uint8(COLOURS) + self.grid).ravel(), minlength=COLOURS**2)
            joint = joint.reshape(COLOURS, COLOURS)
            counts, agreeing = joint.sum(axis=1), joint.trace()
            row[6] = agreeing == result.size
            row[7] = np.count_nonzero(joint) == np.count_nonzero(counts)
            row[8] = agreeing / result.size
            row[9] = (agreeing - joint[0, 0]) / self._content
            agree = result == self.grid
            row[10], row[11] = agree.all(axis=1).mean(), agree.all(axis=0).mean()
        else:
            counts = np.bincount(result.ravel(), minlength=COLOURS)
        has = counts > 0
        row[12] = np.abs(counts / result.size - self._shares).sum() / 2
        row[13], row[14] = not (has & ~self._has).any(), not (self._has & ~has).any()


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
