import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neural_guide.data.audit.label_statistics import LabelTable, rare, same_effect
from neural_guide.dsl.vocabulary import V2, Vocabulary

NAMES = ("a", "b", "c", "d", "e")
programs = st.lists(st.lists(st.sampled_from(NAMES[:4]), min_size=1, max_size=4).map(tuple), min_size=1, max_size=20)


@given(programs)
def test_counts_are_those_of_a_plain_loop(tasks):
    table = LabelTable(tasks, Vocabulary(NAMES))
    weights = np.arange(len(tasks))
    assert table.counts().tolist() == [sum(name in task for task in tasks) for name in NAMES]
    assert table.counts(weights).tolist() == [sum(at for at, t in enumerate(tasks) if name in t) for name in NAMES]
    assert table.lengths(weights) == {
        length: (sum(len(t) == length for t in tasks), sum(at for at, t in enumerate(tasks) if len(t) == length))
        for length in sorted({len(task) for task in tasks})
    }
    names, matrix = table.together()
    assert set(names) == {name for task in tasks for name in task}
    for row, one in enumerate(names):
        assert matrix[row] == [sum(one in task and other in task for task in tasks) for other in names]
    assert matrix == sorted(matrix, key=lambda row: -row[matrix.index(row)])


@given(programs)
def test_aliases_are_names_that_never_come_apart(tasks):
    groups = LabelTable(tasks, Vocabulary(NAMES)).always_together()
    used = [name for name in NAMES if any(name in task for task in tasks)]
    for one in used:
        for other in used:
            together = all((one in task) == (other in task) for task in tasks)
            same_group = one == other or any(one in group and other in group for group in groups)
            assert together == same_group


def test_more_names_than_are_counted_together():
    tasks = [(f"n{number}", f"n{number + 1}") for number in range(500) for _ in range(1 + number % 3)]
    table = LabelTable(tasks, Vocabulary(tuple(sorted({name for task in tasks for name in task}))))
    names, matrix = table.together()
    assert len(names) == len(matrix) == 40
    counts = [sum(name in task for task in tasks) for name in names]
    assert [matrix[at][at] for at in range(40)] == counts
    assert min(counts) >= sorted((sum(f"n{n}" in t for t in tasks) for n in range(501)), reverse=True)[39]


def test_primitives_that_cannot_be_told_apart_on_these_inputs():
    symmetric = [np.array([[1, 0, 1], [0, 2, 0], [1, 0, 1]], np.uint8)]
    groups, idle = same_effect(V2.names, symmetric)
    assert any({"rot90", "vmirror"} <= set(group) for group in groups)
    assert {"rot90", "vmirror"} <= set(idle)
    lopsided = [np.array([[1, 2, 0], [0, 3, 4]], np.uint8), *symmetric]
    groups, idle = same_effect(V2.names, lopsided)
    assert not any({"rot90", "vmirror"} <= set(group) for group in groups)
    assert not {"rot90", "vmirror"} & set(idle)


def test_names_that_are_not_ours_are_not_executed():
    assert same_effect(["theirs", "also_theirs"], [np.zeros((2, 2), np.uint8)]) == ([], [])


def test_rare_labels_come_rarest_first_and_unused_ones_not_at_all():
    assert rare({"a": 5, "b": 0, "c": 2, "d": 9}, least=6) == ["c", "a"]
