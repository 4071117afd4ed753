"""Rules of submissions as CSV of rows: each violation in one line, with its place, the rule and the remedy.

The rows of a task are numbered through all its outputs, and the file does not mark where one output ends. The rules are
therefore those that hold for grids of any height.
"""

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from neural_guide.arc.grid import MAX_SIDE
from neural_guide.arc.task import Task
from neural_guide.errors import quote_name

HEADER = ("ID", "row")
ID = re.compile(r"(.+)_([1-9][0-9]{0,6})", re.DOTALL)
DIGITS = re.compile(r"[0-9]+")
FILE_RULE = "a submission has the header ID,row and a line for each row"
FILL = "Where nothing was found, put the rows of the test input in."

Row = tuple[int, int]
"""Number of a row in its task, and its number of cells; 0 if the cells already break a rule."""


def list_csv_violations(payload: bytes | str, tasks: Sequence[Task]) -> list[str]:
    """List the violations in a submission as CSV of rows.

    Args:
        payload: content of the file.
        tasks: every task of the competition.

    Returns:
        One line per violation; empty for a valid submission.
    """
    lines: list[tuple[int, list[str]]] = []
    try:
        text = payload.decode("utf-8-sig") if isinstance(payload, bytes) else payload.removeprefix("\ufeff")
        reader = csv.reader(io.StringIO(text.rstrip("\r\n"), newline=""), strict=True)
        lines.extend((reader.line_num, fields) for fields in reader)
    except (ValueError, csv.Error) as error:
        return [f"not CSV after line {lines[-1][0] if lines else 0} ({error}); {FILE_RULE}. Write the file again."]
    violations = _check_header(lines)
    if violations and (not lines or len(lines[0][1]) != len(HEADER)):
        return violations  # empty, or other separators: every line would be a violation
    rows: dict[str, list[Row]] = {}
    max_sides = {task.task_id: task.max_side for task in tasks}
    for line, fields in lines[1:] if not violations or not ID.fullmatch(lines[0][1][0]) else lines:
        violations += _read_row(line, fields, rows, max_sides)
    for task in tasks:
        violations += _check_task(rows.pop(task.task_id, []), task, f"task {quote_name(task.task_id)}")
    return violations + [
        f"task {quote_name(task_id)}: not in the competition; rows in the file: {len(extra)}. Take them out."
        for task_id, extra in rows.items()
    ]


def _check_header(lines: list[tuple[int, list[str]]]) -> list[str]:
    """List violations of the header line."""
    if not lines:
        return [f"empty; {FILE_RULE}. Write the file again."]
    header = lines[0][1]
    if header == list(HEADER):
        return []
    return [f"line 1: {quote_name(','.join(header))}; the header is ID,row. Put it there."]


def _read_row(line: int, fields: list[str], rows: dict[str, list[Row]], max_sides: Mapping[str, int]) -> list[str]:
    """Add a line to the rows of its task; returns its violations."""
    if len(fields) != len(HEADER):
        return [f"line {line}: {len(fields)} fields; a line is an ID, a comma and a row. Mend it."]
    name, cells = fields
    match = ID.fullmatch(name)
    if not match:
        return [f"line {line}: ID {quote_name(name)}; an ID is the task, an underscore and its row, from 1. Mend it."]
    violation, max_side = None, max_sides.get(match[1], MAX_SIDE)
    if not 1 <= len(cells) <= max_side:
        violation = f"{len(cells)} cells; rows have 1 to {max_side} cells. {FILL}"
    elif not DIGITS.fullmatch(cells):
        violation = f"cells {quote_name(cells)}; cells are digits 0 to 9, joined. Mend it."
    rows.setdefault(match[1], []).append((int(match[2]), 0 if violation else len(cells)))
    return [f"line {line}, task {quote_name(match[1])}, row {match[2]}: {violation}"] if violation else []


def _check_task(rows: list[Row], task: Task, place: str) -> list[str]:
    """List violations of the rows of a task: missing, misnumbered or of the wrong shape."""
    if not rows and task.test_inputs:
        return [f"{place}: missing; a submission has every task. {FILL}"]
    return _check_numbers([number for number, _ in rows], place) or _check_shape(rows, task, place)


def _check_numbers(numbers: list[int], place: str) -> list[str]:
    """List rows that are repeated, missing or out of order."""
    repeated = [number for number, count in Counter(numbers).items() if count > 1]
    violations = [f"{place}, row {number}: occurs more than once; a row occurs once. Keep one." for number in repeated]
    for before, after in itertools.pairwise([0, *sorted(set(numbers))]):
        if after > before + 1:
            gap = f"row {before + 1}" if after == before + 2 else f"rows {before + 1} to {after - 1}"
            violations.append(
                f"{place}, {gap}: missing, and row {after} is there; rows are numbered from 1 without gaps. Put it in, "
                "or number again."
            )
    distinct = list(dict.fromkeys(numbers))
    misplaced = next((after for before, after in itertools.pairwise(distinct) if after < before), None)
    if misplaced is not None:
        violations.append(
            f"{place}, row {misplaced}: after a later row; rows are in order of their numbers. Sort them."
        )
    return violations


def _check_shape(rows: list[Row], task: Task, place: str) -> list[str]:
    """List violations if the rows cannot be split into grids: one per output, of few enough rows of one width."""
    outputs, max_side = len(task.test_inputs), task.max_side
    rule = f"the task has {outputs} output{'s' * (outputs != 1)}"
    if not outputs <= len(rows) <= max_side * outputs:
        allowed = f"{outputs} to {max_side * outputs} rows"
        return [f"{place}: {len(rows)} rows; {rule}, so {allowed}. Mend its grids."]
    known = [(number, width) for number, width in rows if width]
    starts = [(1, 0)] + [after for before, after in itertools.pairwise(known) if after[1] != before[1]]
    if len(starts) > outputs:
        number, width = starts[outputs]
        return [f"{place}, row {number}: {width} cells, other than before; {rule}, and grids are rectangular. Mend it."]
    ends = [number for number, _ in starts[1:]] + [len(rows) + 1]
    outputs_needed = sum(-(-(end - begin) // max_side) for (begin, _), end in zip(starts, ends, strict=True))
    if outputs_needed > outputs:
        return [
            f"{place}: rows of one width for {outputs_needed} outputs or more; {rule} of 1 to {max_side} rows. "
            "Mend its grids."
        ]
    return []
