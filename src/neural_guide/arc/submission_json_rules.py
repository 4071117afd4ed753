"""Rules of submissions in ARC Prize JSON: each violation in one line, with its place, the rule and the remedy."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from neural_guide.arc.grid import COLOURS
from neural_guide.arc.task import Task
from neural_guide.errors import quote_name

ATTEMPT_KEYS = ("attempt_1", "attempt_2")
FILE_RULE = 'a submission is {"task": [{"attempt_1": grid, "attempt_2": grid}, ...], ...}'
FILL = "Where nothing was found, put the test input in."


class _Object(dict[str, Any]):
    """A JSON object with a list of the keys that occur more than once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        has_repeated = len(self) < len(pairs)
        self.repeated = [key for key, n in Counter(key for key, _ in pairs).items() if n > 1] if has_repeated else []


def list_json_violations(payload: bytes | str, tasks: Sequence[Task]) -> list[str]:
    """List the violations in a submission in ARC Prize JSON.

    Args:
        payload: content of the file.
        tasks: every task of the competition.

    Returns:
        One line per violation, for each grid the first one; empty for a valid submission.
    """
    try:
        text = payload.decode("utf-8-sig") if isinstance(payload, bytes) else payload.removeprefix("\ufeff")
        values = json.loads(text, object_pairs_hook=_Object)
    except (ValueError, RecursionError) as error:
        return [f"not JSON ({error}); {FILE_RULE}. Write the file again."]
    if not isinstance(values, _Object):
        if values and isinstance(values, list) and all(isinstance(entry, dict) for entry in values):
            return [f"a list of {len(values)} objects, not tasks by their ids; {FILE_RULE}. Put each under its id."]
        return [f"no JSON object but {_describe_value(values)}; {FILE_RULE}. Write the file again."]
    if foreign := _explain_foreign(values):
        return [foreign]
    violations = [
        f"task {quote_name(key)}: occurs more than once; a task occurs once. Keep one." for key in values.repeated
    ]
    for task in tasks:
        place = f"task {quote_name(task.task_id)}"
        if task.task_id in values:
            violations += _check_task(values[task.task_id], task, place)
        else:
            violations.append(f"{place}: missing; a submission has every task. {FILL}")
    extra = values.keys() - {task.task_id for task in tasks}
    return violations + [
        f"task {quote_name(key)}: not in the competition. Take it out." for key in values if key in extra
    ]


def _explain_foreign(values: dict[str, Any]) -> str | None:
    """Explain in one line a submission of another project, where every task has grids without names of attempts."""
    outputs = [entry for entries in values.values() if isinstance(entries, list) for entry in entries]
    if not outputs or not all(isinstance(entry, list) for entry in outputs):
        return None
    depth, value = 0, outputs[0]
    while isinstance(value, list) and value:
        depth, value = depth + 1, value[0]
    shape = {1: "one grid a task", 2: "one grid an output", 3: "a list of attempts an output"}.get(depth, "lists")
    return (
        f"{shape} in every task, without the names of attempts; {FILE_RULE}. Write each output as an object with "
        "attempt_1 and attempt_2, the same grid twice where there is one."
    )


def _check_task(entries: Any, task: Task, place: str) -> list[str]:
    """List violations of the outputs of a task."""
    expected, max_side = len(task.test_inputs), task.max_side
    if type(entries) is not list:
        return [
            f"{place}: {_describe_value(entries)}; a task is a list with an object for each of its {expected} outputs. "
            "Mend it."
        ]
    violations = []
    for number, entry in enumerate(entries[:expected], 1):
        violations += _check_output(entry, max_side, f"{place}, output {number}")
    for number in range(len(entries) + 1, expected + 1):
        violations.append(f"{place}, output {number}: missing; the task has {expected} test inputs. {FILL}")
    for number in range(expected + 1, len(entries) + 1):
        violations.append(f"{place}, output {number}: one too many; the task has {expected} test inputs. Take it out.")
    return violations


def _check_output(entry: Any, max_side: int, place: str) -> list[str]:
    """List violations of the two attempts at an output."""
    if not isinstance(entry, _Object):
        return [f"{place}: {_describe_value(entry)}; an output is an object with attempt_1 and attempt_2. Mend it."]
    violations = [
        f"{place}, {quote_name(key)}: occurs more than once; an attempt occurs once. Keep one."
        for key in entry.repeated
    ]
    for key in ATTEMPT_KEYS:
        if key not in entry:
            violations.append(
                f"{place}, {key}: missing; an output has two attempts. Put the other one in, or the test input."
            )
        elif violation := _check_grid(entry[key], max_side):
            violations.append(f"{place}, {key}{violation}")
    extra = [key for key in entry if key not in ATTEMPT_KEYS]
    return violations + [
        f"{place}, {quote_name(key)}: no such key; an output has attempt_1 and attempt_2 alone. Take it out."
        for key in extra
    ]


def _check_grid(rows: Any, max_side: int) -> str | None:
    """Return the first violation of an attempt, with its row; None for a valid grid."""
    if type(rows) is not list:
        return f": {_describe_value(rows)}; a grid is a list of rows. {FILL}"
    if not 1 <= len(rows) <= max_side:
        return f": {len(rows)} rows; grids have 1 to {max_side} rows. {FILL}"
    for number, row in enumerate(rows, 1):
        violation = _check_row(row, rows[0], max_side)
        if violation:
            return f", row {number}: {violation}"
    return None


def _check_row(row: Any, first: Any, max_side: int) -> str | None:
    """Return the first violation of a row; None for a valid row."""
    if type(row) is not list:
        return f"{_describe_value(row)}; a row is a list of cells. Mend it."
    if not 1 <= len(row) <= max_side:
        return f"{len(row)} cells; rows have 1 to {max_side} cells. {FILL}"
    if len(row) != len(first):
        return f"{len(row)} cells, and row 1 has {len(first)}; grids are rectangular. Make them alike."
    for cell in row:
        if type(cell) is not int:
            return f"a cell is {_describe_value(cell)}; cells are integers 0 to {COLOURS - 1}. Write it as one."
        if not 0 <= cell < COLOURS:
            return f"a cell is {quote_name(str(cell))}; cells are integers 0 to {COLOURS - 1}. Use one of them."
    return None


def _describe_value(value: Any) -> str:
    """Describe a JSON value in a few words."""
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    return "NaN, which is no JSON" if value != value else quote_name(json.dumps(value))
