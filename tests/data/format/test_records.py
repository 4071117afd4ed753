import json
import re
import resource

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural_guide.data.format import json_stream
from neural_guide.data.format.records import Record, Violations, encode_record, read_records, write_records
from neural_guide.errors import UserError
from support.record_strategies import are_equal, make_record, records, to_dict, write_values

in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


def read(path):
    violations = Violations()
    return list(read_records(path, violations)), violations


@in_one_folder
@given(st.lists(records(), max_size=5), st.integers(2, 4000))
def test_written_records_are_read_back(tmp_path, monkeypatch, written, chunk):
    monkeypatch.setattr(json_stream, "CHUNK", chunk)  # records are cut by chunk borders everywhere
    path = tmp_path / "data.json"
    write_records(path, written)
    assert json.loads(path.read_text()) == [to_dict(record) for record in written]
    if written:
        read_back, violations = read(path)
        assert violations.records == len(written)
        assert not violations.counts
        assert all(map(are_equal, read_back, written))
        assert len(read_back) == len(written)


@in_one_folder
@given(st.lists(records(max_side=4), min_size=1, max_size=4), st.randoms(), st.integers(1, 60))
def test_layout_of_the_json_does_not_matter(tmp_path, monkeypatch, written, random, chunk):
    monkeypatch.setattr(json_stream, "CHUNK", chunk)
    values = []
    for record in written:
        items = [*to_dict(record).items(), ("note", 'one " quote }, { [ \\ text')]
        if random.random() < 0.5:
            items.append(("more", {"deep": [{"er": "}"}]}))
        random.shuffle(items)
        values.append(dict(items))
    layouts = {
        "compact": json.dumps(values, separators=(",", ":")),
        "pretty": json.dumps(values, indent=3),
        "lines": "\n".join(json.dumps(value) for value in values),
        "pretty_lines": "\n\n".join(json.dumps(value, indent=1) for value in values) + "\n",
        "utf8": json.dumps(values, ensure_ascii=False),
    }
    for text in layouts.values():
        for start, end in (("", "\n"), ("\ufeff", "\r\n")):
            path = tmp_path / "layout.json"
            path.write_bytes((start + text.replace("\n", end)).encode())
            read_back, violations = read(path)
            assert not violations.counts
            assert len(read_back) == len(written)
            assert all(map(are_equal, read_back, written))


BREAKERS = {
    "ragged": ({"input": [[1, 2], [3]]}, "input has rows of 1 and 2 cells", "grids are rectangular"),
    "ragged, same sum": ({"output": [[1, 2], [3], [4, 5, 6]]}, "output has rows of 1 and 3", "rectangular"),
    "boolean cell": ({"input": [[True]]}, "input has a cell that is no integer", "cells are integers"),
    "float cell": ({"input": [[1.0]]}, "input has a cell that is no integer", "cells are integers"),
    "text cell": ({"output": [["1"]]}, "output has a cell that is no integer", "cells are integers"),
    "null cell": ({"output": [[None]]}, "output has a cell that is no integer", "cells are integers"),
    "300": ({"input": [[300]]}, "outside 0 to 9", "cells are integers 0 to 9"),
    "256 + 1": ({"input": [[257]]}, "outside 0 to 9", "cells are integers 0 to 9"),
    "10": ({"input": [[10]]}, "outside 0 to 9", "cells are integers 0 to 9"),
    "-1": ({"output": [[-1]]}, "outside 0 to 9", "cells are integers 0 to 9"),
    "31 rows": ({"input": [[0]] * 31}, "input is 31 x 1", "1 to 30 rows and columns"),
    "31 columns": ({"input": [[0] * 31]}, "input is 1 x 31", "1 to 30 rows and columns"),
    "no rows": ({"input": []}, "input is empty", "1 to 30 rows and columns"),
    "empty row": ({"input": [[]]}, "input is empty", "1 to 30 rows and columns"),
    "flat grid": ({"input": [1, 2]}, "input is not a list of rows", "list of rows"),
    "grid is null": ({"output": None}, "output is not a list of rows", "list of rows"),
    "no primitives": ({"primitives": []}, "primitives is []", "non-empty list of names"),
    "empty name": ({"primitives": [""]}, 'primitives is [""]', "non-empty list of names"),
    "primitives as text": ({"primitives": "rot90"}, 'primitives is "rot90"', "non-empty list of names"),
    "primitive as number": ({"primitives": [3]}, "primitives is [3]", "non-empty list of names"),
    "quality NaN": ({"quality": float("nan")}, "quality is NaN", "finite numbers in [0, 1]"),
    "complexity infinite": ({"complexity": float("inf")}, "complexity is Infinity", "finite numbers"),
    "quality above": ({"quality": 1.01}, "quality is 1.01", "finite numbers in [0, 1]"),
    "complexity below": ({"complexity": -0.01}, "complexity is -0.01", "finite numbers in [0, 1]"),
    "quality as text": ({"quality": "1"}, 'quality is "1"', "finite numbers in [0, 1]"),
    "quality as boolean": ({"quality": True}, "quality is true", "finite numbers in [0, 1]"),
    "no task_id": ({"task_id": ""}, 'task_id is ""', "non-empty string"),
    "task_id as number": ({"task_id": 5}, "task_id is 5", "non-empty string"),
}


