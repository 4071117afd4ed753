"""Grids named by numbers: each is kept once, and each primitive runs at most once on each."""

from collections.abc import Sequence

from neural_guide.arc.grid import Grid
from neural_guide.dsl.vocabulary import Primitive

NO_GRID = -1  # stands for a grid where a primitive does not apply
_NOT_RUN = -2
_OVERHEAD = 700  # bytes beside its cells that a grid costs: array, key, entry of the index, results


class GridTable:
    """The grids met so far, and what primitives make of them.

    Args:
        primitives: what can be run, by position.

    Attributes:
        grids: by number.
        cells: of each grid, its cells as bytes, row by row.
        nbytes: memory that all of it takes, about.
    """

    def __init__(self, primitives: Sequence[Primitive]) -> None:
        self.primitives = tuple(primitives)
        self.grids: list[Grid] = []
        self.cells: list[bytes] = []
        self.nbytes = 0
        self._ids: dict[tuple[int, bytes], int] = {}
        self._results: list[list[int]] = []
        self._not_run = [_NOT_RUN] * len(self.primitives)

    def __len__(self) -> int:
        return len(self.grids)

    def intern(self, grid: Grid) -> int:
        """The number of the grid; equal grids share it."""
        cells = grid.tobytes()
        key = (grid.shape[0], cells)
        known = self._ids.get(key)
        if known is None:
            known = self._ids[key] = len(self.grids)
            self.grids.append(grid)
            self.cells.append(cells)
            self._results.append(self._not_run)
            self.nbytes += _OVERHEAD + 2 * len(cells)
        return known

    def apply(self, number: int, primitive: int) -> int:
        """What one primitive makes of a grid: its number or `NO_GRID`."""
        results = self._results[number]
        made = results[primitive]
        if made != _NOT_RUN:
            return made
        if results is self._not_run:
            results = self._results[number] = results.copy()
        result = self.primitives[primitive](self.grids[number])
        made = results[primitive] = NO_GRID if result is None else self.intern(result)
        return made

    def apply_all(self, number: int) -> list[int]:
        """What every primitive makes of a grid, in order; not to be changed."""
        if _NOT_RUN in self._results[number]:
            for primitive in range(len(self.primitives)):
                self.apply(number, primitive)
        return self._results[number]

    def list_calls(self) -> list[tuple[int, int]]:
        """Every call so far: (number of the grid, primitive)."""
        return [
            (number, primitive)
            for number, results in enumerate(self._results)
            for primitive, made in enumerate(results)
            if made != _NOT_RUN
        ]
