"""Tasks from files in the ARC format: what is read, and the report of every mistake."""

import gzip
import json
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural_guide.arc import grid as grid_module
from neural_guide.arc import task_files
from neural_guide.arc.collections import COLLECTIONS, ArcTask, load_tasks
from neural_guide.arc.task import Pair, Task
from neural_guide.arc.task_files import open_tasks
from neural_guide.errors import UserError
from neural_guide.runtime import limited_reading
from support.strategies import grids, large_grids

with_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)

IN, OUT = [[1, 2], [3, 4]], [[4, 3], [2, 1]]


def task(tests: int = 1, answered: bool = True) -> dict:
    test = {"input": IN, "output": OUT} if answered else {"input": IN}
    return {"train": [{"input": IN, "output": OUT}] * 2, "test": [dict(test) for _ in range(tests)]}


def write(path, value) -> str:
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return str(path)


def to_json(arc_task) -> dict:
    """Return a task in the form of its JSON."""
    answers = arc_task.answers or [None] * len(arc_task.task.test_inputs)
    return {
        "train": [{"input": pair.input.tolist(), "output": pair.output.tolist()} for pair in arc_task.task.pairs],
        "test": [
            {"input": test_input.tolist()} | ({} if answer is None else {"output": answer.tolist()})
            for test_input, answer in zip(arc_task.task.test_inputs, answers, strict=True)
        ],
    }


def read_refusal(source, solutions=None) -> str:
    with pytest.raises(UserError) as error:
        open_tasks(str(source), solutions)
    message = str(error.value)
    assert len(message.splitlines()) == 1
    assert len(message) < 1000
    return message


def tasks(of):
    """Tasks as JSON, with outputs for all tests or for none."""
    pair = st.fixed_dictionaries({"input": of, "output": of})
    test = st.fixed_dictionaries({"input": of})
    some = st.one_of(st.lists(pair, min_size=1, max_size=3), st.lists(test, min_size=1, max_size=3))
    return st.fixed_dictionaries({"train": st.lists(pair, min_size=1, max_size=4), "test": some})


def to_plain_json(value):
    return json.loads(json.dumps(value, default=lambda grid: grid.tolist()))


@with_one_folder
@given(
    st.dictionaries(st.text("abc019_-. ", min_size=1).filter(str.strip), tasks(grids()), min_size=1, max_size=4),
    st.sampled_from([{}, {"indent": 1}, {"separators": (",", ":")}]),
    st.booleans(),
)
def test_competition_file_reads_back_in_any_layout(tmp_path, written, layout, marked):
    written = to_plain_json(written)
    with_extras = {key: {"name": 'a "name" }', **value} for key, value in written.items()}
    text = json.dumps(with_extras, **layout)
    opened = open_tasks(write(tmp_path / "all.json", "\ufeff" * marked + text)).tasks
    assert {arc_task.task.task_id: to_json(arc_task) for arc_task in opened} == written
    assert [arc_task.task.task_id for arc_task in opened] == list(written)


@with_one_folder
@given(tasks(large_grids()))
def test_single_task_is_named_after_its_file(tmp_path, written):
    (opened,) = open_tasks(write(tmp_path / "0a1b.json", to_plain_json(written))).tasks
    assert opened.task.task_id == "0a1b"
    assert to_json(opened) == to_plain_json(written)


def test_collection_written_to_a_file_reads_back(tmp_path):
    shipped = load_tasks("arc2-evaluation")
    path = write(tmp_path / "mine.json", {arc_task.task.task_id: to_json(arc_task) for arc_task in shipped})
    for opened in (open_tasks("arc2-evaluation").tasks, open_tasks(path).tasks):
        assert [(arc_task.task.task_id, to_json(arc_task)) for arc_task in opened] == [
            (arc_task.task.task_id, to_json(arc_task)) for arc_task in shipped
        ]


def test_tasks_that_were_written_read_back(tmp_path):
    pairs = (Pair(np.array(IN, dtype=np.uint8), np.array(OUT, dtype=np.uint8)),)
    written = [
        ArcTask(Task("b", pairs, (pairs[0].input,)), (pairs[0].output,)),
        ArcTask(Task("a", pairs, (pairs[0].output,)), None),
    ]
    task_files.write_tasks(tmp_path / "two.json", written)
    opened = open_tasks(str(tmp_path / "two.json"))
    assert [(arc_task.task.task_id, to_json(arc_task)) for arc_task in opened.tasks] == [
        ("b", {"train": [{"input": IN, "output": OUT}], "test": [{"input": IN, "output": OUT}]}),
        ("a", {"train": [{"input": IN, "output": OUT}], "test": [{"input": OUT}]}),
    ]


