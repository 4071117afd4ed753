"""When a state explains a task: its grids are the outputs, up to one map of colours that is bound last."""

from collections.abc import Sequence

import numpy as np

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.dsl.interning import GridTable

ColourMap = tuple[int, ...]
"""The new colour of each of the ten colours; those that no grid has keep theirs."""

_UNMET = 255  # in a map of one pair: the colour is not in its grid
_Partial = bytes


class Goal:
    """The outputs of a task's pairs.

    Args:
        outputs: one a pair, in order.
        grids: where the grids of states are kept.
    """

    def __init__(self, outputs: Sequence[Grid], grids: GridTable) -> None:
        self._outputs = [(output.shape, output.tobytes()) for output in outputs]
        self._grids = grids
        # What turns a grid into the output of a pair is asked again and again: a grid is in many states.
        self._known: list[dict[int, _Partial | None]] = [{} for _ in outputs]

    def colour_map(self, state: tuple[int, ...]) -> ColourMap | None:
        """The one map of colours that makes the outputs of a state's first grids; None where there is none.

        Args:
            state: numbers of its grids, those of the pairs first.
        """
        partials = []
        for pair, known in enumerate(self._known):
            number = state[pair]
            partial = known[number] if number in known else self._find(pair, number)
            if partial is None:
                return None
            partials.append(partial)
        return _joined(partials)

    def _find(self, pair: int, number: int) -> _Partial | None:
        shape, goal = self._outputs[pair]
        fits = self._grids.grids[number].shape == shape
        partial = self._known[pair][number] = partial_map(self._grids.cells[number], goal) if fits else None
        return partial


def partial_map(made: bytes, goal: bytes) -> bytes | None:
    """The new colour of each colour of `made` that turns it into `goal`, cells of one shape; None where none does.

    Returns:
        256 bytes, a table for `bytes.translate`; colours that are not met stand as 255.
    """
    table = bytearray(b"\xff" * 256)
    for colour in range(COLOURS):
        first = made.find(colour)
        if first >= 0:
            table[colour] = goal[first]
    return bytes(table) if made.translate(table) == goal else None


def consistent_colour_map(made: Sequence[Grid], outputs: Sequence[Grid]) -> ColourMap | None:
    """The one map of colours that turns every grid into its output, of the same shape; None where there is none."""
    partials = [partial_map(grid.tobytes(), output.tobytes()) for grid, output in zip(made, outputs, strict=True)]
    found = [partial for partial in partials if partial is not None]
    return _joined(found) if len(found) == len(partials) else None


def recoloured(grid: Grid, colour_map: ColourMap) -> Grid:
    """The grid in new colours."""
    new: Grid = np.array(colour_map, dtype=np.uint8)[grid]
    return new


def _joined(partials: Sequence[bytes]) -> ColourMap | None:
    """The map that agrees with those of all pairs."""
    joined = list(range(COLOURS))
    for colour in range(COLOURS):
        wanted = {partial[colour] for partial in partials} - {_UNMET}
        if len(wanted) > 1:
            return None
        if wanted:
            joined[colour] = wanted.pop()
    return tuple(joined)
