"""Rules of cells among the states of a search: all cells at once, or line by line."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.search.cell_rules.explanation import Explaining
from neural_guide.search.cell_rules.feature_matrix import Table, cases_of
from neural_guide.search.cell_rules.line_rules import line_rules
from neural_guide.search.cell_rules.rule import COLOUR
from neural_guide.search.cell_rules.stencils import Stamp
from neural_guide.search.cell_rules.tree import Seen, grown
from neural_guide.search.state_space import StateSpace

_BREADTH = 24
_EXACT, _SHORT, _SEEN = 20, 10, 30  # copies: states with most right cells, shortest states, views of the first one


def rules_of(space: StateSpace, states: Sequence[int], outputs: Sequence[Grid]) -> list[Explaining]:
    """Rules that look at some states of a search and explain all pairs, the cheapest first; none without a test.

    Args:
        space: of the search.
        states: that have the shapes of the outputs, and the same shapes at the tests; the shortest first.
        outputs: of the pairs.
    """
    if len(space.get_grids(states[0])) == space.pair_count:
        return []
    table = Table(space, states, outputs)
    return sorted([*_rules_at_once(table), *line_rules(table, states[0], outputs)], key=lambda rule: rule.cost)


def _rules_at_once(table: Table) -> list[Explaining]:
    cells, costs = np.stack([view.cells for view in table.views]), table.costs
    copied = _copied(table, cells, costs)
    seen = Seen(cells, costs, table.out, table.pairs, cells[copied], 1 + costs[copied] / 2)
    return [
        Explaining(
            tuple(table.sights[place] for place in tree.splits),
            cases_of(tree.leaves, table.sights, copied),
            tuple(table.of_tests(tree.answers)),
            tree.cost,
            tree.support,
        )
        for tree in grown(seen, _BREADTH)
    ]


def _copied(table: Table, cells: npt.NDArray[np.uint8], costs: npt.NDArray[np.float64]) -> list[int]:
    """What may be copied; of views that are right for the same cells one."""
    hits = cells[:, : len(table.out)] == table.out
    colours = [place for place, view in enumerate(table.views) if view.is_colour]
    states = [place for place in colours if table.sights[place].view == COLOUR]
    views = [place for place in colours if table.sights[place].view != COLOUR]
    exact = sorted(states, key=lambda place: -int(hits[place].sum()))[:_EXACT]
    short = sorted(states, key=lambda place: costs[place])[:_SHORT]
    stamps = [place for place in views if isinstance(table.sights[place].view, Stamp)]
    chosen = [*exact, *short, *sorted(views, key=lambda place: costs[place])[:_SEEN], *stamps]
    return list({hits[place].tobytes(): place for place in reversed(chosen)}.values())
