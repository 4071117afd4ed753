"""Submissions: built ones are complete and valid, written ones read back, and each violation is reported once."""

import csv
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural_guide.arc.grid import is_equal
from neural_guide.arc.submission import SubmissionError, build_submission, format_csv, format_json, write_submission
from neural_guide.arc.submission_csv_rules import list_csv_violations
from neural_guide.arc.submission_json_rules import list_json_violations
from neural_guide.arc.task import Task
from support.strategies import grids, large_grids

with_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)

TASK_IDS = st.text("abf019_,-' é", min_size=1, max_size=9).filter(str.strip)


@st.composite
def tasks_and_attempts(draw, of):
    """Tasks, and attempts at some of their outputs."""
    inputs = draw(st.dictionaries(TASK_IDS, st.lists(of, min_size=1, max_size=3), min_size=1, max_size=4))
    tasks = [Task(name, (), tuple(tests)) for name, tests in inputs.items()]
    attempts = {}
    for task in tasks:
        if draw(st.booleans()):
            attempts[task.task_id] = [
                (draw(st.none() | of), draw(st.none() | of)) for _ in range(len(task.test_inputs))
            ]
    return tasks, attempts


@settings(deadline=None, max_examples=60)
@given(tasks_and_attempts(grids()))
def test_built_submission_is_complete(drawn):
    tasks, attempts = drawn
    built = build_submission(tasks, attempts)
    assert list_json_violations(format_json(built), tasks) == []
    assert list_csv_violations(format_csv(built), tasks) == []
    for task in tasks:
        for number, test in enumerate(task.test_inputs):
            pair = attempts.get(task.task_id, [(None, None)] * len(task.test_inputs))[number]
            for attempt, other, filled in zip(pair, pair[::-1], built[task.task_id][number], strict=True):
                wanted = next(grid for grid in (attempt, other, test) if grid is not None)
                assert is_equal(filled, wanted)


@with_one_folder
@given(tasks_and_attempts(large_grids()), st.booleans())
def test_written_submission_reads_back(tmp_path, drawn, marked):
    tasks, attempts = drawn
    built = build_submission(tasks, attempts)
    for name in ("submission.json", "submission.csv"):
        write_submission(tmp_path / name, built, tasks)
    assert {path.name for path in tmp_path.iterdir()} == {"submission.json", "submission.csv"}
    read = json.loads((tmp_path / "submission.json").read_text())
    plain = {
        name: [{"attempt_1": one.tolist(), "attempt_2": two.tolist()} for one, two in outputs]
        for name, outputs in built.items()
    }
    assert read == plain
    with (tmp_path / "submission.csv").open(newline="", encoding="utf-8") as opened:
        header, *lines = csv.reader(opened)
    assert header == ["ID", "row"]
    rows = dict(lines)
    assert len(rows) == len(lines)
    for name, outputs in built.items():
        joined = [row for one, _ in outputs for row in one.tolist()]
        assert [list(map(int, rows.pop(f"{name}_{number}"))) for number in range(1, len(joined) + 1)] == joined
    assert not rows
    for path, list_violations in (("submission.json", list_json_violations), ("submission.csv", list_csv_violations)):
        content = (tmp_path / path).read_bytes()
        assert list_violations(b"\xef\xbb\xbf" * marked + content.replace(b"\n", b"\r\n"), tasks) == []


def grid(rows: int, columns: int, colour: int = 3) -> np.ndarray:
    return np.full((rows, columns), colour, dtype=np.uint8)


TASKS = [Task("aa", (), (grid(2, 3),)), Task("bb_1", (), (grid(3, 2), grid(2, 4))), Task("cc", (), (grid(1, 1),))]
GOOD = build_submission(TASKS, {"aa": [(grid(4, 5), grid(1, 2))]})


def test_attempts_at_other_tasks_are_refused():
    with pytest.raises(ValueError, match="unknown tasks: \\['dd'\\]"):
        build_submission(TASKS, {"dd": []})
    with pytest.raises(ValueError, match="bb_1: attempts at 1 outputs of 2"):
        build_submission(TASKS, {"bb_1": [(None, None)]})
    with pytest.raises(ValueError, match="occur twice: \\['aa'\\]"):
        build_submission([*TASKS, TASKS[0]], {})


