"""Search for cell rules over the states of a search: all cells at once, or line by line."""

import math
import time
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.search.cell_rules.cell_trees import FeatureMatrix, fit_cell_trees
from neural_guide.search.cell_rules.feature import COLOUR
from neural_guide.search.cell_rules.feature_table import FeatureTable
from neural_guide.search.cell_rules.line_rules import fit_line_rules
from neural_guide.search.cell_rules.lines import DIRECTIONS
from neural_guide.search.cell_rules.rule import Explanation, list_cases
from neural_guide.search.cell_rules.stencils import Stencil
from neural_guide.search.state_space import StateSpace

_BREADTH = 24
_NARROW_BREADTH = 10  # with a pair left out, where only the cheapest rule counts
_MAX_ACCURATE = 20  # copies: states with the most correct cells
_MAX_SHORT = 10  # copies: the cheapest states
_MAX_FEATURES = 30  # copies: the cheapest other colour features


class RuleSearch:
    """Search for cell rules over some states of a search.

    Args:
        space: space of the search.
        states: states that have the shapes of the outputs, and the same shapes at the tests; the shortest first.
        outputs: outputs of the pairs.
    """

    def __init__(self, space: StateSpace, states: Sequence[int], outputs: Sequence[Grid]) -> None:
        self._table, self._state = FeatureTable(space, states, outputs), states[0]
        self._has_cell_rule = False
        self._directions: list[str] = []  # with a line rule
        self._without: tuple[int, FeatureTable] | None = None

    def find_cell_rules(self) -> list[Explanation]:
        """Find rules that predict all cells at once and are right for all pairs, the cheapest first."""
        found = _fit_cell_rules(self._table, _BREADTH) if self._table.shapes else []
        self._has_cell_rule = bool(found)
        return _sort_by_cost(found)

    def find_line_rules(self, deadline: float = math.inf) -> list[Explanation]:
        """Find rules that predict line by line and are right for all pairs, the cheapest first.

        Args:
            deadline: time on `time.perf_counter` after which no further direction is tried.
        """
        directions = DIRECTIONS if self._table.shapes else ()
        found = list(fit_line_rules(self._table, self._state, directions, _BREADTH // 2, deadline))
        self._directions = list(dict.fromkeys(entry.direction for entry in found))
        return _sort_by_cost(found)

    def find_rules_without(
        self, pair: int, family: Literal["cells", "lines"], deadline: float = math.inf
    ) -> list[Explanation]:
        """Find rules of a family that are right for all pairs but one, the cheapest first, if one is right for all.

        Args:
            pair: index of the pair that is left out; its predicted output is the first answer.
            family: family of the rules: of all cells at once, or line by line.
            deadline: time on `time.perf_counter` after which no further trees are fitted.
        """
        if time.perf_counter() > deadline or not (self._has_cell_rule if family == "cells" else self._directions):
            return []
        table = self._leave_out(pair)
        if family == "cells":
            return _sort_by_cost(_fit_cell_rules(table, _NARROW_BREADTH))
        return _sort_by_cost([*fit_line_rules(table, self._state, self._directions, _NARROW_BREADTH // 2, deadline)])

    def _leave_out(self, pair: int) -> FeatureTable:
        """Return the table without a pair, the last one again where rules of the other family come next."""
        if self._without is None or self._without[0] != pair:
            self._without = pair, self._table.leave_out(pair)
        return self._without[1]


def _sort_by_cost(found: Sequence[Explanation]) -> list[Explanation]:
    return sorted(found, key=lambda explanation: explanation.cost)


def _fit_cell_rules(table: FeatureTable, breadth: int) -> list[Explanation]:
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
        for tree in fit_cell_trees(matrix, breadth)
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
