"""Tasks from files in ARC's format: what is read, and how every mistake in them is told."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural_guide.arc import task_files
from neural_guide.arc.collections import COLLECTIONS, load_tasks
from neural_guide.arc.task_files import open_tasks
from neural_guide.errors import UserError
from support.strategies import grids, large_grids

in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)

IN, OUT = [[1, 2], [3, 4]], [[4, 3], [2, 1]]


def task(tests: int = 1, answered: bool = True) -> dict:
    asked = {"input": IN, "output": OUT} if answered else {"input": IN}
    return {"train": [{"input": IN, "output": OUT}] * 2, "test": [dict(asked) for _ in range(tests)]}


def write(path, value) -> str:
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return str(path)


def plain(each) -> dict:
    """A task as JSON would have it."""
    answers = each.answers or [None] * len(each.task.test_inputs)
    return {
        "train": [{"input": pair.input.tolist(), "output": pair.output.tolist()} for pair in each.task.pairs],
        "test": [
            {"input": shown.tolist()} | ({} if answer is None else {"output": answer.tolist()})
            for shown, answer in zip(each.task.test_inputs, answers, strict=True)
        ],
    }


def refusal(source, solutions=None) -> str:
    with pytest.raises(UserError) as error:
        open_tasks(str(source), solutions)
    told = str(error.value)
    assert len(told.splitlines()) == 1
    assert len(told) < 1000
    return told


def tasks(of):
    """Tasks as JSON, with outputs for all tests or for none."""
    pair = st.fixed_dictionaries({"input": of, "output": of})
    test = st.fixed_dictionaries({"input": of})
    some = st.one_of(st.lists(pair, min_size=1, max_size=3), st.lists(test, min_size=1, max_size=3))
    return st.fixed_dictionaries({"train": st.lists(pair, min_size=1, max_size=4), "test": some})


def jsonable(value):
    return json.loads(json.dumps(value, default=lambda grid: grid.tolist()))


@in_one_folder
@given(
    st.dictionaries(st.text("abc019_-. ", min_size=1).filter(str.strip), tasks(grids()), min_size=1, max_size=4),
    st.sampled_from([{}, {"indent": 1}, {"separators": (",", ":")}]),
    st.booleans(),
)
def test_a_competition_file_is_read_as_written_in_any_layout(tmp_path, written, layout, marked):
    written = jsonable(written)
    with_extras = {key: {"name": 'a "name" }', **value} for key, value in written.items()}
    text = json.dumps(with_extras, **layout)
    found = open_tasks(write(tmp_path / "all.json", "\ufeff" * marked + text))
    assert {each.task.task_id: plain(each) for each in found} == written
    assert [each.task.task_id for each in found] == list(written)


@in_one_folder
@given(tasks(large_grids()))
def test_one_task_has_the_name_of_its_file(tmp_path, written):
    (found,) = open_tasks(write(tmp_path / "0a1b.json", jsonable(written)))
    assert found.task.task_id == "0a1b"
    assert plain(found) == jsonable(written)


def test_a_collection_written_out_is_the_same_tasks(tmp_path):
    shipped = load_tasks("arc2-evaluation")
    path = write(tmp_path / "mine.json", {each.task.task_id: plain(each) for each in shipped})
    for found in (open_tasks("arc2-evaluation"), open_tasks(path)):
        assert [(each.task.task_id, plain(each)) for each in found] == [
            (each.task.task_id, plain(each)) for each in shipped
        ]


def test_a_folder_is_taken_by_name_and_not_entered_further(tmp_path):
    for name in "hbdfaceg":  # some file systems list files as they were made, others by hash
        write(tmp_path / f"{name}.json", task())
    (tmp_path / "inner").mkdir()
    write(tmp_path / "inner" / "i.json", task())
    write(tmp_path / "notes.txt", "no task")
    write(tmp_path / "._a.json", "left by a system")
    assert [each.task.task_id for each in open_tasks(str(tmp_path))] == list("abcdefgh")


def test_outputs_of_some_tests_are_no_answers(tmp_path):
    value = task(tests=2)
    del value["test"][1]["output"]
    (found,) = open_tasks(write(tmp_path / "a.json", value))
    assert found.answers is None
    value["test"][1]["output"] = None
    (found,) = open_tasks(write(tmp_path / "a.json", value))
    assert found.answers is None
    assert len(found.task.test_inputs) == 2


# Solutions ------------------------------------------------------------------------------------------------------


def test_solutions_are_found_beside_their_challenges(tmp_path):
    path = write(tmp_path / "arc_test_challenges.json", {"a": task(2, answered=False)})
    (found,) = open_tasks(path)
    assert found.answers is None
    write(tmp_path / "arc_test_solutions.json", {"a": [OUT, IN], "unasked": [IN]})
    (found,) = open_tasks(path)
    assert [answer.tolist() for answer in found.answers] == [OUT, IN]
    other = write(tmp_path / "other.json", {"a": [IN, IN]})
    (found,) = open_tasks(path, other)
    assert [answer.tolist() for answer in found.answers] == [IN, IN]


@pytest.mark.parametrize(
    ("solutions", "told"),
    [
        ({"b": [OUT]}, "s.json has no output for 1 of 2 tasks, the first of them a;"),
        ({"a": [OUT, OUT], "b": [OUT]}, "s.json, task a: 2 outputs for 1 test inputs;"),
        ({"a": [OUT], "b": [[[0, 10]]]}, "s.json, task b, output 1: grid has a cell outside 0 to 9;"),
        ({"a": OUT, "b": [OUT]}, "s.json, task a, output 1: grid is not a list of rows"),
        ({"a": [OUT], "b": "x"}, "s.json, task b: no JSON list; a solutions file is"),
        ([], "s.json: no JSON object; a solutions file is"),
        ('{"a": [[[1]]], "a": [[[2]]], "b": [[[1]]]}', "s.json: a occurs 2 times;"),
    ],
)
def test_solutions_of_other_tasks_or_broken_ones_are_refused(tmp_path, solutions, told):
    path = write(tmp_path / "c.json", {"a": task(), "b": task()})
    assert told in refusal(path, write(tmp_path / "s.json", solutions))


# Mistakes -------------------------------------------------------------------------------------------------------


def broken(change) -> dict:
    value = json.loads(json.dumps(task(tests=2)))
    change(value)
    return value


def put(grid, *places):
    def change(value):
        for place in places[:-1]:
            value = value[place]
        value[places[-1]] = grid

    return change


MISTAKES = {
    "no pairs": (lambda value: value["train"].clear(), ", train pair: there is none;"),
    "no tests": (lambda value: value["test"].clear(), ", test: there is none;"),
    "train gone": (lambda value: value.pop("train"), ": there is no 'train';"),
    "test gone": (lambda value: value.pop("test"), ": there is no 'test';"),
    "pairs no list": (put("x", "train"), ", train pair: no JSON list;"),
    "pair no object": (put([IN, OUT], "train", 1), ", train pair 2: no JSON object;"),
    "pair without input": (lambda value: value["train"][1].pop("input"), ", train pair 2: there is no 'input';"),
    "pair without output": (lambda value: value["train"][0].pop("output"), ", train pair 1: there is no 'output';"),
    "test without input": (lambda value: value["test"][1].pop("input"), ", test 2: there is no 'input';"),
    "ragged": (put([[1, 2], [3]], "train", 1, "output"), ", train pair 2, output: grid has rows of 1 and 2 cells;"),
    "too high": (put([[1]] * 31, "test", 0, "input"), ", test 1, input: grid is 31 x 1;"),
    "too wide": (put([[1] * 31], "test", 1, "output"), ", test 2, output: grid is 1 x 31;"),
    "empty": (put([], "train", 0, "input"), ", train pair 1, input: grid is empty;"),
    "empty row": (put([[]], "train", 0, "input"), ", train pair 1, input: grid is empty;"),
    "colour 10": (put([[10]], "train", 0, "input"), ", train pair 1, input: grid has a cell outside 0 to 9;"),
    "colour -1": (put([[-1]], "train", 0, "input"), ", train pair 1, input: grid has a cell outside 0 to 9;"),
    "boolean": (put([[True]], "train", 0, "input"), ", train pair 1, input: grid has a cell that is no integer;"),
    "float": (put([[1.0]], "train", 0, "input"), ", train pair 1, input: grid has a cell that is no integer;"),
    "text": (put([["1"]], "train", 0, "input"), ", train pair 1, input: grid has a cell that is no integer;"),
    "null": (put(None, "train", 0, "output"), ", train pair 1, output: grid is not a list of rows"),
    "huge": (put([[10**400]], "train", 0, "input"), ", train pair 1, input: grid has a cell outside 0 to 9;"),
}


@pytest.mark.parametrize(("change", "told"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_place_wherever_the_task_stands(tmp_path, change, told):
    bad = broken(change)
    one = write(tmp_path / "bad.json", bad)
    assert f"{one}{told}" in refusal(one)
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder / "a.json", task())
    assert write(folder / "z.json", bad) + told in refusal(folder)
    many = write(tmp_path / "many.json", {"a": task(), "z": bad, "zz": task()})
    assert f"{many}, task z{told}" in refusal(many)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "not JSON (Input data was truncated)"),
        ("not JSON", "not JSON ("),
        ('{"a": ', "not JSON ("),
        ('{"train": [NaN]}', "not JSON ("),
        ("[]", "no JSON object; a task is"),
        ("3", "no JSON object; a task is"),
        ("{}", "holds no task;"),
        ('{"a": [1]}', "task a: no JSON object;"),
        ('{"": {"train": [], "test": []}}', "task '': a task's id is printable text"),
        ('{"a\\nb": {"train": [], "test": []}}', "task 'a\\nb': a task's id is printable text"),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deeply"),
        ('{"a": {"note": "' + "x" * (5 << 20) + '"}}', "task a: larger than 4 MiB"),
        ('{"train": [{"input": [[' + "9" * 5000 + "]]}]}", "train pair 1, input: no grid (Integer value out of range"),
        ('{"a": "\\ud800"}', "not JSON ("),
        ('{"a": 1, "b": 2, "a": 3}', "a occurs 2 times; an object has each key once"),
        ('{"train": [], "test": [], "train": []}', "train occurs 2 times"),
        ('{"train": [{"input": [[1]], "output": [[1]], "inp\\u0075t": [[2]]}]}', "input occurs 2 times"),
    ],
)
def test_a_file_of_something_else_is_told(tmp_path, content, told):
    path = write(tmp_path / "file.json", content)
    found = refusal(path)
    assert found.startswith(path)
    assert told in found


def test_no_text_is_read_that_is_not_utf8(tmp_path):
    path = tmp_path / "file.json"
    path.write_bytes(json.dumps({"a": task()}).encode("utf-16"))
    assert "not JSON (" in refusal(path)
    path.write_bytes(b'{"a\xff": {}}')
    assert "not JSON (" in refusal(path)
    path.write_bytes(b'{"train": [{"input": [["\xff"]]}]}')
    assert "train pair 1, input: no grid (" in refusal(path)


def test_large_files_are_not_read(tmp_path, monkeypatch):
    path = write(tmp_path / "file.json", {"a": task()})
    monkeypatch.setattr(task_files, "MAX_FILE", 100)
    assert f"{path} is larger than" in refusal(path)


def test_folders_of_something_else_are_told(tmp_path):
    assert f"{tmp_path} holds no .json file;" in refusal(tmp_path)
    (tmp_path / "training").mkdir()
    write(tmp_path / "training" / "a.json", task())
    assert "Name one of the folders in it: training." in refusal(tmp_path)
    write(tmp_path / "all.json", {"a": task(), "b": task()})
    assert f"{tmp_path / 'all.json'} holds tasks by their ids;" in refusal(tmp_path)


def test_a_task_is_once_in_a_folder(tmp_path):
    write(tmp_path / "a.json", task())
    write(tmp_path / "a.JSON", task())
    if len(list(tmp_path.iterdir())) == 1:
        pytest.skip("this file system does not tell a.json from a.JSON")
    assert "there is another file of task a;" in refusal(tmp_path)


@pytest.mark.parametrize("source", ["arc1-trainin", "arc3", "", "no/such/file.json", "x" * 5000, "a\0b"])
def test_what_is_nowhere_is_told_with_the_collections(source):
    told = refusal(source)
    assert all(name in told for name in COLLECTIONS)
    assert ("Did you mean arc1-training" in told) == (source == "arc1-trainin")


def test_read_grids_are_grids(tmp_path):
    (found,) = open_tasks(write(tmp_path / "a.json", task()))
    assert {grid.dtype for grid in (*found.task.test_inputs, *found.answers)} == {np.dtype(np.uint8)}
