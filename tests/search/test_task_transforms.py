"""Other forms of a task: undone, each is the task again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural_guide.arc.grid import is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.search.output_size import guessed_shapes
from neural_guide.search.task_transforms import forms_of
from support.strategies import grids

TASKS = st.builds(
    lambda pairs, tests: Task("t", tuple(Pair(*pair) for pair in pairs), tuple(tests)),
    st.lists(st.tuples(grids(6), grids(6)), min_size=1, max_size=3),
    st.lists(grids(6), max_size=2),
)


@given(TASKS)
def test_undone_the_form_is_the_task(task):
    forms = forms_of(task)
    assert forms[0].task is task
    assert len({form.name for form in forms}) == len(forms)
    for form in forms:
        assert all(
            is_equal(form.undo(grid, test), task.test_inputs[test]) for test, grid in enumerate(form.task.test_inputs)
        )
        assert len(form.task.pairs) == len(task.pairs)


@given(TASKS)
def test_a_rule_between_input_and_output_stays_one(task):
    """An output that is its input is that in every form, and colours that differ do not meet."""
    same_pairs = tuple(Pair(pair.input, pair.input) for pair in task.pairs)
    for form in forms_of(Task("t", same_pairs, task.test_inputs)):
        for before, pair in zip(task.pairs, form.task.pairs, strict=True):
            assert is_equal(pair.input, pair.output)
            assert len(np.unique(pair.input)) == len(np.unique(before.input))


def test_the_background_comes_first():
    grid = np.array([[8, 8, 8], [8, 1, 8]], dtype=np.uint8)
    named = {form.name: form for form in forms_of(Task("t", (Pair(grid, grid),), (grid,)))}
    assert is_equal(named["background first"].task.pairs[0].input, np.array([[0, 0, 0], [0, 1, 0]], dtype=np.uint8))


def test_colours_that_differ_get_one_name():
    grids_ = [np.array([[0, 0, colour]], dtype=np.uint8) for colour in (3, 6, 7)]
    task = Task("t", tuple(Pair(grid, grid) for grid in grids_[:2]), (grids_[2],))
    ranked = next(form for form in forms_of(task) if form.name == "colours by rank")
    assert len({grid.tobytes() for grid in (*(p.input for p in ranked.task.pairs), *ranked.task.test_inputs)}) == 1
    assert is_equal(ranked.undo(ranked.task.test_inputs[0], 0), grids_[2])


@pytest.mark.parametrize(
    "rule",
    [
        lambda grid: grid,
        lambda grid: grid.T,
        lambda grid: np.tile(grid, (2, 3)),
        lambda grid: grid[:1],
        lambda grid: np.pad(grid, 1),
        lambda grid: grid[: len(grid) // 2],
    ],
)
def test_sizes_follow_a_rule_that_holds_for_all_pairs(rule):
    inputs = [np.zeros(shape, dtype=np.uint8) for shape in ((4, 5), (2, 3), (6, 2))]
    test = np.zeros((8, 7), dtype=np.uint8)
    assert guessed_shapes(inputs, [rule(grid) for grid in inputs], [test]) == (rule(test).shape,)


@given(st.lists(grids(9), min_size=1, max_size=3), grids(9))
def test_the_simplest_rule_is_that_the_size_stays(inputs, test):
    assert guessed_shapes(inputs, inputs, [test]) == (test.shape,)


def test_no_rule_no_guess():
    inputs = [np.zeros((side, side), dtype=np.uint8) for side in (2, 3, 7)]
    outputs = [np.zeros((side, 1), dtype=np.uint8) for side in (5, 1, 2)]
    assert guessed_shapes(inputs, outputs, inputs) is None
