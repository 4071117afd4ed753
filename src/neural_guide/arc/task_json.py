"""Decoding of JSON in the ARC format: one task, the tasks of a competition, or its solutions.

A task that breaks a rule is set aside with its reason, so that it neither stops the others nor goes missing unnoticed.
"""

import json
from collections import Counter

import msgspec
from msgspec import Raw

from neural_guide.arc.collections import ArcTask
from neural_guide.arc.foreign_json import explain_foreign, parse_foreign
from neural_guide.arc.grid import MAX_TASK_SIDE, Grid, GridError, parse_grid
from neural_guide.arc.grid_json import BOM, MAX_RECORD, decode_grid
from neural_guide.arc.json_members import MEND, decode_array, decode_object
from neural_guide.arc.task import Pair, Task
from neural_guide.arc.task_containers import TASK_RULE, RawTask, split_tasks
from neural_guide.arc.task_set import ONE_CELL, SetAsideTask
from neural_guide.errors import UserError, quote_name

SOLUTIONS_RULE = 'a solutions file is {"id": [grid, ...], ...}, one grid a test input'


def decode_tasks(payload: bytes, source: str, name: str) -> list[ArcTask | SetAsideTask]:
    """Decode the tasks of a file, in its order.

    Args:
        payload: JSON of one task, or of several as `task_containers.split_tasks` splits them.
        source: name of the file in messages.
        name: id of the task if the file has only one.

    Raises:
        UserError: the file contains something else, or no task.
    """
    payload = payload.removeprefix(BOM)
    try:
        raw_tasks = split_tasks(payload, source, name)
    except UserError:
        if explanation := explain_foreign(parse_foreign(payload)):
            raise UserError(f"{source}: {explanation}.") from None
        raise
    counts = Counter(raw_task.task_id for raw_task in raw_tasks)
    # Of a repeated id the last one, in the place of the first.
    distinct = {(raw_task.task_id, raw_task.name): raw_task for raw_task in raw_tasks}.values()
    entries = [_decode_or_set_aside(raw_task, counts[raw_task.task_id]) for raw_task in distinct]
    if not any(isinstance(entry, ArcTask) for entry in entries) and (
        explanation := explain_foreign(parse_foreign(payload))
    ):
        raise UserError(f"{source}: {explanation}.")
    return entries


def decode_solutions(payload: bytes, source: str) -> dict[str, tuple[Grid, ...]]:
    """Decode the outputs of each task of a competition, one per test input, by task id.

    Args:
        payload: JSON of a solutions file.
        source: name of the file in error messages.

    Raises:
        UserError: it is no solutions file, or a grid breaks a rule; with its place.
    """
    solutions = {}
    for task_id, raw in decode_object(payload.removeprefix(BOM), source, SOLUTIONS_RULE).items():
        place = f"{source}, task {quote_name(task_id)}"
        grids = decode_array(_check_size(raw, place), place, SOLUTIONS_RULE)
        solutions[task_id] = tuple(
            _decode_grid(grid, f"{place}, output {number}") for number, grid in enumerate(grids, 1)
        )
    return solutions


def _decode_or_set_aside(raw_task: RawTask, count: int) -> ArcTask | SetAsideTask:
    """Decode a task that occurs so often, or set it aside."""
    try:
        if count > 1 and raw_task.task_id is not None:
            raise UserError(f"{raw_task.place}: occurs {count} times; a task occurs once. Keep one of them.")
        return _decode_task(raw_task)
    except UserError as error:
        return set_aside(raw_task.task_id, raw_task.name, str(error), bytes(raw_task.raw))


def set_aside(task_id: str | None, name: str, reason: str, raw: bytes = b"") -> SetAsideTask:
    """Set a task aside, with placeholders for the tests that its JSON shows."""
    is_named = task_id is not None and task_id and task_id.isprintable()
    placeholder = Task(task_id, (), _salvage_tests(raw)) if task_id is not None and is_named else None
    return SetAsideTask(quote_name(name), reason, placeholder)


