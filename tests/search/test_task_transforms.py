"""Task transforms: inverted, each gives the task again. Output shapes: predicted by a rule that holds for all pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural_guide.arc.grid import is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.search.output_size import guess_output_shapes
from neural_guide.search.task_transforms import list_transforms
from support.strategies import grids

TASKS = st.builds(
    lambda pairs, tests: Task("t", tuple(Pair(*pair) for pair in pairs), tuple(tests)),
    st.lists(st.tuples(grids(6), grids(6)), min_size=1, max_size=3),
    st.lists(grids(6), max_size=2),
)


@given(TASKS)
def test_an_inverted_transform_is_the_task(task):
    transforms = list_transforms(task)
    assert transforms[0].task is task
    assert len({transform.name for transform in transforms}) == len(transforms)
    for transform in transforms:
        outputs = [transform.grids.transform(grid, grid) for grid in task.test_inputs]
        assert all(is_equal(transform.invert(grid, test), task.test_inputs[test]) for test, grid in enumerate(outputs))
        assert len(transform.task.pairs) == len(task.pairs)


@given(TASKS)
def test_a_rule_between_input_and_output_stays_one(task):
    """An output that equals its input does so under every transform, and different colours stay different."""
    same_pairs = tuple(Pair(pair.input, pair.input) for pair in task.pairs)
    for transform in list_transforms(Task("t", same_pairs, task.test_inputs)):
        for original, pair in zip(task.pairs, transform.task.pairs, strict=True):
            assert is_equal(pair.input, pair.output)
            assert len(np.unique(pair.input)) == len(np.unique(original.input))


def test_the_background_comes_first():
    grid = np.array([[8, 8, 8], [8, 1, 8]], dtype=np.uint8)
    by_name = {transform.name: transform for transform in list_transforms(Task("t", (Pair(grid, grid),), (grid,)))}
    expected = np.array([[0, 0, 0], [0, 1, 0]], dtype=np.uint8)
    assert is_equal(by_name["background first"].task.pairs[0].input, expected)


def test_colours_that_differ_between_inputs_get_one_name():
    inputs = [np.array([[0, 0, colour]], dtype=np.uint8) for colour in (3, 6, 7)]
    task = Task("t", tuple(Pair(grid, grid) for grid in inputs[:2]), (inputs[2],))
    ranked = next(transform for transform in list_transforms(task) if transform.name == "colours by rank")
    ranked_inputs = [*(pair.input for pair in ranked.task.pairs), *ranked.task.test_inputs]
    assert len({grid.tobytes() for grid in ranked_inputs}) == 1
    assert is_equal(ranked.invert(ranked.task.test_inputs[0], 0), inputs[2])


@pytest.mark.parametrize(
    "rule",
    [
        lambda grid: grid,
        lambda grid: grid.T,
        lambda grid: np.tile(grid, (2, 3)),
        lambda grid: grid[:1],
        lambda grid: np.pad(grid, 1),
        lambda grid: grid[: len(grid) // 2],
        lambda grid: np.tile(grid.T, (1, 3)),
        lambda grid: np.tile(grid, (len(np.unique(grid[grid > 0])), 1)),
        lambda grid: np.tile(grid, (1, np.count_nonzero(grid))),
    ],
)
def test_output_shapes_follow_a_rule_that_holds_for_all_pairs(rule):
    inputs = [np.zeros(shape, dtype=np.uint8) for shape in ((4, 5), (2, 3), (6, 2))]
    test = np.zeros((8, 7), dtype=np.uint8)
    for grid, colours in zip([*inputs, test], ([1, 2, 2], [3], [4, 5], [6, 7, 8, 8]), strict=True):
        grid.ravel()[: len(colours)] = colours
    assert guess_output_shapes(inputs, [rule(grid) for grid in inputs], [test]) == (rule(test).shape,)


@given(st.lists(grids(9), min_size=1, max_size=3), grids(9))
def test_the_first_rule_is_that_the_shape_stays(inputs, test):
    assert guess_output_shapes(inputs, inputs, [test]) == (test.shape,)


def test_without_a_rule_no_shape_is_predicted():
    inputs = [np.zeros((side, side), dtype=np.uint8) for side in (2, 3, 7)]
    outputs = [np.zeros((side, 1), dtype=np.uint8) for side in (5, 1, 2)]
    assert guess_output_shapes(inputs, outputs, inputs) is None