@pytest.mark.parametrize("name", ["s.json", "s.csv"])
@pytest.mark.parametrize(
    "bad",
    [
        {"aa": [(grid(1, 2, 10), grid(1, 1))]},  # as digits, 1010 is a row of four
        {"aa": [(grid(1, 31), grid(1, 1))]},
        {"aa": []},
        {"more": [(grid(1, 1), grid(1, 1))]},
    ],
)
def test_invalid_submission_is_not_written(tmp_path, name, bad):
    (tmp_path / name).write_text("before")
    with pytest.raises(SubmissionError, match="is not written"):
        write_submission(tmp_path / name, GOOD | bad, TASKS)
    assert (tmp_path / name).read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 1


def test_csv_is_checked_by_the_csv_rules_too(tmp_path):
    nameless = [Task("", (), (grid(1, 1),))]
    built = build_submission(nameless, {})
    write_submission(tmp_path / "s.json", built, nameless)  # JSON can say it
    with pytest.raises(SubmissionError, match="ID _1;"):
        write_submission(tmp_path / "s.csv", built, nameless)


# Mutations of JSON ----------------------------------------------------------------------------------------------


def set_value(value, *keys):
    def change(values):
        for key in keys[:-1]:
            values = values[key]
        values[keys[-1]] = value

    return change


def delete_value(*keys):
    def change(values):
        for key in keys[:-1]:
            values = values[key]
        del values[keys[-1]]

    return change


HERE = "task aa, output 1, attempt_1"
AT = ("aa", 0, "attempt_1")
JSON_MUTATIONS = {
    "task missing": (delete_value("bb_1"), "task bb_1: missing;"),
    "task extra": (set_value([], "dd"), "task dd: not in the competition."),
    "task no list": (set_value({}, "cc"), "task cc: an object of 0; a task is a list"),
    "task null": (set_value(None, "cc"), "task cc: null; a task is a list"),
    "output missing": (delete_value("bb_1", 1), "task bb_1, output 2: missing;"),
    "output extra": (lambda values: values["aa"].append(values["aa"][0]), "task aa, output 2: one too many;"),
    "output no object": (set_value([[3]], "bb_1", 1), "task bb_1, output 2: a list of 1; an output is an object"),
    "attempt missing": (delete_value("bb_1", 1, "attempt_2"), "task bb_1, output 2, attempt_2: missing;"),
    "key extra": (set_value([[1]], "aa", 0, "attempt_3"), "task aa, output 1, attempt_3: no such key;"),
    "grid null": (set_value(None, *AT), f"{HERE}: null; a grid is a list of rows."),
    "grid text": (set_value("33", *AT), f'{HERE}: "33"; a grid is a list of rows.'),
    "grid empty": (set_value([], *AT), f"{HERE}: 0 rows; grids have 1 to 30 rows."),
    "too high": (set_value([[1]] * 31, *AT), f"{HERE}: 31 rows; grids have 1 to 30 rows."),
    "too wide": (set_value([[1] * 31] * 2, *AT), f"{HERE}, row 1: 31 cells; rows have 1 to 30 cells."),
    "row empty": (set_value([[1], []], *AT), f"{HERE}, row 2: 0 cells; rows have 1 to 30 cells."),
    "row no list": (set_value(3, *AT, 1), f"{HERE}, row 2: 3; a row is a list of cells."),
    "ragged": (set_value([1, 2], *AT, 2), f"{HERE}, row 3: 2 cells, and row 1 has 5;"),
    "colour 10": (set_value(10, *AT, 3, 0), f"{HERE}, row 4: a cell is 10; cells are integers 0 to 9."),
    "colour -1": (set_value(-1, *AT, 0, 4), f"{HERE}, row 1: a cell is -1; cells are integers 0 to 9."),
    "boolean": (set_value(True, *AT, 0, 0), f"{HERE}, row 1: a cell is true; cells are integers 0 to 9."),
    "float": (set_value(3.0, *AT, 0, 0), f"{HERE}, row 1: a cell is 3.0; cells are integers 0 to 9."),
    "text": (set_value("3", *AT, 0, 0), f'{HERE}, row 1: a cell is "3"; cells are integers 0 to 9.'),
    "NaN": (set_value(float("nan"), *AT, 0, 0), f"{HERE}, row 1: a cell is NaN, which is no JSON;"),
    "list": (set_value([3], *AT, 0, 0), f"{HERE}, row 1: a cell is a list of 1; cells are integers 0 to 9."),
}


@pytest.mark.parametrize(("change", "start"), JSON_MUTATIONS.values(), ids=JSON_MUTATIONS)
def test_json_violation_is_reported_once_with_its_place(change, start):
    values = json.loads(format_json(GOOD))
    change(values)
    (violation,) = list_json_violations(json.dumps(values), TASKS)
    assert violation.startswith(start)
    assert violation.endswith(".")