def assert_set_aside(path, fact, rule):
    """Check that of three records the middle one is set aside, with its position."""
    valid, violations = read(path)
    assert [record.task_id for record in valid] == ["first", "last"]
    assert violations.records == 3
    ((rule_text, count),) = violations.counts.items()
    assert count == 1
    assert rule in rule_text
    (example,) = violations.examples[rule_text]
    assert fact in example.fact
    assert example.record == 1
    assert path.read_bytes()[example.byte :].startswith(b"{")
    assert path.read_bytes()[: example.byte].count(b'"input"') == 1
    with pytest.raises(UserError, match=r"record 1, byte"):
        violations.check(0.01)


@pytest.mark.parametrize(("changes", "fact", "rule"), BREAKERS.values(), ids=BREAKERS)
def test_record_that_breaks_the_contract_is_set_aside(tmp_path, monkeypatch, changes, fact, rule):
    values = [make_record(task="first"), make_record(**changes), make_record(task="last")]
    assert_set_aside(write_values(tmp_path / "data.json", values), fact, rule)
    monkeypatch.setattr(json_stream, "CHUNK", 100)  # positions count over many chunks
    assert_set_aside(write_values(tmp_path / "pretty.json", values, indent=2), fact, rule)


@pytest.mark.parametrize("key", make_record())
def test_missing_key_is_set_aside(tmp_path, key):
    values = [make_record(task="first"), make_record(), make_record(task="last")]
    del values[1][key]
    assert_set_aside(write_values(tmp_path / "data.json", values), f"{key} is missing", "each of input, output")


def test_doubled_key_is_set_aside(tmp_path):
    path = write_values(tmp_path / "data.json", [make_record(task="first"), make_record(), make_record(task="last")])
    path.write_text(path.read_text().replace('"task_id": "t0"', '"task_id": "t0", "quality": 0.1'))
    assert_set_aside(path, "quality is there twice", "once")


TEXTS = {
    "NaN in another key": ('"note": NaN', "record cannot be decoded", "valid JSON"),
    "half a surrogate pair": ('"note": "\\ud800"', "record cannot be decoded", "valid JSON"),
    "a key in other letters": ('"inp\\u0075t": [[1]]', "input is there twice", "once"),
    "a control character": ('"note": "\x01"', "not valid JSON", "valid JSON"),
    "a number with a leading zero": ('"note": 01', "not valid JSON", "valid JSON"),
    "a comma too many": ('"note": 1,', "not valid JSON", "valid JSON"),
    "no UTF-8": ('"note": "\xff"', "record is not UTF-8", "valid JSON"),
}


@pytest.mark.parametrize(("text", "fact", "rule"), TEXTS.values(), ids=TEXTS)
def test_text_that_is_no_record_is_set_aside(tmp_path, text, fact, rule):
    path = write_values(tmp_path / "data.json", [make_record(task="first"), make_record(), make_record(task="last")])
    path.write_bytes(path.read_text().replace('"task_id": "t0"', f'"task_id": "t0", {text}').encode("latin-1"))
    assert_set_aside(path, fact, rule)


