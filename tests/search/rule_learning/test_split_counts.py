"""Compiled counts of classes: equal to plain ones."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_guide.search.rule_learning.split_counts import (
    choose_actions,
    count_classes,
    count_split_classes,
    split_classes,
)

VALUES = 4


@st.composite
def splits(draw):
    """Draw classes of examples, unclear ones among them, values of features, and the pairs of the first examples."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    examples, tested = draw(st.integers(1, 30)), draw(st.integers(0, 10))
    classes = np.unique(rng.integers(0, 5, examples + tested), return_inverse=True)[1].astype(np.int64)
    is_unclear = rng.random(classes.max() + 1) < 0.5
    features = rng.integers(0, VALUES, (3, len(classes))).astype(np.uint8)
    return classes, is_unclear, features, np.sort(rng.integers(0, 3, examples))


@settings(max_examples=100, deadline=None)
@given(splits())
def test_an_unclear_class_is_split_by_value_and_another_one_stays(drawn):
    classes, is_unclear, features, _ = drawn
    new, count = split_classes(classes, is_unclear, features[0], VALUES)
    keys = [(own, value if is_unclear[own] else None) for own, value in zip(classes, features[0], strict=True)]
    assert sorted(set(new.tolist())) == list(range(count))
    assert len({*zip(keys, new.tolist(), strict=True)}) == len(set(keys)) == count


@settings(max_examples=100, deadline=None)
@given(splits())
def test_counts_of_classes_equal_plain_ones(drawn):
    classes, is_unclear, features, pairs = drawn
    for feature, numbers in enumerate(count_split_classes(classes, is_unclear, features, VALUES, pairs).tolist()):
        new, count = split_classes(classes, is_unclear, features[feature], VALUES)
        counts = count_classes(new, count, pairs)
        members = [set(pairs[new[: len(pairs)] == number].tolist()) for number in range(count)]
        tested = [bool((new[len(pairs) :] == number).any()) for number in range(count)]
        assert counts.sizes.tolist() == np.bincount(new[: len(pairs)], minlength=count).tolist()
        assert counts.is_lone.tolist() == [len(own) == 1 for own in members]
        assert counts.is_tested.tolist() == tested
        lone = [len(own) == 1 for own in members]
        unsure = [alone and seen for alone, seen in zip(lone, tested, strict=True)]
        assert numbers == [sum(map(bool, members)), sum(lone), sum(unsure), sum(not own for own in members)]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32))
def test_every_class_gets_an_action_that_is_right_for_all_its_examples(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(0, 4, 6)
    counts = np.minimum(rng.integers(0, 5, (6, 4)), sizes[:, None])
    counts[:, 3] = sizes  # one action is right everywhere
    costs = np.round(rng.uniform(0.5, 3, 4), 2)
    actions, cost = choose_actions(counts, sizes, costs)
    assert [action >= 0 for action in actions] == [size > 0 for size in sizes]
    assert all(counts[number, action] == sizes[number] for number, action in enumerate(actions) if action >= 0)
    assert np.isclose(cost, sum(costs[action] for action in set(actions.tolist()) - {-1}))
    best = min(range(4), key=lambda action: -((counts[sizes > 0, action] == sizes[sizes > 0]).sum() / costs[action]))
    assert not (sizes > 0).any() or best in actions