def test_all_json_violations_are_reported():
    values = json.loads(format_json(GOOD))
    set_value(None, "aa", 0, "attempt_1")(values)
    set_value(None, "aa", 0, "attempt_2")(values)
    set_value([[1], [1, 2], [10]], "bb_1", 1, "attempt_2")(values)
    delete_value("cc")(values)
    starts = [
        "task aa, output 1, attempt_1:",
        "task aa, output 1, attempt_2:",
        "task bb_1, output 2, attempt_2, row 2:",
    ]
    violations = list_json_violations(json.dumps(values), TASKS)
    assert [
        violation.startswith(start) for violation, start in zip(violations, [*starts, "task cc:"], strict=True)
    ] == [True] * 4


@pytest.mark.parametrize(
    ("content", "start"),
    [
        ("", "not JSON ("),
        ("ID,row\naa_1,33\n", "not JSON ("),
        (format_json(GOOD)[:-5], "not JSON ("),
        (b"\xff\xfe{", "not JSON ("),
        ("[" * 100_000, "not JSON ("),
        ('{"aa": ' + "9" * 5000 + "}", "not JSON ("),
        ("[]", "no JSON object but a list of 0;"),
        ("NaN", "no JSON object but NaN"),
    ],
)
def test_invalid_json_is_one_violation(content, start):
    (violation,) = list_json_violations(content, TASKS)
    assert violation.startswith(start)
    assert len(violation.splitlines()) == 1


def test_repeated_keys_are_reported():
    text = format_json(GOOD)
    (violation,) = list_json_violations(text.replace("{", '{"cc": [], ', 1), TASKS)
    assert violation.startswith("task cc: occurs more than once;")
    (violation,) = list_json_violations(text.replace('[{"attempt_1"', '[{"attempt_2": [[1]], "attempt_1"', 1), TASKS)
    assert violation.startswith("task aa, output 1, attempt_2: occurs more than once;")


def test_violations_are_one_line_for_any_task_id():
    (violation,) = list_json_violations(format_json(GOOD | {"a\nb" * 99: []}), TASKS)
    assert len(violation.splitlines()) == 1
    assert len(violation) < 200


# Mutations of CSV -----------------------------------------------------------------------------------------------

LINES = format_csv(GOOD).splitlines()  # header; aa_1 to aa_4; bb_1_1 to bb_1_5: three of 2 cells, two of 4; cc_1


def swap_lines(one: int, other: int):
    def change(lines):
        lines[one], lines[other] = lines[other], lines[one]

    return change


def replace_rows(task: str, *widths: int):
    """Other rows for a task."""

    def change(lines):
        at = next(number for number, line in enumerate(lines) if line.rpartition("_")[0] == task)
        lines[:] = [line for line in lines if line.rpartition("_")[0] != task]
        lines[at:at] = [f"{task}_{number},{'7' * width}" for number, width in enumerate(widths, 1)]

    return change


