"""The rules of ARC Prize JSON: every breach in one line, with its place, the rule and the remedy."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from neural_guide.arc.grid import COLOURS, MAX_SIDE
from neural_guide.arc.task import Task
from neural_guide.errors import quote_name

ATTEMPT_KEYS = ("attempt_1", "attempt_2")
FILE_RULE = 'a submission is {"task": [{"attempt_1": grid, "attempt_2": grid}, ...], ...}'
FILL = "Where nothing was found, put the test input in."


class _Object(dict[str, Any]):
    """A JSON object that remembers which of its keys stood there more than once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        doubled = len(self) < len(pairs)
        self.doubled = [key for key, n in Counter(key for key, _ in pairs).items() if n > 1] if doubled else []


def list_json_violations(payload: bytes | str, tasks: Sequence[Task]) -> list[str]:
    """What is wrong with a submission in ARC Prize JSON; nothing where it is fine.

    Args:
        payload: the file.
        tasks: all that the competition asks for.

    Returns:
        One line a fault; of a grid, the first one.
    """
    try:
        text = payload.decode("utf-8-sig") if isinstance(payload, bytes) else payload.removeprefix("\ufeff")
        values = json.loads(text, object_pairs_hook=_Object)
    except (ValueError, RecursionError) as error:
        return [f"not JSON ({error}); {FILE_RULE}. Write the file again."]
    if not isinstance(values, _Object):
        return [f"no JSON object but {_describe_value(values)}; {FILE_RULE}. Write the file again."]
    faults = [
        f"task {quote_name(key)}: stands there more than once; a task stands once. Keep one." for key in values.doubled
    ]
    for task in tasks:
        place = f"task {quote_name(task.task_id)}"
        if task.task_id in values:
            faults += _check_task(values[task.task_id], len(task.test_inputs), place)
        else:
            faults.append(f"{place}: missing; a submission has every task. {FILL}")
    extra = values.keys() - {task.task_id for task in tasks}
    return faults + [f"task {quote_name(key)}: nobody asks for it. Take it out." for key in values if key in extra]


def _check_task(entries: Any, asked: int, place: str) -> list[str]:
    if type(entries) is not list:
        return [
            f"{place}: {_describe_value(entries)}; a task is a list with an object for each of its {asked} outputs. "
            "Mend it."
        ]
    faults = []
    for number, entry in enumerate(entries[:asked], 1):
        faults += _check_output(entry, f"{place}, output {number}")
    for number in range(len(entries) + 1, asked + 1):
        faults.append(f"{place}, output {number}: missing; the task has {asked} test inputs. {FILL}")
    for number in range(asked + 1, len(entries) + 1):
        faults.append(f"{place}, output {number}: nobody asks for it; the task has {asked} test inputs. Take it out.")
    return faults


def _check_output(entry: Any, place: str) -> list[str]:
    if not isinstance(entry, _Object):
        return [f"{place}: {_describe_value(entry)}; an output is an object with attempt_1 and attempt_2. Mend it."]
    faults = [
        f"{place}, {quote_name(key)}: stands there more than once; an attempt stands once. Keep one."
        for key in entry.doubled
    ]
    for key in ATTEMPT_KEYS:
        if key not in entry:
            faults.append(
                f"{place}, {key}: missing; an output has two attempts. Put the other one in, or the test input."
            )
        elif fault := _check_grid(entry[key]):
            faults.append(f"{place}, {key}{fault}")
    extra = [key for key in entry if key not in ATTEMPT_KEYS]
    return faults + [
        f"{place}, {quote_name(key)}: no such key; an output has attempt_1 and attempt_2 alone. Take it out."
        for key in extra
    ]


def _check_grid(rows: Any) -> str | None:
    """What is wrong with an attempt, its row first; None where nothing is."""
    if type(rows) is not list:
        return f": {_describe_value(rows)}; a grid is a list of rows. {FILL}"
    if not 1 <= len(rows) <= MAX_SIDE:
        return f": {len(rows)} rows; grids have 1 to {MAX_SIDE} rows. {FILL}"
    for number, row in enumerate(rows, 1):
        fault = _check_row(row, rows[0])
        if fault:
            return f", row {number}: {fault}"
    return None


def _check_row(row: Any, first: Any) -> str | None:
    if type(row) is not list:
        return f"{_describe_value(row)}; a row is a list of cells. Mend it."
    if not 1 <= len(row) <= MAX_SIDE:
        return f"{len(row)} cells; rows have 1 to {MAX_SIDE} cells. {FILL}"
    if len(row) != len(first):
        return f"{len(row)} cells, and row 1 has {len(first)}; grids are rectangular. Make them alike."
    for cell in row:
        if type(cell) is not int:
            return f"a cell is {_describe_value(cell)}; cells are integers 0 to {COLOURS - 1}. Write it as one."
        if not 0 <= cell < COLOURS:
            return f"a cell is {quote_name(str(cell))}; cells are integers 0 to {COLOURS - 1}. Use one of them."
    return None


def _describe_value(value: Any) -> str:
    """A JSON value in a few words."""
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    return "NaN, which is no JSON" if value != value else quote_name(json.dumps(value))
