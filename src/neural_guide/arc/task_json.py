"""What a JSON text in ARC's format says: one task, the tasks of a competition, or its solutions.

Nothing is skipped: whoever solves these tasks must know about one that cannot be read.
"""

import json
from collections import Counter

import msgspec
from msgspec import Raw

from neural_guide.arc.collections import ArcTask
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
    """The tasks of a file, in its order.

    Args:
        payload: JSON of one task, or of an object of tasks by their ids.
        source: the file, as errors name it.
        name: the task's id, where there is only one.

    Raises:
        UserError: it holds something else, no task, or one that breaks a rule; with its place.
    """
    entries = _decode_object(payload.removeprefix(BOM), source, FILE_RULE)
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
    """The outputs of each task of a competition, one a test input.

    Raises:
        UserError: it is no such file, or a grid breaks a rule; with its place.
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
    if not task_id or not task_id.isprintable():
        raise UserError(f"{place}: a task's id is printable text, not empty. {MEND}")
    pairs = []
    for here, pair in _decode_examples(entries, "train", f"{place}, train pair"):
        pairs.append(
            Pair(*(_decode_grid(_get_member(pair, key, here), f"{here}, {key}") for key in ("input", "output")))
        )
    inputs, answers = [], []
    for here, test in _decode_examples(entries, "test", f"{place}, test"):
        inputs.append(_decode_grid(_get_member(test, "input", here), f"{here}, input"))
        if bytes(test.get("output", b"null")) != b"null":
            answers.append(_decode_grid(test["output"], f"{here}, output"))
    known = len(answers) == len(inputs)  # of some tests only, they are no answer to the task
    return ArcTask(Task(task_id, tuple(pairs), tuple(inputs)), tuple(answers) if known else None)


def _decode_examples(entries: dict[str, Raw], key: str, place: str) -> list[tuple[str, dict[str, Raw]]]:
    """The pairs or tests of a task, each with its place."""
    examples = _decode_array(_get_member(entries, key, place.rpartition(",")[0]), place, TASK_RULE)
    if not examples:
        raise UserError(f"{place}: there is none; a task has at least one. {MEND}")
    places = (f"{place} {number}" for number in range(1, len(examples) + 1))
    return [(here, _decode_object(raw, here, TASK_RULE)) for here, raw in zip(places, examples, strict=True)]


def _get_member(entries: dict[str, Raw], key: str, place: str) -> Raw:
    if key not in entries:
        raise UserError(f"{place}: there is no '{key}'; {TASK_RULE}. {MEND}")
    return entries[key]


def _check_size(raw: Raw, place: str) -> Raw:
    """Refuse what would take much memory once it is decoded."""
    if len(memoryview(raw)) > MAX_RECORD:
        raise UserError(f"{place}: larger than {MAX_RECORD >> 20} MiB; no task is. {MEND}")
    return raw


def _decode_object(raw: bytes | Raw, place: str, rule: str) -> dict[str, Raw]:
    """Keys and undecoded values of a JSON object, each key once."""
    try:
        found = _parse_object(raw)
    except (ValueError, RecursionError) as error:
        raise _explain_unreadable(error, "object", place, rule) from None
    # msgspec keeps the last of doubled keys in silence; the quotes of the others are then missing.
    payload = bytes(raw)
    if payload.count(b'"') != sum(2 + key.count('"') + bytes(value).count(b'"') for key, value in found.items()):
        pairs = json.loads(payload, object_pairs_hook=list, parse_int=str)  # the outermost object as a list of pairs
        key, count = Counter(key for key, _ in pairs).most_common(1)[0]
        if count > 1:
            raise UserError(
                f"{place}: {quote_name(key)} stands there {count} times; an object has each key once. {MEND}"
            )
    return found


def _decode_array(raw: Raw, place: str, rule: str) -> list[Raw]:
    try:
        return _parse_array(raw)
    except (ValueError, RecursionError) as error:
        raise _explain_unreadable(error, "list", place, rule) from None


def _explain_unreadable(error: Exception, kind: str, place: str, rule: str) -> UserError:
    if isinstance(error, msgspec.ValidationError):
        return UserError(f"{place}: no JSON {kind}; {rule}. Mend the file, or name another.")
    if isinstance(error, RecursionError):
        return UserError(f"{place}: nested too deeply to be read; {rule}. Mend the file, or name another.")
    return UserError(f"{place}: not JSON ({error}); {rule}. Mend the file, or name another.")


def _decode_grid(raw: Raw, place: str) -> Grid:
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
