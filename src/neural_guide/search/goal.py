"""Goal test: the grids of a state equal the outputs up to one colour relabelling, applied after the last step."""

from collections.abc import Sequence

import numpy as np

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.dsl.interning import GridTable

Relabelling = tuple[int, ...]
"""New colour of each of the ten colours; a colour that occurs in no grid keeps its own."""

_UNUSED = 255  # in a relabelling of one pair: the colour does not occur in its grid
_Partial = bytes


class Goal:
    """The outputs of a task's pairs.

    Args:
        outputs: one per pair, in order.
        grids: store of the states' grids.
    """

    def __init__(self, outputs: Sequence[Grid], grids: GridTable) -> None:
        self._outputs = [(output.shape, output.tobytes()) for output in outputs]
        self._grids = grids
        # Cache by pair and grid: one grid occurs in many states.
        self._cache: list[dict[int, _Partial | None]] = [{} for _ in outputs]

    def find_relabelling(self, state: tuple[int, ...]) -> Relabelling | None:
        """Return the one relabelling that turns a state's first grids into the outputs; None: there is none.

        Args:
            state: ids of its grids, those of the pairs first.
        """
        partials = []
        for pair, grid_id in enumerate(state[: len(self._cache)]):
            partial = self._get_partial(pair, grid_id)
            if partial is None:
                return None
            partials.append(partial)
        return _join_partials(partials)

    def find_relabellings_without(self, state: tuple[int, ...]) -> dict[int, Relabelling]:
        """Return the relabellings that turn all grids of a state but one into the outputs, by the pair left out.

        Args:
            state: ids of its grids, those of the pairs first.
        """
        partials: list[_Partial] = []
        failed: list[int] = []
        for pair, grid_id in enumerate(state[: len(self._cache)]):
            partial = self._get_partial(pair, grid_id)
            if partial is None:
                failed.append(pair)
                if len(failed) > 1:
                    return {}
            partials.append(partial or b"")
        relabellings = {
            pair: _join_partials([*partials[:pair], *partials[pair + 1 :]]) for pair in (failed or range(len(partials)))
        }
        return {pair: relabelling for pair, relabelling in relabellings.items() if relabelling is not None}

    def _get_partial(self, pair: int, grid_id: int) -> _Partial | None:
        cache = self._cache[pair]
        return cache[grid_id] if grid_id in cache else self._relabel_pair(pair, grid_id)

    def _relabel_pair(self, pair: int, grid_id: int) -> _Partial | None:
        shape, goal = self._outputs[pair]
        has_shape = self._grids.grids[grid_id].shape == shape
        partial = find_partial_relabelling(self._grids.cells[grid_id], goal) if has_shape else None
        self._cache[pair][grid_id] = partial
        return partial


def find_partial_relabelling(cells: bytes, goal: bytes) -> bytes | None:
    """Return the new colour of each colour in `cells` that turns it into `goal`; None: no relabelling does.

    Args:
        cells: colours of a grid, row by row.
        goal: colours of the output, of the same shape.

    Returns:
        256 bytes, a table for `bytes.translate`; 255 for colours that do not occur.
    """
    table = bytearray(b"\xff" * 256)
    for colour in range(COLOURS):
        first = cells.find(colour)
        if first >= 0:
            table[colour] = goal[first]
    return bytes(table) if cells.translate(table) == goal else None


def find_relabelling(grids: Sequence[Grid], outputs: Sequence[Grid]) -> Relabelling | None:
    """Return the one relabelling that turns every grid into its output, of the same shape; None: there is none."""
    partials = [
        find_partial_relabelling(grid.tobytes(), output.tobytes()) for grid, output in zip(grids, outputs, strict=True)
    ]
    existing = [partial for partial in partials if partial is not None]
    return _join_partials(existing) if len(existing) == len(partials) else None


def relabel_colours(grid: Grid, relabelling: Relabelling) -> Grid:
    """Return the grid in new colours."""
    relabelled: Grid = np.array(relabelling, dtype=np.uint8)[grid]
    return relabelled


def _join_partials(partials: Sequence[bytes]) -> Relabelling | None:
    """Return the relabelling that agrees with those of all pairs; None: they contradict each other."""
    relabelling = list(range(COLOURS))
    for colour in range(COLOURS):
        targets = {partial[colour] for partial in partials} - {_UNUSED}
        if len(targets) > 1:
            return None
        if targets:
            relabelling[colour] = targets.pop()
    return tuple(relabelling)