def test_folder_is_read_by_name_without_subfolders(tmp_path):
    for name in "hbdfaceg":  # some file systems list files as they were made, others by hash
        write(tmp_path / f"{name}.json", task())
    (tmp_path / "inner").mkdir()
    write(tmp_path / "inner" / "i.json", task())
    write(tmp_path / "notes.txt", "no task")
    write(tmp_path / "._a.json", "left by a system")
    assert [arc_task.task.task_id for arc_task in open_tasks(str(tmp_path)).tasks] == list("abcdefgh")


def test_outputs_of_only_some_tests_are_no_answers(tmp_path):
    value = task(tests=2)
    del value["test"][1]["output"]
    (opened,) = open_tasks(write(tmp_path / "a.json", value)).tasks
    assert opened.answers is None
    value["test"][1]["output"] = None
    (opened,) = open_tasks(write(tmp_path / "a.json", value)).tasks
    assert opened.answers is None
    assert len(opened.task.test_inputs) == 2


# Solutions ------------------------------------------------------------------------------------------------------


def test_solutions_are_found_beside_their_challenges(tmp_path):
    path = write(tmp_path / "arc_test_challenges.json", {"a": task(2, answered=False)})
    (opened,) = open_tasks(path).tasks
    assert opened.answers is None
    write(tmp_path / "arc_test_solutions.json", {"a": [OUT, IN], "unasked": [IN]})
    (opened,) = open_tasks(path).tasks
    assert [answer.tolist() for answer in opened.answers] == [OUT, IN]
    other = write(tmp_path / "other.json", {"a": [IN, IN]})
    (opened,) = open_tasks(path, other).tasks
    assert [answer.tolist() for answer in opened.answers] == [IN, IN]