OTHER_KEYS = {
    "one of our names deeper": '"note": {"input": [1], "quality": {"task_id": 2}}',
    "thousands of digits": '"note": [1' + "0" * 5000 + ", 1e999, -0]",
    "escaped quotes and braces": '"a \\"}{": "\\\\", "}": "\\"}, {\\""',
    "no letters": '"": {}, " ": [[]]',
    "twice": '"note": 1, "note": 2',
}


@pytest.mark.parametrize("text", OTHER_KEYS.values(), ids=OTHER_KEYS)
def test_other_keys_are_ignored(tmp_path, text):
    path = write_values(tmp_path / "data.json", [make_record(task="first"), make_record(), make_record(task="last")])
    path.write_text(path.read_text().replace('"task_id": "t0"', f'{text}, "task_id": "t0"'))
    valid, violations = read(path)
    assert [record.task_id for record in valid] == ["first", "t0", "last"]
    assert not violations.counts


def test_object_that_is_no_json_is_set_aside(tmp_path):
    path = write_values(tmp_path / "data.json", [make_record(task="first"), make_record(), make_record(task="last")])
    path.write_text(path.read_text().replace('"task_id": "t0"', '"task_id": t0'))
    assert_set_aside(path, "not valid JSON", "valid JSON")


def test_violations_are_counted_by_rule_with_three_examples(tmp_path):
    bad = [make_record(input=[[1], [2, 3]]) for _ in range(5)] + [make_record(quality=2) for _ in range(2)]
    _, violations = read(write_values(tmp_path / "data.json", [make_record()] * 93 + bad))
    assert sorted(violations.counts.values()) == [2, 5]
    assert sorted(len(examples) for examples in violations.examples.values()) == [2, 3]
    assert "\n" not in violations.summarize()
    assert "7 of 100 records set aside: 5 against the rule that grids are rectangular" in violations.summarize()
    assert Violations.from_dict(json.loads(json.dumps(violations.as_dict()))) == violations
    violations.check(0.07)
    with pytest.raises(UserError, match=r"7\.00%; the limit is 6\.90%"):
        violations.check(0.069)


def test_file_without_a_good_record_is_refused(tmp_path):
    _, violations = read(write_values(tmp_path / "data.json", [make_record(quality=2)]))
    with pytest.raises(UserError, match="No record is left"):
        violations.check(1.0)


GOOD = json.dumps([make_record(), make_record()])
LINE = json.dumps(make_record())
DAMAGED = {
    "cut in a record": (GOOD[:-40], 1, "cut off"),
    "cut in a text": (GOOD[:-5], 1, "cut off"),
    "cut between records": (GOOD[: GOOD.index("}") + 1], 1, "cut off"),
    "cut after a comma": (GOOD[: GOOD.index("}") + 2], 1, "cut off"),
    "comma at the end": (GOOD[:-1] + ",]", 2, "no record after it"),
    "no comma": (GOOD.replace("}, {", "} {"), 1, "expected ',' or ']'"),
    "garbage between": (GOOD.replace("}, {", "}, what {"), 1, "found 'w'"),
    "garbage after": (GOOD + "x", 2, "after the array's end"),
    "array of numbers": ("[1, 2]", 0, "expected a record"),
    "nested arrays": ("[" * 10_000, 0, "expected a record"),
    "not JSON": ("input,output", 0, "not JSON records"),
    "UTF-16 cut off": (GOOD.encode("utf-16").decode("latin-1")[:-9], 1, "the UTF-16 text is damaged near its byte"),
    "zero bytes": ("\0" * 9, 0, "not JSON records"),
    "a line cut off": ("\n".join((LINE, LINE[:40], LINE)), 1, "the record that begins here has no end"),
    "a line cut off, 4 MiB after it": ("\n".join((LINE, LINE[:40], *[LINE] * 40_000)), 1, "or has no end"),
    "binary": ("\x89PNG\r\n\x1a\n", 0, "byte 0x89"),
    "deep": (GOOD.replace('"t0"}]', '"t0", "more": ' + "[" * 10_000 + "]" * 10_000 + "}]"), 1, "500 arrays"),
    "deep objects": (GOOD[:-2] + ', "a": ' + '{"a":' * 10_000 + "}" * 10_000 + "}]", 1, "inside each other"),
}