CSV_MUTATIONS = {
    "header missing": (delete_value(0), "line 1: aa_1,33333; the header is ID,row."),
    "header other": (set_value("id,row", 0), "line 1: id,row; the header is ID,row."),
    "task missing": (replace_rows("aa"), "task aa: missing;"),
    "task extra": (lambda lines: lines.append("dd_1,3"), "task dd: not in the competition; rows in the file: 1."),
    "row missing": (delete_value(2), "task aa, row 2: missing, and row 3 is there;"),
    "first row missing": (delete_value(1), "task aa, row 1: missing, and row 2 is there;"),
    "rows missing": (
        lambda lines: lines.__delitem__(slice(5, 7)),
        "task bb_1, rows 1 to 2: missing, and row 3 is there;",
    ),
    "row doubled": (lambda lines: lines.insert(3, lines[2]), "task aa, row 2: occurs more than once;"),
    "out of order": (swap_lines(2, 3), "task aa, row 2: after a later row;"),
    "number 0": (lambda lines: lines.insert(1, "aa_0,33333"), "line 2: ID aa_0; an ID is the task"),
    "no number": (lambda lines: lines.append("aa,33333"), "line 12: ID aa; an ID is the task"),
    "other digits": (lambda lines: lines.append("aa_٣,33333"), "line 12: ID aa_٣; an ID is the task"),
    "three fields": (lambda lines: lines.append("aa_5,33333,3"), "line 12: 3 fields;"),
    "blank line": (lambda lines: lines.insert(5, ""), "line 6: 0 fields;"),
    "no cells": (set_value("aa_2,", 2), "line 3, task aa, row 2: 0 cells; rows have 1 to 30 cells."),
    "too wide": (set_value("aa_2," + "3" * 31, 2), "line 3, task aa, row 2: 31 cells; rows have 1 to 30 cells."),
    "no digits": (set_value("aa_2,33a33", 2), "line 3, task aa, row 2: cells 33a33; cells are digits 0 to 9, joined."),
    "spaces": (set_value("aa_2,3 3 3 3 3", 2), "line 3, task aa, row 2: cells 3 3 3 3 3; cells are digits"),
    "as a list": (set_value('aa_2,"[3, 3]"', 2), "line 3, task aa, row 2: cells [3, 3]; cells are digits"),
    "float": (set_value("aa_2,3.0", 2), "line 3, task aa, row 2: cells 3.0; cells are digits"),
    "digits of others": (set_value("aa_2,٣٣٣٣٣", 2), "line 3, task aa, row 2: cells ٣٣٣٣٣; cells are digits"),
    "ragged": (set_value("aa_2,3333", 2), "task aa, row 2: 4 cells, other than before; the task has 1 output,"),
    "ragged end": (set_value("aa_4,3333", 4), "task aa, row 4: 4 cells, other than before; the task has 1 output,"),
    "ragged of two": (
        set_value("bb_1_2,333", 6),
        "task bb_1, row 3: 2 cells, other than before; the task has 2 outputs,",
    ),
    "too high": (replace_rows("aa", *[2] * 31), "task aa: 31 rows; the task has 1 output, so 1 to 30 rows."),
    "both too high": (replace_rows("bb_1", *[2] * 61), "task bb_1: 61 rows; the task has 2 outputs, so 2 to 60 rows."),
    "one too high": (replace_rows("bb_1", *[2] * 31, 3), "task bb_1: rows of one width for 3 outputs or more;"),
    "too low": (replace_rows("bb_1", 2), "task bb_1: 1 rows; the task has 2 outputs, so 2 to 60 rows."),
}


@pytest.mark.parametrize(("change", "start"), CSV_MUTATIONS.values(), ids=CSV_MUTATIONS)
def test_csv_violation_is_reported_once_with_its_place(change, start):
    lines = list(LINES)
    change(lines)
    (violation,) = list_csv_violations("\n".join(lines) + "\n", TASKS)
    assert violation.startswith(start)
    assert violation.endswith(".")


@pytest.mark.parametrize(
    "widths", [(1, 1), (1, 2), [5] * 60, [5] * 30 + [6] * 30, [5] * 31, [5] * 3], ids=lambda widths: str(len(widths))
)
def test_rows_that_two_outputs_can_have_are_valid(widths):
    lines = list(LINES)
    replace_rows("bb_1", *widths)(lines)
    assert list_csv_violations("\n".join(lines), TASKS) == []


def test_tasks_may_be_in_any_order():
    assert list_csv_violations("\n".join([LINES[0], *LINES[5:], *LINES[1:5]]), TASKS) == []


@pytest.mark.parametrize(
    ("content", "start"),
    [
        ("", "empty;"),
        ("\n\n", "empty;"),
        ("ID;row\naa_1;33\n", "line 1: ID;row; the header is ID,row."),
        (format_json(GOOD), "not CSV after line 1 ("),
        (b"ID,row\naa_1,\xff\n", "not CSV after line 0 ("),
        ('ID,row\n"aa_1,33\n', "not CSV after line 1 ("),
        ('ID,row\n"aa_1"x,33\n', "not CSV after line 1 ("),
        ("ID,row\naa_1," + "3" * 200_000, "not CSV after line 1 ("),
    ],
)
def test_invalid_csv_is_one_violation(content, start):
    (violation,) = list_csv_violations(content, TASKS)
    assert violation.startswith(start)
    assert len(violation.splitlines()) == 1


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_damaged_submission_yields_one_line_violations(data):
    list_violations, text = data.draw(
        st.sampled_from([(list_json_violations, format_json(GOOD)), (list_csv_violations, format_csv(GOOD))])
    )
    at = data.draw(st.integers(0, len(text)))
    to = data.draw(st.integers(at, min(len(text), at + 9)))
    damaged = text[:at] + data.draw(st.text('0193{}[],:"_\n\r\0eNtaI .;-', max_size=4)) + text[to:]
    violations = list_violations(damaged, TASKS)
    assert all(len(violation.splitlines()) == 1 for violation in violations)