@pytest.mark.parametrize(
    ("solutions", "message"),
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
def test_solutions_that_do_not_fit_are_refused(tmp_path, solutions, message):
    path = write(tmp_path / "c.json", {"a": task(), "b": task()})
    assert message in read_refusal(path, write(tmp_path / "s.json", solutions))


# Mistakes -------------------------------------------------------------------------------------------------------


def build_broken_task(change) -> dict:
    value = json.loads(json.dumps(task(tests=2)))
    change(value)
    return value


def set_value(grid, *keys):
    def change(value):
        for key in keys[:-1]:
            value = value[key]
        value[keys[-1]] = grid

    return change


MISTAKES = {
    "no pairs": (lambda value: value["train"].clear(), ", train pair: there is none;"),
    "no tests": (lambda value: value["test"].clear(), ", test: there is none;"),
    "train gone": (lambda value: value.pop("train"), ": there is no 'train';"),
    "test gone": (lambda value: value.pop("test"), ": there is no 'test';"),
    "pairs no list": (set_value("x", "train"), ", train pair: no JSON list;"),
    "pair no object": (set_value([IN, OUT], "train", 1), ", train pair 2: no JSON object;"),
    "pair without input": (lambda value: value["train"][1].pop("input"), ", train pair 2: there is no 'input';"),
    "pair without output": (lambda value: value["train"][0].pop("output"), ", train pair 1: there is no 'output';"),
    "test without input": (lambda value: value["test"][1].pop("input"), ", test 2: there is no 'input';"),
    "ragged": (
        set_value([[1, 2], [3]], "train", 1, "output"),
        ", train pair 2, output: grid has rows of 1 and 2 cells;",
    ),
    "too high": (set_value([[1]] * 101, "test", 0, "input"), ", test 1, input: grid is 101 x 1;"),
    "too wide": (set_value([[1] * 5000], "test", 1, "output"), ", test 2, output: grid is 1 x 5000;"),
    "empty": (set_value([], "train", 0, "input"), ", train pair 1, input: grid is empty;"),
    "empty row": (set_value([[]], "train", 0, "input"), ", train pair 1, input: grid is empty;"),
    "colour 10": (set_value([[10]], "train", 0, "input"), ", train pair 1, input: grid has a cell outside 0 to 9;"),
    "colour -1": (set_value([[-1]], "train", 0, "input"), ", train pair 1, input: grid has a cell outside 0 to 9;"),
    "boolean": (set_value([[True]], "train", 0, "input"), ", train pair 1, input: grid has a cell that is no integer;"),
    "float": (set_value([[1.0]], "train", 0, "input"), ", train pair 1, input: grid has a cell that is no integer;"),
    "text": (set_value([["1"]], "train", 0, "input"), ", train pair 1, input: grid has a cell that is no integer;"),
    "row of text": (set_value(["030"], "train", 0, "input"), ", train pair 1, input: grid has a row of text;"),
    "nan": (set_value([[float("nan")]], "test", 0, "input"), ", test: not JSON ("),
    "null": (set_value(None, "train", 0, "output"), ", train pair 1, output: grid is not a list of rows"),
    "huge": (set_value([[10**400]], "train", 0, "input"), ", train pair 1, input: grid has a cell outside 0 to 9;"),
}


@pytest.mark.parametrize(("change", "message"), MISTAKES.values(), ids=MISTAKES)
def test_task_with_a_mistake_is_set_aside_with_its_place_in_every_source(tmp_path, change, message):
    bad = build_broken_task(change)
    one = write(tmp_path / "bad.json", bad)
    assert f"{one}{message}" in read_refusal(one)
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, value in {"a": task(), "z": bad, "zz": task()}.items():
        write(folder / f"{name}.json", value)
    many = write(tmp_path / "many.json", {"a": task(), "z": bad, "zz": task()})
    named = [{"id": "a", **task()}, {"id": "z", **bad}, {"id": "zz", **task()}]
    lines = write(tmp_path / "lines.json", "\n".join(map(json.dumps, named)))
    places = {str(folder): f"{folder / 'z.json'}", many: f"{many}, task z", lines: f"{lines}, task z"}
    for source, place in places.items():
        opened = open_tasks(source)
        assert [arc_task.task.task_id for arc_task in opened.tasks] == ["a", "zz"]
        (set_aside,) = opened.set_aside
        assert set_aside.name == "z"
        assert set_aside.reason.startswith(f"{place}{message}")
        assert len(set_aside.reason.splitlines()) == 1
        assert f"1 of 3 tasks set aside. First: {place}{message}" in opened.summarize()
        submitted = opened.list_submitted()
        assert [place_holder.task_id for place_holder in submitted] == ["a", "z", "zz"]
        tests = bad.get("test") or [None]
        assert len(submitted[1].test_inputs) == len(tests)
        expected = [IN if isinstance(test, dict) and test.get("input") == IN else [[0]] for test in tests]
        assert [grid.tolist() for grid in submitted[1].test_inputs] == expected


def test_large_grids_are_tasks_too(tmp_path):
    side = grid_module.MAX_TASK_SIDE
    large = {"train": [{"input": [[1] * side], "output": [[2]] * side}], "test": [{"input": [[3] * 93] * 31}]}
    (opened,) = open_tasks(write(tmp_path / "a.json", large)).tasks
    assert to_json(opened) == large


SHAPES = {
    "repeated id": ('{"a": TASK, "b": TASK, "a": TASK}', ["b"], "task a: occurs 2 times;"),
    "repeated id in a list": ('[{"id": "a", TASK}, {"id": "b", TASK}, {"id": "a", TASK}]', ["b"], "task a: occurs 2"),
    "repeated key": ('{"b": TASK, "a": {"train": [{"input": [[1]], "input": [[2]]}]}}', ["b"], "task a,"),
    "line cut off": ('{"id": "a", TASK}\n{"id": "x", "tr', ["a"], "line 2: not JSON ("),
    "line without id": ('{"id": "a", TASK}\n\n{TASK}', ["a"], "line 3: there is no 'id';"),
    "number": ('[{"id": "a", TASK}, 7]', ["a"], "number 2: no JSON object;"),
    "bytes": ('{"a": {"train": ["\udcff"]}, "b": TASK}', ["b"], "task a, train pair 1: "),
    "NaN": ('{"a": {"train": NaN}, "b": TASK}', ["b"], "task a, train pair: not JSON ("),
    "empty id": ('{"": TASK, "b": TASK}', ["b"], "task '': a task's id is printable text"),
    "other value": ('{"data": {"a": TASK, "b": 3}}', ["a"], "task b: no JSON object;"),
}


@pytest.mark.parametrize(("text", "ids", "message"), SHAPES.values(), ids=SHAPES)
def test_one_mistake_does_not_stop_the_others_of_a_file(tmp_path, text, ids, message):
    members = json.dumps(task())[1:-1]
    text = text.replace(": TASK", ": {TASK}").replace("TASK", members)
    path = tmp_path / "tasks.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    opened = open_tasks(str(path))
    assert [arc_task.task.task_id for arc_task in opened.tasks] == ids
    (set_aside,) = opened.set_aside
    assert set_aside.reason.startswith(f"{path}, {message}")
    assert (set_aside.placeholder is None) == message.startswith(("line", "number", "task ''"))


def test_share_of_tasks_set_aside_is_limited(tmp_path):
    path = write(tmp_path / "tasks.json", {"a": task(), "b": {}, "c": {}, "d": task()})
    opened = open_tasks(path)
    assert opened.check(0.5) is opened
    with pytest.raises(UserError, match=r"2 of 4 tasks set aside.*That is 50\.0%; the limit is 49\.0%.*bad_task_limit"):
        opened.check(0.49)


def test_all_tasks_set_aside_is_a_refusal(tmp_path):
    refusal = read_refusal(write(tmp_path / "tasks.json", {"b": {}, "c": {}}))
    assert "task b: there is no 'train';" in refusal
    assert "None of the other 1 can be read either." in refusal


def test_files_of_a_folder_that_cannot_be_read_are_set_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(limited_reading, "PATIENCE", 0.05)
    write(tmp_path / "a.json", task())
    write(tmp_path / "note.json", {"cells": [], "nbformat": 4})
    write(tmp_path / "page.json", "<html></html>")
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "link.json").symlink_to(tmp_path / "gone")
    (tmp_path / "packed.json.gz").write_bytes(gzip.compress(json.dumps(task()).encode()))
    opened = open_tasks(str(tmp_path))
    assert [arc_task.task.task_id for arc_task in opened.tasks] == ["a", "packed"]
    reasons = {entry.name: entry.reason for entry in opened.set_aside}
    assert list(reasons) == ["link", "note", "page", "pipe"]
    for name, words in {"link": "No such file", "note": "notebook", "page": "HTML", "pipe": "no byte"}.items():
        assert words in reasons[name]


