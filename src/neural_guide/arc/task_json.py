"""Decoding of JSON in the ARC format: one task, the tasks of a competition, or its solutions.

Nothing is skipped: a task that cannot be read is an error, so that no task goes missing unnoticed.
"""

import json
from collections import Counter

import msgspec
from msgspec import Raw

from neural_guide.arc.collections import ArcTask
from neural_guide.arc.foreign_json import explain_foreign, find_wrapped_tasks, parse_foreign
from neural_guide.arc.grid import Grid, GridError, parse_grid
from neural_guide.arc.grid_json import BOM, MAX_RECORD, decode_grid
from neural_guide.arc.task import Pair, Task
from neural_guide.errors import UserError, quote_name

TASK_RULE = 'a task is {"train": [{"input": grid, "output": grid}, ...], "test": [{"input": grid}, ...]}'
FILE_RULE = f'{TASK_RULE}, a competition file {{"id": task, ...}}'
SOLUTIONS_RULE = 'a solutions file is {"id": [grid, ...], ...}, one grid a test input'
MEND = "Mend the file, or take the task out of it."

_parse_object = msgspec.json.Decoder(dict[str, Raw]).decode
_parse_array = msgspec.json.Decoder(list[Raw]).decode


def decode_tasks(payload: bytes, source: str, name: str) -> list[ArcTask]:
    """Decode the tasks of a file, in its order.

    Args:
        payload: JSON of one task, or of an object of tasks by their ids; also a list, JSON Lines or a wrapper of tasks
            that have ids.
        source: name of the file in error messages.
        name: id of the task if the file has only one.

    Raises:
        UserError: the file contains something else, no task, or one that breaks a rule; with its place.
    """
    payload = payload.removeprefix(BOM)
    try:
        return _decode_plain(payload, source, name)
    except UserError:
        value = parse_foreign(payload)
        if (tasks := find_wrapped_tasks(value)) is not None:
            return _decode_plain(msgspec.json.encode(tasks), source, name)
        if explanation := explain_foreign(value):
            raise UserError(f"{source}: {explanation}.") from None
        raise


def _decode_plain(payload: bytes, source: str, name: str) -> list[ArcTask]:
    """Decode one task, or the tasks of a competition. Raises UserError as `decode_tasks`."""
    entries = _decode_object(payload, source, FILE_RULE)
    if any(not bytes(entries[key]).startswith(b"{") for key in ("train", "test") if key in entries):
        return [_decode_task(name, entries, source)]
    if not entries:
        raise UserError(f"{source} holds no task; {FILE_RULE}. Name another file.")
    tasks = []
    for task_id, raw in entries.items():
        place = f"{source}, task {quote_name(task_id)}"
        tasks.append(_decode_task(task_id, _decode_object(_check_size(raw, place), place, TASK_RULE), place))
    return tasks


def decode_solutions(payload: bytes, source: str) -> dict[str, tuple[Grid, ...]]:
    """Decode the outputs of each task of a competition, one per test input, by task id.

    Args:
        payload: JSON of a solutions file.
        source: name of the file in error messages.

    Raises:
        UserError: it is no solutions file, or a grid breaks a rule; with its place.
    """
    solutions = {}
    for task_id, raw in _decode_object(payload.removeprefix(BOM), source, SOLUTIONS_RULE).items():
        place = f"{source}, task {quote_name(task_id)}"
        grids = _decode_array(_check_size(raw, place), place, SOLUTIONS_RULE)
        solutions[task_id] = tuple(
            _decode_grid(grid, f"{place}, output {number}") for number, grid in enumerate(grids, 1)
        )
    return solutions


def _decode_task(task_id: str, entries: dict[str, Raw], place: str) -> ArcTask:
    """Decode the members of one task. Raises UserError with the place."""
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
    examples = _decode_array(_get_member(entries, key, place.rpartition(",")[0]), place, TASK_RULE)
    if not examples:
        raise UserError(f"{place}: there is none; a task has at least one. {MEND}")
    places = (f"{place} {number}" for number in range(1, len(examples) + 1))
    return [
        (example_place, _decode_object(raw, example_place, TASK_RULE))
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


def _check_size(raw: Raw, place: str) -> Raw:
    """Return the JSON of one task unless it is so large that decoding it would take much memory."""
    if len(memoryview(raw)) > MAX_RECORD:
        raise UserError(f"{place}: larger than {MAX_RECORD >> 20} MiB; no task is. {MEND}")
    return raw


def _decode_object(raw: bytes | Raw, place: str, rule: str) -> dict[str, Raw]:
    """Decode a JSON object to its keys and undecoded values. Raises UserError for a key that occurs twice."""
    try:
        members = _parse_object(raw)
    except (ValueError, RecursionError) as error:
        raise _explain_unreadable(error, "object", place, rule) from None
    # msgspec silently keeps the last of repeated keys; then the quotes of the others are missing from the sum.
    payload = bytes(raw)
    if payload.count(b'"') != sum(2 + key.count('"') + bytes(value).count(b'"') for key, value in members.items()):
        pairs = json.loads(payload, object_pairs_hook=list, parse_int=str)  # the outermost object as a list of pairs
        key, count = Counter(key for key, _ in pairs).most_common(1)[0]
        if count > 1:
            raise UserError(f"{place}: {quote_name(key)} occurs {count} times; an object has each key once. {MEND}")
    return members


def _decode_array(raw: Raw, place: str, rule: str) -> list[Raw]:
    """Decode a JSON list to its undecoded values. Raises UserError."""
    try:
        return _parse_array(raw)
    except (ValueError, RecursionError) as error:
        raise _explain_unreadable(error, "list", place, rule) from None


def _explain_unreadable(error: Exception, kind: str, place: str, rule: str) -> UserError:
    """Build the error for JSON that cannot be decoded as an object or a list."""
    if isinstance(error, msgspec.ValidationError):
        return UserError(f"{place}: no JSON {kind}; {rule}. Mend the file, or name another.")
    if isinstance(error, RecursionError):
        return UserError(f"{place}: nested too deeply to be read; {rule}. Mend the file, or name another.")
    return UserError(f"{place}: not JSON ({error}); {rule}. Mend the file, or name another.")


def _decode_grid(raw: Raw, place: str) -> Grid:
    """Decode a grid. Raises UserError with the place and the broken rule."""
    try:
        return decode_grid(raw)
    except (ValueError, RecursionError):
        pass
    try:
        return parse_grid(msgspec.json.decode(raw))
    except GridError as error:
        raise UserError(f"{place}: {error}. {MEND}") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{place}: no grid ({error}); a grid is a list of rows of integers 0 to 9. {MEND}") from None
