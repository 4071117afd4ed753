from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neural_guide.data.audit.duplicates import find_contradictions, find_exact_copies, find_leaks, find_near_copies

few = st.integers(0, 5)
columns = st.lists(st.tuples(few, few, few), min_size=1, max_size=30)


def as_keys(values):
    return np.array(values, np.uint64)


@given(columns)
def test_copies_are_the_records_beyond_the_first_of_each_pair(rows):
    pairs, tasks = [row[0] for row in rows], np.array([row[1] for row in rows], np.int32)
    copies, _ = find_exact_copies(as_keys(pairs), tasks)
    sizes = Counter(pairs)
    assert copies.records == len(pairs) - len(sizes)
    assert copies.groups == sum(size > 1 for size in sizes.values())
    assert copies.largest == max(sizes.values())
    tasks_by_pair = {pair: {row[1] for row in rows if row[0] == pair} for pair in sizes}
    within = [pair for pair in sizes if len(tasks_by_pair[pair]) == 1]
    assert copies.within_tasks == sum(sizes[pair] - 1 for pair in within)
    for records in copies.examples:
        assert len(records) > 1
        assert len({pairs[record] for record in records}) == 1


@given(st.lists(few, min_size=1, max_size=30))
def test_near_copies_leave_exact_ones_out(pairs):
    """Pairs 0 and 1, 2 and 3, ... count as the same up to symmetry."""
    tasks = np.arange(len(pairs), dtype=np.int32)
    _, groups = find_exact_copies(as_keys(pairs), tasks)
    copies = find_near_copies(as_keys([pair // 2 for pair in pairs]), groups, tasks)
    assert copies.records == len(set(pairs)) - len({pair // 2 for pair in pairs})
    for records in copies.examples:
        assert len({pairs[record] for record in records}) == len(records) == 2


@given(columns)
def test_contradictions_are_equal_pairs_of_unequal_labels(rows):
    pairs, labels = [row[0] for row in rows], np.array([row[2] for row in rows], np.int32)
    _, groups = find_exact_copies(as_keys(pairs), np.zeros(len(rows), np.int32))
    contradictions = find_contradictions(groups, labels)
    labels_by_pair = {pair: {row[2] for row in rows if row[0] == pair} for pair in pairs}
    contradictory = {pair for pair in pairs if len(labels_by_pair[pair]) > 1}
    assert contradictions.pairs == len(contradictory)
    assert contradictions.records == sum(pair in contradictory for pair in pairs)
    for records in contradictions.examples:
        assert len({pairs[record] for record in records}) == 1


@given(st.lists(few), st.lists(few), st.lists(few))
def test_leaks_are_records_known_from_an_earlier_split(train, val, test):
    key = as_keys([*train, *val, *test])
    bounds = np.cumsum([0, len(train), len(val), len(test)])
    names = ("train", "val", "test")
    splits = {name: np.arange(bounds[index], bounds[index + 1]) for index, name in enumerate(names)}
    values = dict(zip(names, (train, val, test), strict=True))
    leaks = {(leak.known, leak.split): leak for leak in find_leaks({"pair": key}, splits)}
    for known, split in (("train", "val"), ("train", "test"), ("val", "test")):
        if not values[known] or not values[split]:
            assert (known, split) not in leaks
            continue
        leak = leaks[known, split]
        assert leak.records == sum(value in values[known] for value in values[split])
        assert leak.share == leak.records / len(values[split])
        for ours, theirs in leak.examples:
            assert key[ours] == key[theirs]
            assert ours in splits[split]
            assert theirs in splits[known]
