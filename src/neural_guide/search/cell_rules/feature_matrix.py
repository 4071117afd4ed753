"""All that is seen of every cell of the pairs and of the tests."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.search.cell_rules.explanation import Sight
from neural_guide.search.cell_rules.feature import View
from neural_guide.search.cell_rules.features import views_of
from neural_guide.search.cell_rules.rule import COLOUR, CONTENT
from neural_guide.search.cell_rules.stencils import Stamp, stamped, stamps_of
from neural_guide.search.cell_rules.tree import Leaf
from neural_guide.search.output_size import Shape
from neural_guide.search.state_space import StateSpace

_MOST_STATES = 250  # that are looked at, the shortest
_MASKED = 60  # of them, whose content is a view of its own
_CONTENT_COST = 0.5  # nats beside the state's own
_INPUT_COST = 1.0  # nats of looking at a state, beside its program
_STAMP_COST = 4.0  # nats beside the state's own
_MARK_COST, _MOST_MARKS = 0.2, 30  # and of each mark, up to so many
_MOST_CELLS = 1_500_000  # of all views together; fewer states are looked at where there are more


class Table:
    """The views of some states, each different one once.

    Args:
        space: of a search.
        states: that have the shapes of the outputs, and the same shapes at the tests; the shortest first.
        outputs: of the pairs.

    Attributes:
        shapes: of the answers, one a test.
        out: uint8 [cell of a pair], its output.
        pairs: int64 [cell of a pair], which pair it is of.
        sights: of the views, in order.
        views: cells uint8 [cell], those of all pairs and then those of the tests.
    """

    def __init__(self, space: StateSpace, states: Sequence[int], outputs: Sequence[Grid]) -> None:
        first = space.get_grids(states[0])
        self.shapes: list[Shape] = [grid.shape for grid in first[space.pair_count :]]
        self.out = joined(outputs)
        self.pairs = np.repeat(np.arange(len(outputs)), [output.size for output in outputs])
        self.sights: list[Sight] = []
        self.views: list[View] = []
        self._known: set[bytes] = set()
        chosen = states[: max(1, min(_MOST_STATES, _MOST_CELLS // sum(grid.size for grid in first)))]
        self._look_at(space, chosen)
        self._stamp(states[0], first, outputs, space.get_cost(states[0]) + _INPUT_COST)

    def _look_at(self, space: StateSpace, states: Sequence[int]) -> None:
        colours = [joined(space.get_grids(state)) for state in states]
        costs = [space.get_cost(state) + _INPUT_COST for state in states]
        for state, seen, cost in zip(states, colours, costs, strict=True):
            self._add(state, COLOUR, View(seen, cost, is_colour=True))
        grids = [views_of(grid) for grid in space.get_grids(states[0])]
        for name, (_, cost, is_colour) in grids[0].items():
            if all(name in views for views in grids):
                cells = joined([views[name].cells for views in grids])
                self._add(states[0], name, View(cells, cost + costs[0], is_colour))
        for state, seen, cost in list(zip(states, colours, costs, strict=True))[:_MASKED]:
            self._add(state, CONTENT, View((seen != 0).view(np.uint8), cost + _CONTENT_COST))

    def _stamp(self, state: int, grids: Sequence[Grid], outputs: Sequence[Grid], cost: float) -> None:
        for stamp in stamps_of(grids[: len(outputs)], outputs):
            price = _STAMP_COST + _MARK_COST * min(len(stamp.marks), _MOST_MARKS)
            seen = joined([stamped(stamp, grid) for grid in grids])
            self._add(state, stamp, View(seen, cost + price, is_colour=True))

    def _add(self, state: int, name: str | Stamp, view: View) -> None:
        key = view.cells.tobytes()
        if key not in self._known:
            self._known.add(key)
            self.sights.append(Sight(state, name))
            self.views.append(view)

    @property
    def costs(self) -> npt.NDArray[np.float64]:
        """Of the views, nats."""
        return np.array([view.cost for view in self.views])

    def at_tests(self, sights: Iterable[Sight]) -> dict[Sight, Grid]:
        """What is seen of the cells of all tests, uint8 [cell of a test]."""
        places = {sight: place for place, sight in enumerate(self.sights)}
        return {sight: self.views[places[sight]].cells[len(self.out) :] for sight in sights}

    def of_tests(self, cells: Grid) -> list[Grid]:
        """Cells of all tests, uint8 [cell of a test], as one grid a test."""
        ends = np.cumsum([height * width for height, width in self.shapes])[:-1]
        return [part.reshape(shape) for part, shape in zip(np.split(cells, ends), self.shapes, strict=True)]


def joined(grids: Sequence[Grid]) -> Grid:
    """The cells of all grids in a row."""
    return np.concatenate([grid.ravel() for grid in grids])


def cases_of(
    leaves: Sequence[Leaf], sights: Sequence[Sight], copies: Sequence[int]
) -> tuple[tuple[tuple[int, ...], int | Sight], ...]:
    """The leaves of a tree as cases of a rule, see `search.cells.rule.Case`.

    Args:
        leaves: of the tree.
        sights: of the views that it was grown on.
        copies: places of those that may be copied.
    """
    return tuple((path, sights[copies[action]] if is_copy else action) for path, is_copy, action in leaves)
