"""Rules of cells among the states of a search: which states are looked at, and what of them may be copied."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.grid import Grid
from neural_guide.search.cells.rule import COLOUR, CONTENT
from neural_guide.search.cells.tree import Seen, Tree, grown
from neural_guide.search.cells.views import View, views_of
from neural_guide.search.size import Shape
from neural_guide.search.space import Space

_MOST_STATES = 250  # that are looked at, the shortest
_MASKED = 60  # of them, whose content is a view of its own
_CONTENT_COST = 0.5  # nats beside the state's own
_INPUT_COST = 1.0  # nats of looking at a state, beside its program
_MOST_CELLS = 1_500_000  # of all views together; fewer states are looked at where there are more
_EXACT, _SHORT, _SEEN = 20, 10, 30  # copies: states with most right cells, shortest states, views of the first one


class Sight(NamedTuple):
    """What is looked at in a search: a view of a state."""

    state: int
    view: str


class Explaining(NamedTuple):
    """A rule that explains all pairs.

    Attributes:
        looks: see `search.cells.rule.CellRule`.
        cases: values and what becomes of them, see `search.cells.rule.Case`.
        answers: one per test.
        cost: in nats.
        support: see `search.cells.tree.Tree`.
    """

    looks: tuple[Sight, ...]
    cases: tuple[tuple[tuple[int, ...], int | Sight], ...]
    answers: tuple[Grid, ...]
    cost: float
    support: float


def rules_of(space: Space, states: Sequence[int], outputs: Sequence[Grid]) -> list[Explaining]:
    """Rules that look at some states of a search and explain all pairs, the cheapest first; none without a test.

    Args:
        space: of the search.
        states: that have the shapes of the outputs, and the same shapes at the tests; the shortest first.
        outputs: of the pairs.
    """
    shapes = [grid.shape for grid in space.grids_of(states[0])[space.pairs :]]
    if not shapes:
        return []
    cells = sum(grid.size for grid in space.grids_of(states[0]))
    states = states[: max(1, min(_MOST_STATES, _MOST_CELLS // cells))]
    table = _Table(outputs)
    colours = [_joined(space.grids_of(state)) for state in states]
    for state, seen in zip(states, colours, strict=True):
        table.add(state, COLOUR, View(seen, space.cost(state) + _INPUT_COST, is_colour=True))
    for state, name, view in _views(space, states[0]):
        table.add(state, name, view)
    for state, seen in zip(states[:_MASKED], colours, strict=False):
        content = (seen != 0).view(np.uint8)
        table.add(state, CONTENT, View(content, space.cost(state) + _INPUT_COST + _CONTENT_COST))
    return [_explaining(tree, table.sights, copies, shapes) for tree, copies in table.grown()]


def _explaining(tree: Tree, sights: Sequence[Sight], copies: Sequence[int], shapes: Sequence[Shape]) -> Explaining:
    cases = [(path, sights[copies[action]] if is_copy else action) for path, is_copy, action in tree.leaves]
    ends = np.cumsum([height * width for height, width in shapes])[:-1]
    answers = [cells.reshape(shape) for cells, shape in zip(np.split(tree.answers, ends), shapes, strict=True)]
    looks = tuple(sights[place] for place in tree.splits)
    return Explaining(looks, tuple(cases), tuple(answers), tree.cost, tree.support)


def _joined(grids: Sequence[Grid]) -> Grid:
    """The cells of all grids in a row."""
    return np.concatenate([grid.ravel() for grid in grids])


def _views(space: Space, state: int) -> Iterator[tuple[int, str, View]]:
    """The views that all grids of a state have."""
    grids = [views_of(grid) for grid in space.grids_of(state)]
    more = space.cost(state) + _INPUT_COST
    for name, (_, cost, is_colour) in grids[0].items():
        if all(name in views for views in grids):
            yield state, name, View(_joined([views[name].cells for views in grids]), cost + more, is_colour)


class _Table:
    """All that is seen of every cell, each different view once."""

    def __init__(self, outputs: Sequence[Grid]) -> None:
        self.sights: list[Sight] = []
        self._views: list[View] = []
        self._known: set[bytes] = set()
        self._out = _joined(outputs)
        self._pairs = np.repeat(np.arange(len(outputs)), [output.size for output in outputs])

    def add(self, state: int, name: str, view: View) -> None:
        key = view.cells.tobytes()
        if key not in self._known:
            self._known.add(key)
            self.sights.append(Sight(state, name))
            self._views.append(view)

    def grown(self) -> list[tuple[Tree, list[int]]]:
        """The trees, and the places of what they may copy."""
        costs = np.array([view.cost for view in self._views])
        cells = np.stack([view.cells for view in self._views])
        copied = self._copied(cells, costs)
        seen = Seen(cells, costs, self._out, self._pairs, cells[copied], 1 + costs[copied] / 2)
        return [(tree, copied) for tree in grown(seen)]

    def _copied(self, cells: npt.NDArray[np.uint8], costs: npt.NDArray[np.float64]) -> list[int]:
        """What may be copied; of views that are right for the same cells one."""
        hits = cells[:, : len(self._out)] == self._out
        colours = [place for place, view in enumerate(self._views) if view.is_colour]
        states = [place for place in colours if self.sights[place].view == COLOUR]
        views = [place for place in colours if self.sights[place].view != COLOUR]
        exact = sorted(states, key=lambda place: -int(hits[place].sum()))[:_EXACT]
        short = sorted(states, key=lambda place: costs[place])[:_SHORT]
        chosen = [*exact, *short, *sorted(views, key=lambda place: costs[place])[:_SEEN]]
        return list({hits[place].tobytes(): place for place in reversed(chosen)}.values())