@pytest.mark.parametrize(("text", "readable", "fact"), DAMAGED.values(), ids=DAMAGED)
def test_damaged_file_is_refused_with_its_position(tmp_path, text, readable, fact):
    path = tmp_path / "data.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UserError, match=re.escape(fact)) as error:
        read(path)
    assert str(path) in str(error.value)
    assert re.search(r"byte [\d,]+:", str(error.value))
    assert f"{readable} records before it were readable" in str(error.value)


def test_endless_text_is_refused_before_it_fills_memory(tmp_path):
    path = tmp_path / "data.json"
    path.write_text('[{"input": "' + "x" * (json_stream.MAX_RECORD + 2 * json_stream.CHUNK) + '"}]')
    with pytest.raises(UserError, match="larger than 4 MiB"):
        read(path)


@pytest.mark.parametrize("text", ["", " \n", "\ufeff", "[]", " [ ] \n"])
def test_empty_file_is_refused(tmp_path, text):
    path = tmp_path / "data.json"
    path.write_text(text)
    with pytest.raises(UserError, match="empty"):
        read(path)


def test_missing_file_names_the_command_that_makes_it(tmp_path):
    path = tmp_path / "data.json"
    with pytest.raises(UserError, match=re.escape(f"python -m neural_guide.generate data.path={path}")):
        read(path)


def test_same_records_give_the_same_bytes_one_a_line(tmp_path):
    values = [Record(np.eye(3, dtype=np.uint8), np.ones((1, 2), np.uint8), ("rot90",), 1, 0.1, "é")]
    for name in ("deep/er/a.json", "b.json"):
        write_records(tmp_path / name, iter(values * 2))
    written = (tmp_path / "b.json").read_bytes()
    line = '{"input":[[1,0,0],[0,1,0],[0,0,1]],"output":[[1,1]],"primitives":["rot90"],'
    line += '"quality":1.0,"complexity":0.1,"task_id":"é"}'
    assert written.decode() == f"[\n{line},\n{line}\n]\n"
    assert (tmp_path / "deep/er/a.json").read_bytes() == written


def test_failed_write_keeps_the_old_file(tmp_path):
    path = write_values(tmp_path / "data.json", [make_record()])
    content = path.read_bytes()

    def fail_after_one():
        yield Record(np.zeros((1, 1), np.uint8), np.zeros((1, 1), np.uint8), ("rot90",), 1, 1, "a")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_records(path, fail_after_one())
    assert path.read_bytes() == content
    assert [entry.name for entry in tmp_path.iterdir()] == ["data.json"]


def test_full_disk_is_reported_with_its_folder(tmp_path):
    """A limit on the size of files simulates the full disk."""
    path = write_values(tmp_path / "data.json", [make_record()])
    content = path.read_bytes()
    grid = np.zeros((9, 9), np.uint8)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))
    try:
        with pytest.raises(UserError, match=re.escape(f"{tmp_path} cannot be written to: file too large")):
            write_records(path, [Record(grid, grid, ("rot90",), 1, 1, "a")] * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == content
    assert [entry.name for entry in tmp_path.iterdir()] == ["data.json"]


@pytest.mark.parametrize("grid", [np.full((2, 2), 10, np.uint8), np.zeros((31, 1), np.uint8)])
def test_grid_outside_the_contract_is_not_written(grid):
    good = np.zeros((2, 2), np.uint8)
    with pytest.raises(ValueError, match="grid"):
        encode_record(Record(good, grid, ("rot90",), 1, 1, "a"))


def test_number_that_is_not_finite_is_not_written():
    grid = np.zeros((2, 2), np.uint8)
    with pytest.raises(ValueError, match="quality"):
        encode_record(Record(grid, grid, ("rot90",), float("nan"), 1, "a"))
