"""Rules of cells that decide line by line, see `search.cells.lines`."""

from collections.abc import Iterator, Sequence

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.search.cell_rules.explanation import Explaining, Sight
from neural_guide.search.cell_rules.feature_matrix import Table, cases_of, joined
from neural_guide.search.cell_rules.lines import DIRECTIONS, MADE, made_views
from neural_guide.search.cell_rules.rule import decided
from neural_guide.search.cell_rules.tree import Seen, Tree, grown

_BREADTH = 12
_VIEWS = 150  # the cheapest, beside what was made before
_COPIED = 12  # of them
_MADE_COST = 3.0  # nats of looking at what was made before
_LINE_COST = 2.0  # and of going line by line


def line_rules(table: Table, state: int, outputs: Sequence[Grid]) -> Iterator[Explaining]:
    """Rules that look at what was made of earlier lines and explain all pairs.

    Args:
        table: what is seen of every cell.
        state: any of those that are looked at; what was made is named after it.
        outputs: of the pairs.
    """
    places = np.sort(np.argsort(table.costs, kind="stable")[:_VIEWS]).tolist()
    sights = [*(table.sights[place] for place in places), *(Sight(state, name) for name in MADE)]
    costs = np.concatenate((table.costs[places], np.full(len(MADE), _MADE_COST)))
    colours = [row for row, place in enumerate(places) if table.views[place].is_colour][:_COPIED]
    copied = [*colours, *range(len(places), len(sights))]
    shown = np.stack([table.views[place].cells[: len(table.out)] for place in places])
    for direction in DIRECTIONS:
        views = [made_views(output, direction) for output in outputs]
        seen = np.vstack([shown, *(joined([each[name] for each in views]) for name in MADE)])
        for tree in grown(Seen(seen, costs, table.out, table.pairs, seen[copied], 1 + costs[copied] / 2), _BREADTH):
            explaining = _explaining(tree, table, sights, copied, direction)
            if explaining is not None:
                yield explaining


def _explaining(
    tree: Tree, table: Table, sights: Sequence[Sight], copied: Sequence[int], direction: str
) -> Explaining | None:
    """The rule that a tree is; None where it looks at nothing made before, or a test has a cell that fits no case."""
    looks = tuple(sights[place] for place in tree.splits)
    cases = cases_of(tree.leaves, sights, copied)
    said = {*looks, *(becomes for _, becomes in cases if not isinstance(becomes, int))}
    if not any(sight.view in MADE for sight in said):
        return None
    seen = {sight: table.of_tests(cells) for sight, cells in table.at_tests(said - set(sights[-len(MADE) :])).items()}
    answers = []
    for test, shape in enumerate(table.shapes):
        views = {sight: grids[test] for sight, grids in seen.items()}
        made = decided(looks, cases, views, shape, direction)
        if made is None:
            return None
        answers.append(made)
    return Explaining(looks, cases, tuple(answers), tree.cost + _LINE_COST, tree.support, direction)
