"""The rules of the CSV of rows: every breach in one line, with its place, the rule and the remedy.

The rows of a task are numbered through all its outputs, and nothing in the file says where one output ends. So the
rules are those that every submission keeps, however high its grids are.
"""

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Sequence

from neural_guide.arc.grid import MAX_SIDE
from neural_guide.arc.task import Task
from neural_guide.errors import quote_name

HEADER = ("ID", "row")
ID = re.compile(r"(.+)_([1-9][0-9]{0,6})", re.DOTALL)
DIGITS = re.compile(r"[0-9]+")
FILE_RULE = "a submission has the header ID,row and a line for each row"
FILL = "Where nothing was found, put the rows of the test input in."

Row = tuple[int, int]
"""Number of a row in its task, and its cells; 0 where they are at fault already."""


def list_csv_violations(payload: bytes | str, tasks: Sequence[Task]) -> list[str]:
    """What is wrong with a submission as CSV of rows; nothing where it is fine.

    Args:
        payload: the file.
        tasks: all that the competition asks for.

    Returns:
        One line a fault.
    """
    lines: list[tuple[int, list[str]]] = []
    try:
        text = payload.decode("utf-8-sig") if isinstance(payload, bytes) else payload.removeprefix("\ufeff")
        reader = csv.reader(io.StringIO(text.rstrip("\r\n"), newline=""), strict=True)
        lines.extend((reader.line_num, fields) for fields in reader)
    except (ValueError, csv.Error) as error:
        return [f"not CSV after line {lines[-1][0] if lines else 0} ({error}); {FILE_RULE}. Write the file again."]
    faults = _check_header(lines)
    if faults and (not lines or len(lines[0][1]) != len(HEADER)):
        return faults  # empty, or other separators: every line would be at fault
    rows: dict[str, list[Row]] = {}
    for line, fields in lines[1:] if not faults or not ID.fullmatch(lines[0][1][0]) else lines:
        faults += _read_row(line, fields, rows)
    for task in tasks:
        faults += _check_task(rows.pop(task.task_id, []), len(task.test_inputs), f"task {quote_name(task.task_id)}")
    return faults + [
        f"task {quote_name(task_id)}: nobody asks for it; rows in the file: {len(extra)}. Take them out."
        for task_id, extra in rows.items()
    ]


def _check_header(lines: list[tuple[int, list[str]]]) -> list[str]:
    if not lines:
        return [f"empty; {FILE_RULE}. Write the file again."]
    header = lines[0][1]
    if header == list(HEADER):
        return []
    return [f"line 1: {quote_name(','.join(header))}; the header is ID,row. Put it there."]


def _read_row(line: int, fields: list[str], rows: dict[str, list[Row]]) -> list[str]:
    """Add a line to the rows of its task; returns what is wrong with it."""
    if len(fields) != len(HEADER):
        return [f"line {line}: {len(fields)} fields; a line is an ID, a comma and a row. Mend it."]
    name, cells = fields
    found = ID.fullmatch(name)
    if not found:
        return [f"line {line}: ID {quote_name(name)}; an ID is the task, an underscore and its row, from 1. Mend it."]
    fault = None
    if not 1 <= len(cells) <= MAX_SIDE:
        fault = f"{len(cells)} cells; rows have 1 to {MAX_SIDE} cells. {FILL}"
    elif not DIGITS.fullmatch(cells):
        fault = f"cells {quote_name(cells)}; cells are digits 0 to 9, joined. Mend it."
    rows.setdefault(found[1], []).append((int(found[2]), 0 if fault else len(cells)))
    return [f"line {line}, task {quote_name(found[1])}, row {found[2]}: {fault}"] if fault else []


def _check_task(rows: list[Row], outputs: int, place: str) -> list[str]:
    if not rows and outputs:
        return [f"{place}: missing; a submission has every task. {FILL}"]
    return _check_numbers([number for number, _ in rows], place) or _check_shape(rows, outputs, place)


def _check_numbers(numbers: list[int], place: str) -> list[str]:
    """Rows that are doubled, missing or out of order."""
    doubled = [number for number, count in Counter(numbers).items() if count > 1]
    faults = [f"{place}, row {number}: there more than once; a row is there once. Keep one." for number in doubled]
    for before, after in itertools.pairwise([0, *sorted(set(numbers))]):
        if after > before + 1:
            gap = f"row {before + 1}" if after == before + 2 else f"rows {before + 1} to {after - 1}"
            faults.append(
                f"{place}, {gap}: missing, and row {after} is there; rows are numbered from 1 without gaps. Put it in, "
                "or number again."
            )
    once = list(dict.fromkeys(numbers))
    turned = next((after for before, after in itertools.pairwise(once) if after < before), None)
    if turned is not None:
        faults.append(f"{place}, row {turned}: behind a later row; rows stand in order of their numbers. Sort them.")
    return faults


def _check_shape(rows: list[Row], outputs: int, place: str) -> list[str]:
    """Whether the rows can be cut into grids: one an output, each of 1 to 30 rows as wide as each other."""
    many = f"the task has {outputs} output{'s' * (outputs != 1)}"
    if not outputs <= len(rows) <= MAX_SIDE * outputs:
        allowed = f"{outputs} to {MAX_SIDE * outputs} rows"
        return [f"{place}: {len(rows)} rows; {many}, so {allowed}. Mend its grids."]
    known = [(number, width) for number, width in rows if width]
    begins = [(1, 0)] + [after for before, after in itertools.pairwise(known) if after[1] != before[1]]
    if len(begins) > outputs:
        number, width = begins[outputs]
        return [f"{place}, row {number}: {width} cells, other than before; {many}, and grids are rectangular. Mend it."]
    ends = [number for number, _ in begins[1:]] + [len(rows) + 1]
    needed = sum(-(-(end - begin) // MAX_SIDE) for (begin, _), end in zip(begins, ends, strict=True))
    if needed > outputs:
        return [
            f"{place}: rows of one width for {needed} outputs or more; {many} of 1 to {MAX_SIDE} rows. Mend its grids."
        ]
    return []
