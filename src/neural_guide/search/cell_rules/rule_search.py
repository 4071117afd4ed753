"""Search for cell rules over the states of a search: all cells at once, or line by line."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.search.cell_rules.feature import COLOUR
from neural_guide.search.cell_rules.feature_table import FeatureTable
from neural_guide.search.cell_rules.line_rules import fit_line_rules
from neural_guide.search.cell_rules.rule import Explanation, list_cases
from neural_guide.search.cell_rules.stencils import Stencil
from neural_guide.search.cell_rules.tree import FeatureMatrix, fit_trees
from neural_guide.search.state_space import StateSpace

_BREADTH = 24
_MAX_ACCURATE = 20  # copies: states with the most correct cells
_MAX_SHORT = 10  # copies: the cheapest states
_MAX_FEATURES = 30  # copies: the cheapest other colour features


def find_rules(space: StateSpace, states: Sequence[int], outputs: Sequence[Grid]) -> list[Explanation]:
    """Find rules over some states of a search that are right for all pairs.

    Args:
        space: space of the search.
        states: states that have the shapes of the outputs, and the same shapes at the tests; the shortest first.
        outputs: outputs of the pairs.

    Returns:
        The cheapest first; empty for a task without tests.
    """
    if len(space.get_grids(states[0])) == space.pair_count:
        return []
    table = FeatureTable(space, states, outputs)
    return sorted(
        [*_fit_cell_rules(table), *fit_line_rules(table, states[0], outputs)],
        key=lambda explanation: explanation.cost,
    )


def _fit_cell_rules(table: FeatureTable) -> list[Explanation]:
    """Fit rules that predict all cells at once."""
    values, costs = np.stack([feature.values for feature in table.features]), table.costs
    copies = _choose_copies(table, values, costs)
    matrix = FeatureMatrix(
        values=values,
        costs=costs,
        outputs=table.outputs,
        pair_indices=table.pair_indices,
        copies=values[copies],
        copy_costs=1 + costs[copies] / 2,
    )
    return [
        Explanation(
            features=tuple(table.references[index] for index in tree.splits),
            cases=list_cases(tree.leaves, table.references, copies),
            answers=tuple(table.split_tests(tree.answers)),
            cost=tree.cost,
            support=tree.support,
        )
        for tree in fit_trees(matrix, _BREADTH)
    ]


def _choose_copies(table: FeatureTable, values: npt.NDArray[np.uint8], costs: npt.NDArray[np.float64]) -> list[int]:
    """Choose the features that a rule may copy, one of those that are right for the same cells.

    Args:
        table: features of every cell.
        values: uint8 [feature, cell].
        costs: float64 [feature], nats.

    Returns:
        Indices of features.
    """
    hits = values[:, : len(table.outputs)] == table.outputs
    colours = [index for index, feature in enumerate(table.features) if feature.is_colour]
    states = [index for index in colours if table.references[index].feature == COLOUR]
    others = [index for index in colours if table.references[index].feature != COLOUR]
    accurate = sorted(states, key=lambda index: -int(hits[index].sum()))[:_MAX_ACCURATE]
    short = sorted(states, key=lambda index: costs[index])[:_MAX_SHORT]
    cheap = sorted(others, key=lambda index: costs[index])[:_MAX_FEATURES]
    stencils = [index for index in others if isinstance(table.references[index].feature, Stencil)]
    candidates = [*accurate, *short, *cheap, *stencils]
    return list({hits[index].tobytes(): index for index in reversed(candidates)}.values())