def test_solutions_set_the_number_of_placeholders(tmp_path):
    path = write(tmp_path / "x_challenges.json", {"a": task(answered=False), "b": {}, "c": {"test": [{"input": IN}]}})
    write(tmp_path / "x_solutions.json", {"a": [OUT], "b": [OUT, OUT], "c": [OUT, OUT, OUT]})
    opened = open_tasks(path)
    assert [arc_task.task.task_id for arc_task in opened.tasks] == ["a"]
    assert [len(task.test_inputs) for task in opened.list_submitted()] == [1, 2, 3]


@pytest.mark.parametrize(
    ("content", "message"),
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
        ('{"a": 1, "a": 3}', "task a: occurs 2 times; a task occurs once"),
        ('{"train": [], "test": [], "train": []}', "train occurs 2 times"),
        ('{"train": [{"input": [[1]], "output": [[1]], "inp\\u0075t": [[2]]}]}', "input occurs 2 times"),
    ],
)
def test_file_of_other_content_is_refused(tmp_path, content, message):
    path = write(tmp_path / "file.json", content)
    refusal = read_refusal(path)
    assert refusal.startswith(path)
    assert message in refusal


def test_text_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "file.json"
    path.write_bytes(b'{"a\xff": {}}')
    assert "not JSON (" in read_refusal(path)
    path.write_bytes(b'{"train": [{"input": [["\xff"]]}]}')
    assert "train pair 1, input: no grid (" in read_refusal(path)
    path.write_bytes(json.dumps({"a": task()}).encode("utf-16-le")[:-1])
    assert "not JSON (" in read_refusal(path)


def test_large_files_are_refused(tmp_path, monkeypatch):
    path = write(tmp_path / "file.json", {"a": task()})
    monkeypatch.setattr(task_files, "MAX_FILE", 100)
    assert f"{path} is larger than" in read_refusal(path)


def test_folders_of_other_content_are_refused(tmp_path):
    assert f"{tmp_path} holds no .json file;" in read_refusal(tmp_path)
    (tmp_path / "training").mkdir()
    write(tmp_path / "training" / "a.json", task())
    assert "Name one of the folders in it: training." in read_refusal(tmp_path)
    write(tmp_path / "all.json", {"a": task(), "b": task()})
    assert f"{tmp_path / 'all.json'} holds tasks by their ids;" in read_refusal(tmp_path)


def test_task_occurs_once_in_a_folder(tmp_path):
    write(tmp_path / "a.json", task())
    write(tmp_path / "a.JSON", task())
    if len(list(tmp_path.iterdir())) == 1:
        pytest.skip("this file system does not tell a.json from a.JSON")
    assert "there is another file of task a;" in read_refusal(tmp_path)


@pytest.mark.parametrize("source", ["arc1-trainin", "arc3", "", "no/such/file.json", "x" * 5000, "a\0b"])
def test_unknown_source_is_refused_with_the_collections(source):
    message = read_refusal(source)
    assert all(name in message for name in COLLECTIONS)
    assert ("Did you mean arc1-training" in message) == (source == "arc1-trainin")


def test_read_grids_are_grids(tmp_path):
    (opened,) = open_tasks(write(tmp_path / "a.json", task())).tasks
    assert {grid.dtype for grid in (*opened.task.test_inputs, *opened.answers)} == {np.dtype(np.uint8)}