def _salvage_tests(raw: bytes) -> tuple[Grid, ...]:
    """Return a valid grid for each test of a broken task: its input where it is one; one test if it shows none."""
    try:
        task = json.loads(raw, parse_int=_parse_integer) if len(raw) <= MAX_RECORD else None
    except (ValueError, RecursionError):
        task = None
    tests = task.get("test") if isinstance(task, dict) else None
    if not isinstance(tests, list) or not tests:
        return (ONE_CELL,)
    return tuple(_salvage_grid(test.get("input") if isinstance(test, dict) else None) for test in tests)


def _parse_integer(digits: str) -> int:
    """Parse the first 20 digits of an integer: no cell has more, and Python refuses thousands of digits."""
    return int(digits[:20])


def _salvage_grid(rows: object) -> Grid:
    try:
        return parse_grid(rows, MAX_TASK_SIDE)
    except GridError:
        return ONE_CELL


def _decode_task(raw_task: RawTask) -> ArcTask:
    """Decode one task. Raises UserError with the place."""
    task_id, place = raw_task.task_id, raw_task.place
    entries = decode_object(_check_size(raw_task.raw, place), place, TASK_RULE)
    if task_id is None:
        raise UserError(f"{place}: there is no 'id'; a task in a list has one of text or an integer. {MEND}")
    if not task_id or not task_id.isprintable():
        raise UserError(f"{place}: a task's id is printable text, not empty. {MEND}")
    pairs = []
    for example_place, pair in _decode_examples(entries, "train", f"{place}, train pair"):
        grid = _decode_member_grid(pair, "input", example_place)
        pairs.append(Pair(input=grid, output=_decode_member_grid(pair, "output", example_place)))
    inputs, answers = [], []
    for example_place, test in _decode_examples(entries, "test", f"{place}, test"):
        inputs.append(_decode_member_grid(test, "input", example_place))
        if bytes(test.get("output", b"null")) != b"null":
            answers.append(_decode_member_grid(test, "output", example_place))
    is_answered = len(answers) == len(inputs)  # outputs of only some tests do not answer the task
    return ArcTask(Task(task_id, tuple(pairs), tuple(inputs)), tuple(answers) if is_answered else None)


def _decode_examples(entries: dict[str, Raw], key: str, place: str) -> list[tuple[str, dict[str, Raw]]]:
    """Decode the pairs or tests of a task, each with its place."""
    examples = decode_array(_get_member(entries, key, place.rpartition(",")[0]), place, TASK_RULE)
    if not examples:
        raise UserError(f"{place}: there is none; a task has at least one. {MEND}")
    places = (f"{place} {number}" for number in range(1, len(examples) + 1))
    return [
        (example_place, decode_object(raw, example_place, TASK_RULE))
        for example_place, raw in zip(places, examples, strict=True)
    ]


def _get_member(entries: dict[str, Raw], key: str, place: str) -> Raw:
    """Return the value of a key. Raises UserError for a missing key."""
    if key not in entries:
        raise UserError(f"{place}: there is no '{key}'; {TASK_RULE}. {MEND}")
    return entries[key]


def _decode_member_grid(entries: dict[str, Raw], key: str, place: str) -> Grid:
    """Decode the grid under a key of a pair or test."""
    return _decode_grid(_get_member(entries, key, place), f"{place}, {key}")


def _check_size(raw: bytes | Raw, place: str) -> bytes | Raw:
    """Return the JSON of one task unless it is so large that decoding it would take much memory."""
    if len(memoryview(raw)) > MAX_RECORD:
        raise UserError(f"{place}: larger than {MAX_RECORD >> 20} MiB; no task is. {MEND}")
    return raw


def _decode_grid(raw: Raw, place: str) -> Grid:
    """Decode a grid. Raises UserError with the place and the broken rule."""
    try:
        return decode_grid(raw)
    except (ValueError, RecursionError):
        pass
    try:
        return parse_grid(msgspec.json.decode(raw), MAX_TASK_SIDE)
    except GridError as error:
        raise UserError(f"{place}: {error}. {MEND}") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{place}: no grid ({error}); a grid is a list of rows of integers 0 to 9. {MEND}") from None
