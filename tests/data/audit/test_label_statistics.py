import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neural_guide.data.audit.label_statistics import LabelTable, find_same_effect, list_rare_names
from neural_guide.dsl.vocabulary import V2, Vocabulary

NAMES = ("a", "b", "c", "d", "e")
programs = st.lists(st.lists(st.sampled_from(NAMES[:4]), min_size=1, max_size=4).map(tuple), min_size=1, max_size=20)


@given(programs)
def test_counts_equal_a_plain_loop(tasks):
    table = LabelTable(tasks, Vocabulary(NAMES))
    weights = np.arange(len(tasks))
    assert table.count_tasks().tolist() == [sum(name in task for task in tasks) for name in NAMES]
    assert table.count_tasks(weights).tolist() == [
        sum(index for index, task in enumerate(tasks) if name in task) for name in NAMES
    ]
    assert table.count_lengths(weights) == {
        length: (
            sum(len(task) == length for task in tasks),
            sum(index for index, task in enumerate(tasks) if len(task) == length),
        )
        for length in sorted({len(task) for task in tasks})
    }
    names, matrix = table.count_co_occurrences()
    assert set(names) == {name for task in tasks for name in task}
    for row, name in enumerate(names):
        assert matrix[row] == [sum(name in task and other in task for task in tasks) for other in names]
    assert matrix == sorted(matrix, key=lambda row: -row[matrix.index(row)])


@given(programs)
def test_inseparable_names_occur_in_the_same_tasks(tasks):
    groups = LabelTable(tasks, Vocabulary(NAMES)).find_inseparable()
    used = [name for name in NAMES if any(name in task for task in tasks)]
    for one in used:
        for other in used:
            together = all((one in task) == (other in task) for task in tasks)
            same_group = one == other or any(one in group and other in group for group in groups)
            assert together == same_group


def test_co_occurrences_are_limited_to_frequent_names():
    tasks = [(f"n{number}", f"n{number + 1}") for number in range(500) for _ in range(1 + number % 3)]
    table = LabelTable(tasks, Vocabulary(tuple(sorted({name for task in tasks for name in task}))))
    names, matrix = table.count_co_occurrences()
    assert len(names) == len(matrix) == 40
    counts = [sum(name in task for task in tasks) for name in names]
    assert [matrix[name][name] for name in range(40)] == counts
    assert (
        min(counts) >= sorted((sum(f"n{number}" in task for task in tasks) for number in range(501)), reverse=True)[39]
    )


def test_primitives_with_the_same_effect_on_symmetric_inputs():
    symmetric = [np.array([[1, 0, 1], [0, 2, 0], [1, 0, 1]], np.uint8)]
    groups, no_effect = find_same_effect(V2.names, symmetric)
    assert any({"rot90", "vmirror"} <= set(group) for group in groups)
    assert {"rot90", "vmirror"} <= set(no_effect)
    lopsided = [np.array([[1, 2, 0], [0, 3, 4]], np.uint8), *symmetric]
    groups, no_effect = find_same_effect(V2.names, lopsided)
    assert not any({"rot90", "vmirror"} <= set(group) for group in groups)
    assert not {"rot90", "vmirror"} & set(no_effect)


def test_foreign_names_are_not_executed():
    assert find_same_effect(["theirs", "also_theirs"], [np.zeros((2, 2), np.uint8)]) == ([], [])


def test_rare_labels_come_rarest_first_without_unused_ones():
    assert list_rare_names({"a": 5, "b": 0, "c": 2, "d": 9}, least=6) == ["c", "a"]
