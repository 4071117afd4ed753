"""Decision trees: the listed ones are the cheapest of all fitted trees, and right for every cell of the pairs."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_guide.search.cell_rules.cell_trees import CellTree, FeatureMatrix, fit_cell_trees
from neural_guide.search.rule_learning import tree

PAIRS, CELLS, TESTS = 3, 12, 6  # cells of each pair, and of the tests


@st.composite
def matrices(draw):
    """Draw outputs that depend on three features, among features of noise."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    value_count, feature_count = draw(st.integers(2, 4)), draw(st.integers(4, 12))
    values = rng.integers(0, value_count, (feature_count, PAIRS * CELLS + TESTS)).astype(np.uint8)
    outputs = np.where(values[0] > 0, values[1], values[2] % 2)[: PAIRS * CELLS].astype(np.uint8)
    costs = np.round(rng.uniform(0, 3, len(values)), 2)
    return FeatureMatrix(
        values=values,
        costs=costs,
        outputs=outputs,
        pair_indices=np.repeat(np.arange(PAIRS), CELLS),
        copies=values[:3],
        copy_costs=1 + costs[:3] / 2,
    )


def freeze(fitted_tree: CellTree):
    return fitted_tree.splits, fitted_tree.leaves, fitted_tree.cost, fitted_tree.support, fitted_tree.answers.tobytes()


def predict(fitted_tree: CellTree, matrix: FeatureMatrix, cell: int) -> int:
    """Predict a cell from the leaves of a tree."""
    values = tuple(int(matrix.values[feature, cell]) for feature in fitted_tree.splits)
    (leaf,) = (leaf for leaf in fitted_tree.leaves if values[: len(leaf.path)] == leaf.path)
    return int(matrix.copies[leaf.action, cell]) if leaf.is_copy else leaf.action


@settings(max_examples=60, deadline=None)
@given(matrices())
def test_the_bound_drops_none_of_the_cheapest_trees(matrix):
    cheapest = [freeze(fitted_tree) for fitted_tree in fit_cell_trees(matrix, 8)]
    limit, tree._MAX_TREES = tree._MAX_TREES, 10**9
    try:
        everything = [freeze(fitted_tree) for fitted_tree in fit_cell_trees(matrix, 8)]
    finally:
        tree._MAX_TREES = limit
    assert cheapest == everything[:limit]


@settings(max_examples=60, deadline=None)
@given(matrices())
def test_leaves_are_right_for_the_pairs_and_give_the_answers(matrix):
    for fitted_tree in fit_cell_trees(matrix, 8):
        for cell, output in enumerate(matrix.outputs):
            assert predict(fitted_tree, matrix, cell) == output
        for test, answer in enumerate(fitted_tree.answers):
            values = [int(matrix.values[feature, PAIRS * CELLS + test]) for feature in fitted_tree.splits]
            if any(tuple(values[: len(leaf.path)]) == leaf.path for leaf in fitted_tree.leaves):
                assert predict(fitted_tree, matrix, PAIRS * CELLS + test) == answer


def test_classes_of_one_pair_alone_make_a_tree_dearer():
    """One feature tells the pairs apart, the other cuts across them; both leave classes that a copy gets right."""
    pair = np.repeat([0, 1], 4)
    kind = np.tile([0, 0, 1, 1], 2)
    tests = np.array([0, 0])
    outputs = np.array([3, 4, 5, 6, 6, 5, 4, 3])
    wrong = 9 - outputs  # right nowhere
    first = np.where((pair == 0) | (kind == 0), outputs, wrong)
    second = np.where((pair == 1) | (kind == 1), outputs, wrong)
    values = [np.append(column, tests) for column in (pair, kind, first, second)]
    matrix = FeatureMatrix(
        values=np.array(values[:2], dtype=np.uint8),
        costs=np.array([1.0, 2.4]),
        outputs=outputs.astype(np.uint8),
        pair_indices=pair,
        copies=np.array(values[2:], dtype=np.uint8),
        copy_costs=np.array([1.0, 1.0]),
    )
    across, by_pair = fit_cell_trees(matrix, 8)[:2]
    assert (across.splits, by_pair.splits) == ((1,), (0,))
    assert (across.support, by_pair.support) == (1, 0)


def build_examples(is_right):
    """Build two pairs of two examples and a test of one, with two features that tell the examples apart."""
    return tree.Examples(
        values=np.array([[0, 1, 0, 1, 1], [0, 0, 1, 1, 5]], dtype=np.uint8),
        costs=np.array([0.1, 0.1]),
        order_costs=np.array([0.1, 0.1]),
        is_right=np.array(is_right, dtype=np.uint8),
        action_costs=np.array([1.0, 2.0, 3.0]),
        is_constant=np.zeros(3, dtype=np.bool_),
        pair_indices=np.array([0, 0, 1, 1]),
    )


def test_no_splits_if_one_action_is_right_for_all():
    examples = build_examples([[1, 1, 0], [0, 1, 0], [1, 1, 1], [1, 1, 0]])
    (only,) = tree.fit_trees(examples, lambda actions: actions[4:].tolist(), 8)
    assert only.splits == ()
    assert only.leaves == (tree.Leaf((), 1),)
    assert only.answers == [1]
    assert only.support == 1


def test_the_cheapest_of_several_right_actions_is_chosen():
    examples = build_examples([[0, 1, 1]] * 4)
    (only,) = tree.fit_trees(examples, lambda actions: actions.tolist(), 8)
    assert only.answers == [1] * 5


def test_splits_if_no_action_is_right_for_all():
    examples = build_examples([[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 1, 0]])
    first = tree.fit_trees(examples, lambda actions: actions[4:].tolist(), 8)[0]
    assert first.splits == (0,)
    assert {leaf.path: leaf.action for leaf in first.leaves} == {(0,): 0, (1,): 1}
    assert first.answers == [1]


def test_a_tree_without_answers_is_dropped():
    examples = build_examples([[1, 0, 0]] * 4)
    assert tree.fit_trees(examples, lambda _: None, 8) == []
