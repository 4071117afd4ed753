"""Executed features: what running every primitive once on a state says about the way to a target.

The trained network reads them from a cache, the search computes them while it expands a state: both take
them from here, as the same bytes.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from neural_guide.dsl.cells import MARK
from neural_guide.dsl.vocabulary import Primitive
from neural_guide.grid import COLOURS, Grid, same
from neural_guide.views import Part, turns, unmirrored

FEATURES = (
    "applies",  # the primitive gives a result
    "changed",  # it differs from the state
    "same_height",  # as the target
    "same_width",
    "height_ratio",  # r / (1 + r) for r = result / target
    "width_ratio",
    "equal",  # the result is the target
    "equal_up_to_colours",  # one map of colours makes it the target
    "equal_cells",  # share of cells, 0 where the shapes differ, as all below
    "equal_content",  # share of the target's cells that are not background
    "equal_background",  # share of cells that are background in both or in neither
    "equal_unmarked",  # share of the target's cells in another colour than `MARK`
    "equal_mapped",  # share of cells under the best map of colours
    "equal_rows",  # share of rows that agree throughout
    "equal_columns",
    "histogram_distance",  # total variation between the shares of colours
    "colours_within",  # every colour of the result is in the target
    "colours_cover",  # every colour of the target is in the result
    "turned_equal",  # a turn or a mirror makes it the target
    "turned_cells",  # share of equal cells under the best turn or mirror
    "unmirrored_cells",  # share of equal cells with what the target is the mirror image of
    "holds_target",  # the target is a smaller part of it
    "fixed_point",  # the primitive leaves the target as it is
)
"""Names of the features of a row; each in [0, 1], kept as round(255 x)."""

_COLUMN = {name: column for column, name in enumerate(FEATURES)}
_SHAPE = slice(_COLUMN["same_height"], _COLUMN["equal"])
_CELLS = slice(_COLUMN["equal"], _COLUMN["histogram_distance"])
_COLOURS = slice(_COLUMN["histogram_distance"], _COLUMN["turned_equal"])
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
        self._unmarked = max(int(grid.size - counts[MARK]), 1)
        self._part = Part(grid)
        self._turned = turns(grid)
        self._unmirrored = unmirrored(grid)
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
        self._compare_views(grids, compared)
        cells = state.tobytes()
        compared[:, _COLUMN["changed"]] = [grid.shape != state.shape or grid.tobytes() != cells for grid in grids]
        rows = np.zeros((1 + len(results), len(FEATURES)))
        rows[[0, *applied]] = compared
        rows[1:, _COLUMN["fixed_point"]] = self.fixed
        return (255 * rows + 0.5).astype(np.uint8)

    def _compare_shapes(self, grids: list[Grid], rows: Rows) -> None:
        """Fill the columns of heights and widths."""
        shapes = np.array([grid.shape for grid in grids])
        rows[:, _SHAPE] = np.concatenate([shapes == self.grid.shape, shapes / (shapes + self.grid.shape)], axis=1)

    def _compare_colours(self, grids: list[Grid], rows: Rows) -> None:
        """Fill the columns of shares of colours and of colours that occur."""
        sizes = np.array([grid.size for grid in grids])
        owners = np.repeat(np.arange(0, COLOURS * len(grids), COLOURS), sizes)
        owners += np.concatenate([grid.ravel() for grid in grids])
        counts = np.bincount(owners, minlength=COLOURS * len(grids)).reshape(-1, COLOURS)
        has = counts > 0
        distance = np.abs(counts / sizes[:, None] - self._shares).sum(axis=1) / 2
        rows[:, _COLOURS] = np.array([distance, (has <= self._has).all(axis=1), (has >= self._has).all(axis=1)]).T

    def _compare_cells(self, grids: list[Grid], rows: Rows) -> None:
        """Fill the columns of equal cells for the grids that have the target's shape."""
        fitting = [row for row, grid in enumerate(grids) if grid.shape == self.grid.shape]
        if not fitting:
            return
        stack = np.array([grids[row] for row in fitting])
        # One count of (colour here, colour there) answers all questions about cells and colours.
        codes = stack * np.uint8(COLOURS) + self.grid + np.arange(0, _CODES * len(stack), _CODES)[:, None, None]
        joint = np.bincount(codes.ravel(), minlength=_CODES * len(stack)).reshape(-1, COLOURS, COLOURS)
        agreeing, empty = joint.trace(axis1=1, axis2=2), joint[:, 0, 0]
        mapped = joint.max(axis=2).sum(axis=1)  # each colour becomes the one it most often has to
        agree = stack == self.grid
        rows[fitting, _CELLS] = np.array(
            [
                agreeing == self.grid.size,
                mapped == self.grid.size,
                agreeing / self.grid.size,
                (agreeing - empty) / self._content,
                (empty + joint[:, 1:, 1:].sum(axis=(1, 2))) / self.grid.size,
                (agreeing - joint[:, MARK, MARK]) / self._unmarked,
                mapped / self.grid.size,
                agree.all(axis=2).mean(axis=1),
                agree.all(axis=1).mean(axis=1),
            ]
        ).T

    def _compare_views(self, grids: list[Grid], rows: Rows) -> None:
        """Fill the columns of the target turned, unmirrored, and as a part."""
        places: dict[tuple[int, ...], list[int]] = {}
        for row, grid in enumerate(grids):
            places.setdefault(grid.shape, []).append(row)
        covers, holds = _COLUMN["colours_cover"], _COLUMN["holds_target"]
        for shape, alike in places.items():
            for name, views in (("turned_cells", self._turned), ("unmirrored_cells", self._unmirrored)):
                if shape in views:
                    stack = np.array([grids[row] for row in alike])
                    agreeing = (stack[:, None] == views[shape]).sum(axis=(2, 3))
                    rows[alike, _COLUMN[name]] = agreeing.max(axis=1) / stack[0].size
            if shape != self.grid.shape:
                rows[alike, holds] = [rows[row, covers] > 0 and self._part.within(grids[row]) for row in alike]
        rows[:, _COLUMN["turned_equal"]] = rows[:, _COLUMN["turned_cells"]] == 1


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
