"""Fit rules that predict line by line, from features of the cell and of the previous lines.

When fitting, previous lines come from the true output (teacher forcing); at test time, from the rule's own predictions.
"""

import time
from collections.abc import Iterator, Sequence

import numpy as np

from neural_guide.search.cell_rules.cell_trees import CellTree, FeatureMatrix, fit_cell_trees
from neural_guide.search.cell_rules.feature import StateFeature
from neural_guide.search.cell_rules.feature_table import FeatureTable, concatenate_cells
from neural_guide.search.cell_rules.lines import PREVIOUS_LINE_FEATURES, compute_previous_line_features
from neural_guide.search.cell_rules.prediction import predict_cells
from neural_guide.search.cell_rules.rule import Explanation, list_cases

_MAX_FEATURES = 150  # the cheapest features, beside those of previous lines
_MAX_COPIES = 12  # colour features among them that a rule may copy
_PREVIOUS_LINE_COST = 3.0  # nats of a feature of previous lines
_DIRECTION_COST = 2.0  # nats of predicting line by line


def fit_line_rules(
    table: FeatureTable, state: int, directions: Sequence[str], breadth: int, deadline: float
) -> Iterator[Explanation]:
    """Fit rules over features of previous lines that are right for all pairs.

    Args:
        table: features of every cell of the pairs and the tests.
        state: any state of the table; references to features of previous lines name it.
        directions: directions in which lines follow each other, of `lines.DIRECTIONS`.
        breadth: partial trees that the beam keeps.
        deadline: time on `time.perf_counter` after which no further direction is tried.
    """
    chosen = np.sort(np.argsort(table.costs, kind="stable")[:_MAX_FEATURES]).tolist()
    references = [
        *(table.references[index] for index in chosen),
        *(StateFeature(state, name) for name in PREVIOUS_LINE_FEATURES),
    ]
    costs = np.concatenate((table.costs[chosen], np.full(len(PREVIOUS_LINE_FEATURES), _PREVIOUS_LINE_COST)))
    colours = [row for row, index in enumerate(chosen) if table.features[index].is_colour][:_MAX_COPIES]
    copies = [*colours, *range(len(chosen), len(references))]
    pair_values = np.stack([table.features[index].values[: len(table.outputs)] for index in chosen])
    for direction in directions:
        if time.perf_counter() > deadline:
            return
        previous = [
            compute_previous_line_features(output, direction) for output in table.pair_outputs
        ]  # teacher forcing
        values = np.vstack(
            [
                pair_values,
                *(concatenate_cells([features[name] for features in previous]) for name in PREVIOUS_LINE_FEATURES),
            ]
        )
        matrix = FeatureMatrix(
            values=values,
            costs=costs,
            outputs=table.outputs,
            pair_indices=table.pair_indices,
            copies=values[copies],
            copy_costs=1 + costs[copies] / 2,
        )
        for tree in fit_cell_trees(matrix, breadth):
            explanation = _explain(tree, table, references, copies, direction)
            if explanation is not None:
                yield explanation


def _explain(
    tree: CellTree, table: FeatureTable, references: Sequence[StateFeature], copies: Sequence[int], direction: str
) -> Explanation | None:
    """Turn a tree into an explanation with the rule's own predictions for the tests.

    None if the tree uses no feature of previous lines, or if the prediction of a test fails.
    """
    features = tuple(references[index] for index in tree.splits)
    cases = list_cases(tree.leaves, references, copies)
    used = {*features, *(outcome for _, outcome in cases if not isinstance(outcome, int))}
    if not any(reference.feature in PREVIOUS_LINE_FEATURES for reference in used):
        return None
    own = used - set(references[-len(PREVIOUS_LINE_FEATURES) :])
    grids_by_reference = {reference: table.split_tests(values) for reference, values in table.select_tests(own).items()}
    answers = []
    for test, shape in enumerate(table.shapes):
        test_features = {reference: grids[test] for reference, grids in grids_by_reference.items()}
        answer = predict_cells(features, cases, test_features, shape, direction)
        if answer is None:
            return None
        answers.append(answer)
    return Explanation(
        features=features,
        cases=cases,
        answers=tuple(answers),
        cost=tree.cost + _DIRECTION_COST,
        support=tree.support,
        direction=direction,
    )
