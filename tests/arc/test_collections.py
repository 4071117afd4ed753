"""Collections of real tasks: complete, valid, and without test outputs in the task."""

from dataclasses import replace

import numpy as np
import pytest

from neural_guide.arc.collections import COLLECTIONS, load_tasks
from neural_guide.arc.grid import is_grid
from neural_guide.arc.task import Task
from neural_guide.errors import UserError

COUNTS = {
    "arc1-training": 400,
    "arc1-training-a": 200,
    "arc1-training-b": 200,
    "arc1-evaluation": 400,
    "arc2-training": 1000,
    "arc2-new": 233,
    "arc2-evaluation": 120,
}


@pytest.mark.parametrize(("name", "count"), COUNTS.items())
def test_collection_is_complete_and_its_grids_are_valid(name, count):
    tasks = load_tasks(name)
    assert len(tasks) == len({arc_task.task.task_id for arc_task in tasks}) == count
    for arc_task in tasks:
        assert arc_task.task.pairs
        assert arc_task.task.test_inputs
        assert all(is_grid(pair.input) and is_grid(pair.output) for pair in arc_task.task.pairs)
        assert all(map(is_grid, arc_task.task.test_inputs))
        assert arc_task.answers is not None
        assert len(arc_task.answers) == len(arc_task.task.test_inputs)
        assert all(map(is_grid, arc_task.answers))


def list_ids(name):
    return [arc_task.task.task_id for arc_task in load_tasks(name)]


def test_every_collection_is_counted():
    assert set(COUNTS) == set(COLLECTIONS)


def test_halves_are_every_other_task_in_order_of_id():
    ids = sorted(list_ids("arc1-training"))
    assert list_ids("arc1-training-a") == ids[0::2]
    assert list_ids("arc1-training-b") == ids[1::2]


def test_new_tasks_are_those_of_arc2_training_whose_pairs_arc1_does_not_have():
    def list_pairs(arc_task):
        task = arc_task.task
        examples = [(pair.input, pair.output) for pair in task.pairs]
        tests = list(zip(task.test_inputs, arc_task.answers, strict=True))
        return {(str(given.tolist()), str(output.tolist())) for given, output in examples + tests}

    earlier = [*load_tasks("arc1-training"), *load_tasks("arc1-evaluation")]
    known = set().union(*map(list_pairs, earlier))
    shared = {arc_task.task.task_id: list_pairs(arc_task) & known for arc_task in load_tasks("arc2-training")}
    assert list_ids("arc2-new") == [task_id for task_id, pairs in shared.items() if not pairs]
    assert 0 < len(shared["ac0c5833"]) < 4  # a task with one corrected pair is not new
    assert len(shared) - len(list_ids("arc2-new")) == 767


def test_is_answered_by_needs_every_output_exact():
    task = next(arc_task for arc_task in load_tasks("arc1-training") if len(arc_task.task.test_inputs) == 2)
    answers = list(task.answers)
    assert task.is_answered_by(answers)
    assert not task.is_answered_by(answers[:1])
    assert not task.is_answered_by(answers[::-1])
    assert not replace(task, answers=None).is_answered_by(answers)


def test_known_task_has_its_pairs_in_order():
    task = next(arc_task for arc_task in load_tasks("arc1-training") if arc_task.task.task_id == "67a3c6ac")
    for pair in task.task.pairs:
        assert np.array_equal(pair.output, pair.input[:, ::-1])
    assert np.array_equal(task.answers[0], task.task.test_inputs[0][:, ::-1])


def test_known_task_has_the_shapes_of_its_grids():
    task = next(arc_task for arc_task in load_tasks("arc1-training") if arc_task.task.task_id == "007bbfb7")
    assert {(pair.input.shape, pair.output.shape) for pair in task.task.pairs} == {((3, 3), (9, 9))}
    assert [
        (test_input.shape, answer.shape) for test_input, answer in zip(task.task.test_inputs, task.answers, strict=True)
    ] == [((3, 3), (9, 9))]


def test_task_contains_no_test_output():
    for arc_task in load_tasks("arc1-evaluation"):
        task_grids = [id(grid) for value in vars(arc_task.task).values() if isinstance(value, tuple) for grid in value]
        assert set(vars(arc_task.task)) == {"task_id", "pairs", "test_inputs"} == set(Task.__dataclass_fields__)
        assert not {id(answer) for answer in arc_task.answers} & set(task_grids)


def test_unknown_collection_is_refused_with_the_known_names():
    with pytest.raises(UserError, match="'arc3-training'") as error:
        load_tasks("arc3-training")
    assert all(name in str(error.value) for name in COLLECTIONS)
