from dataclasses import replace

import numpy as np
import pytest

from neural_guide.arc.collections import COLLECTIONS, load_tasks
from neural_guide.arc.grid import is_grid
from neural_guide.arc.task import Task
from neural_guide.errors import UserError

COUNTS = {"arc1-training": 400, "arc1-evaluation": 400, "arc2-training": 1000, "arc2-evaluation": 120}


@pytest.mark.parametrize(("name", "count"), COUNTS.items())
def test_collection_is_whole_and_its_grids_are_valid(name, count):
    tasks = load_tasks(name)
    assert len(tasks) == len({each.task.task_id for each in tasks}) == count
    for each in tasks:
        assert each.task.pairs
        assert each.task.test_inputs
        assert all(is_grid(pair.input) and is_grid(pair.output) for pair in each.task.pairs)
        assert all(map(is_grid, each.task.test_inputs))
        assert each.answers is not None
        assert len(each.answers) == len(each.task.test_inputs)
        assert all(map(is_grid, each.answers))


def test_answered_is_every_output_exact():
    arc = next(each for each in load_tasks("arc1-training") if len(each.task.test_inputs) == 2)
    answers = list(arc.answers)
    assert arc.is_answered_by(answers)
    assert not arc.is_answered_by(answers[:1])
    assert not arc.is_answered_by(answers[::-1])
    assert not replace(arc, answers=None).is_answered_by(answers)


def test_known_task_has_its_pairs_in_order():
    task = next(each for each in load_tasks("arc1-training") if each.task.task_id == "67a3c6ac")
    for pair in task.task.pairs:
        assert np.array_equal(pair.output, pair.input[:, ::-1])
    assert np.array_equal(task.answers[0], task.task.test_inputs[0][:, ::-1])


def test_inputs_are_inputs():
    task = next(each for each in load_tasks("arc1-training") if each.task.task_id == "007bbfb7")
    assert {(pair.input.shape, pair.output.shape) for pair in task.task.pairs} == {((3, 3), (9, 9))}
    assert [(shown.shape, answer.shape) for shown, answer in zip(task.task.test_inputs, task.answers, strict=True)] == [
        ((3, 3), (9, 9))
    ]


def test_task_holds_no_test_output():
    for each in load_tasks("arc1-evaluation"):
        held = [id(grid) for value in vars(each.task).values() if isinstance(value, tuple) for grid in value]
        assert set(vars(each.task)) == {"task_id", "pairs", "test_inputs"} == set(Task.__dataclass_fields__)
        assert not {id(answer) for answer in each.answers} & set(held)


def test_unknown_collection_is_refused_with_those_there_are():
    with pytest.raises(UserError, match="'arc3-training'") as error:
        load_tasks("arc3-training")
    assert all(name in str(error.value) for name in COLLECTIONS)
