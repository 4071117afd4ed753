"""Datasets of another shape: a wrapper is read, other shapes are named with the way out."""

import json
import os

import pytest

from neural_guide.data.format.records import Violations, read_records
from neural_guide.data.format.source_lookup import find_source
from neural_guide.errors import UserError

RECORD = {"input": [[1]], "output": [[1]], "primitives": ["x"], "quality": 1, "complexity": 0.5, "task_id": "t"}
PAIR = {"input": [[1, 2]], "output": [[2, 1]]}
TASK = {"train": [PAIR], "test": [PAIR]}


@pytest.mark.parametrize("key", ["data", "records", "tasks"])
@pytest.mark.parametrize("indent", [None, 2])
def test_records_in_a_wrapper_are_read(tmp_path, key, indent):
    path = tmp_path / "data.json"
    path.write_text(json.dumps({key: [RECORD, RECORD]}, indent=indent) + "\n")
    assert len(list(read_records(path, Violations()))) == 2
    path.write_text(json.dumps({key: [RECORD, RECORD], "more": 1}))
    with pytest.raises(UserError, match="other keys"):
        list(read_records(path, Violations()))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({key: {"0": value} for key, value in RECORD.items()}, "orient='records'"),
        ({"columns": list(RECORD), "index": [0], "data": [list(RECORD.values())]}, "orient='records'"),
        ({"0": RECORD}, "orient='records'"),
        (TASK, "solve tasks=FILE"),
        ({"a": TASK}, "solve tasks=FILE"),
        ({"train": {"a": TASK}, "eval": {"b": TASK}}, "solve tasks=FILE"),
        ({"source": "", "examples": [[[[1]], [[2]]]]}, "as BARC writes them"),
    ],
)
def test_other_shapes_are_named_with_the_way_out(tmp_path, value, message):
    path = tmp_path / "data.json"
    path.write_text(json.dumps(value))
    with pytest.raises(UserError, match=message):
        list(read_records(path, Violations()))


def test_pointer_of_git_lfs_is_named(tmp_path):
    path = tmp_path / "data.json"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n")
    with pytest.raises(UserError, match="git lfs pull"):
        list(read_records(path, Violations()))


def test_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="is a pipe"):
        find_source(tmp_path / "pipe")
