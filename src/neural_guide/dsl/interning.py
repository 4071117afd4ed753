"""Interned grids: each grid is stored once under a number, and each primitive runs at most once on each grid."""

from collections.abc import Sequence

from neural_guide.arc.grid import Grid
from neural_guide.dsl.vocabulary import Primitive

NO_GRID = -1  # the number of a result where the primitive does not apply
_NOT_RUN = -2
_OVERHEAD = 700  # bytes a grid costs besides its cells: array, key, index entry, results


class GridTable:
    """Numbered grids and the memoised results of primitives on them.

    Args:
        primitives: primitives to apply, by position.

    Attributes:
        grids: the grids, by number.
        cells: the cells of each grid as bytes, row by row.
        nbytes: approximate memory of the whole table, in bytes.
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
        """Return the number of the grid, adding it if it is new; equal grids share one number."""
        cells = grid.tobytes()
        key = (grid.shape[0], cells)
        number = self._ids.get(key)
        if number is None:
            number = self._ids[key] = len(self.grids)
            self.grids.append(grid)
            self.cells.append(cells)
            self._results.append(self._not_run)
            self.nbytes += _OVERHEAD + 2 * len(cells)
        return number

    def apply(self, number: int, primitive: int) -> int:
        """Return the number of the grid that one primitive makes of a grid, or `NO_GRID`."""
        results = self._results[number]
        known = results[primitive]
        if known != _NOT_RUN:
            return known
        if results is self._not_run:
            results = self._results[number] = results.copy()
        output = self.primitives[primitive](self.grids[number])
        result = results[primitive] = NO_GRID if output is None else self.intern(output)
        return result

    def apply_all(self, number: int) -> list[int]:
        """Return the results of every primitive on a grid, in order. Read-only."""
        if _NOT_RUN in self._results[number]:
            for primitive in range(len(self.primitives)):
                self.apply(number, primitive)
        return self._results[number]

    def list_calls(self) -> list[tuple[int, int]]:
        """List every call so far: (number of the grid, primitive)."""
        return [
            (number, primitive)
            for number, results in enumerate(self._results)
            for primitive, result in enumerate(results)
            if result != _NOT_RUN
        ]
