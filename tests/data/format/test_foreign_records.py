"""Datasets of another shape: a wrapper is read, other shapes are named with the way out."""

import codecs
import json
import os
import pickle
import re
import shutil
import subprocess

import pytest

from neural_guide.data.format import json_stream
from neural_guide.data.format.records import Violations, read_records
from neural_guide.data.format.source_lookup import find_source
from neural_guide.errors import UserError

RECORD = {"input": [[1]], "output": [[1]], "primitives": ["x"], "quality": 1, "complexity": 0.5, "task_id": "t"}
PAIR = {"input": [[1, 2]], "output": [[2, 1]]}
TASK = {"train": [PAIR], "test": [PAIR]}
ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")


def read_and_check(path) -> int:
    """Return the number of valid records; refuse a dataset without any."""
    violations = Violations()
    count = len(list(read_records(path, violations)))
    violations.check(0.9)
    return count


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("chunk", [7, 1 << 20])
def test_wide_encodings_are_read_like_utf8(tmp_path, monkeypatch, encoding, chunk):
    monkeypatch.setattr(json_stream, "CHUNK", chunk)
    records = [RECORD | {"task_id": name} for name in ("söt", "\U0001f600", "ä" * 9000)]
    path = tmp_path / "data.json"
    path.write_text(json.dumps(records, ensure_ascii=False), encoding=encoding)
    assert [record.task_id for record in read_records(path, Violations())] == [r["task_id"] for r in records]


def test_byte_order_mark_alone_is_an_empty_file(tmp_path):
    path = tmp_path / "data.json"
    path.write_bytes(codecs.BOM_UTF16_LE)
    with pytest.raises(UserError, match="is empty"):
        list(read_records(path, Violations()))


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
        ([{"id": "a", **TASK}], "solve tasks=FILE"),
        ([PAIR, PAIR], "as RE-ARC writes them"),
        ({"a": [PAIR], "b": [PAIR]}, "as RE-ARC writes them"),
        ({key: [value] for key, value in RECORD.items()}, "orient='records'"),
        ({"t1": RECORD, "t2": RECORD}, r"jq '\[\.\[\]\]'"),
        ({"t1": [RECORD], "t2": [RECORD]}, r"jq '\[\.\[\]\[\]\]'"),
        ({"version": 1, "samples": [RECORD]}, r"jq '\.\[\"samples\"\]'"),
        ({"version": 1, "samples": [RECORD | {"note": "x" * (3 << 20)}] * 2}, r"jq '\.\[\"samples\"\]'"),
        ({"rows": [{"row_idx": 0, "row": RECORD}]}, "dataset viewer"),
        ({"cells": [], "metadata": {}, "nbformat": 4}, "Jupyter notebook"),
        ({"message": "Not Found", "status": "404"}, "server's message: Not Found"),
    ],
)
def test_other_shapes_are_named_with_the_way_out(tmp_path, value, message):
    path = tmp_path / "data.json"
    path.write_text(json.dumps(value))
    with pytest.raises(UserError, match=message) as refused:
        read_and_check(path)
    assert str(refused.value).startswith(str(path))
    assert len(str(refused.value)) < 500
    recipe = re.search(r"(jq .*) FILE > data\.json", str(refused.value))
    if recipe and shutil.which("jq"):
        subprocess.run(["sh", "-c", f"{recipe[1]} data.json > made.json"], cwd=tmp_path, check=True)
        assert read_and_check(tmp_path / "made.json")


def test_valid_record_after_one_of_another_shape_is_kept(tmp_path):
    path = tmp_path / "data.json"
    path.write_text(json.dumps([PAIR, RECORD]))
    assert read_and_check(path) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n", "git lfs pull"),
        (b"PK\x03\x04" + bytes(99), "unzip FILE"),
        (b"PAR1" + bytes(99), "read_parquet"),
        (pickle.dumps([RECORD]), "a pickle, which can run code"),
        (b"data.json".ljust(257, b"\0") + b"ustar  ", "tar xf"),
        (b"\n<!DOCTYPE html><title>404</title>", "an HTML page"),
        (repr([RECORD]).encode(), "single quotes"),
    ],
)
def test_files_of_other_formats_are_named_with_the_way_out(tmp_path, content, message):
    path = tmp_path / "data.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        list(read_records(path, Violations()))


def test_folder_of_tasks_is_named(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(TASK))
    with pytest.raises(UserError, match=r"its a\.json holds ARC tasks.*solve tasks="):
        find_source(tmp_path)


@pytest.mark.parametrize("name", ["pipe.json", "*.json"])
def test_pipe_is_refused_and_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(UserError, match=r"pipe\.json is a pipe"):
        find_source(tmp_path / name)
