"""Trees of views: the kept ones are the cheapest of all that were grown, and right for every cell of the pairs."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_guide.search.cell_rules import tree
from neural_guide.search.cell_rules.tree import Seen, Tree, grown

PAIRS, CELLS, TESTS = 3, 12, 6  # cells of each pair, and of the tests


@st.composite
def seens(draw):
    """A rule of two views, shown among others that know little."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    views = rng.integers(0, draw(st.integers(2, 4)), (draw(st.integers(4, 12)), PAIRS * CELLS + TESTS)).astype(np.uint8)
    out = np.where(views[0] > 0, views[1], views[2] % 2)[: PAIRS * CELLS].astype(np.uint8)
    costs = np.round(rng.uniform(0, 3, len(views)), 2)
    return Seen(views, costs, out, np.repeat(np.arange(PAIRS), CELLS), views[:3], 1 + costs[:3] / 2)


def told(found: Tree):
    return found.splits, found.leaves, found.cost, found.support, found.answers.tobytes()


def answered(found: Tree, seen: Seen, cell: int) -> int:
    """What the leaves make of a cell."""
    values = tuple(int(seen.views[view, cell]) for view in found.splits)
    (leaf,) = (leaf for leaf in found.leaves if values[: len(leaf.path)] == leaf.path)
    return int(seen.copies[leaf.action, cell]) if leaf.is_copy else leaf.action


@settings(max_examples=60, deadline=None)
@given(seens())
def test_no_tree_is_given_up_that_is_among_the_cheapest(seen):
    kept = [told(each) for each in grown(seen, 8)]
    most, tree._KEPT = tree._KEPT, 10**9
    try:
        everything = [told(each) for each in grown(seen, 8)]
    finally:
        tree._KEPT = most
    assert kept == everything[:most]


@settings(max_examples=60, deadline=None)
@given(seens())
def test_trees_are_right_for_the_pairs_and_answer_what_they_say(seen):
    for found in grown(seen, 8):
        for cell, wanted in enumerate(seen.out):
            assert answered(found, seen, cell) == wanted
        for test, answer in enumerate(found.answers):
            values = [int(seen.views[view, PAIRS * CELLS + test]) for view in found.splits]
            if any(tuple(values[: len(leaf.path)]) == leaf.path for leaf in found.leaves):
                assert answered(found, seen, PAIRS * CELLS + test) == answer
