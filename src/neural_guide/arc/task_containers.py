"""Splitting of JSON into the tasks that it holds: one task, tasks by their ids, a list or lines of tasks with ids."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from msgspec import Raw

from neural_guide.arc.json_members import Member, decode_array, split_object
from neural_guide.errors import UserError, quote_name

TASK_RULE = 'a task is {"train": [{"input": grid, "output": grid}, ...], "test": [{"input": grid}, ...]}'
FILE_RULE = f'{TASK_RULE}, a competition file {{"id": task, ...}}'
WRAPPERS = ("data", "tasks", "records", "challenges")
IDS = ("id", "task_id")


class RawTask(NamedTuple):
    """A task that is not decoded yet.

    Attributes:
        task_id: its id; None: it has none.
        raw: its JSON, of any content.
        place: its place in messages.
        name: its id, or its place within the file.
    """

    task_id: str | None
    raw: bytes | Raw
    place: str
    name: str


def split_tasks(payload: bytes, source: str, name: str) -> list[RawTask]:
    """Split the JSON of a file into its tasks, in its order.

    Args:
        payload: one task; an object of tasks by their ids; a list or lines of tasks with ids; or an object with one
            key in `WRAPPERS` around one of the last three.
        source: name of the file in messages.
        name: id of the task if the file has only one.

    Raises:
        UserError: it holds something else, or no task.
    """
    try:
        members = split_object(payload, source, FILE_RULE)
    except UserError:
        if raw_tasks := _split_list(payload, source) or _split_lines(payload, source):
            return raw_tasks
        raise
    if _is_task(members):
        return [RawTask(name, payload, source, name)]
    if not members:
        raise UserError(f"{source} holds no task; {FILE_RULE}. Name another file.")
    if len(members) == 1 and members[0][0] in WRAPPERS:
        inner = bytes(members[0][1])
        if inner.startswith(b"[") and (raw_tasks := _split_list(inner, source)):
            return raw_tasks
        if inner.startswith(b"{"):
            inner_members = split_object(inner, source, FILE_RULE)
            members = inner_members if inner_members and not _is_task(inner_members) else members
    return [RawTask(task_id, raw, f"{source}, task {quote_name(task_id)}", task_id) for task_id, raw in members]


def _is_task(members: Sequence[Member]) -> bool:
    """Return whether an object is a task itself; a task file may have tasks with the ids train and test."""
    return any(key in ("train", "test") and not bytes(value).startswith(b"{") for key, value in members)


def _split_list(payload: bytes, source: str) -> list[RawTask]:
    """Split a list of tasks; empty: it is none, or no task in it has an id."""
    try:
        entries = decode_array(payload, source, FILE_RULE)
    except UserError:
        return []
    return _name_tasks([bytes(entry) for entry in entries], source, "number")


def _split_lines(payload: bytes, source: str) -> list[RawTask]:
    """Split JSON Lines; empty: no line is a task with an id."""
    return _name_tasks(payload.splitlines(), source, "line")


def _name_tasks(entries: Sequence[bytes], source: str, unit: str) -> list[RawTask]:
    """Name each entry that is not blank by its id, or by its place where it has none."""
    raw_tasks = []
    for number, entry in enumerate(entries, 1):
        if entry.strip():
            task_id, name = _read_id(entry), f"{unit} {number:,}"
            place = f"{source}, {name}" if task_id is None else f"{source}, task {quote_name(task_id)}"
            raw_tasks.append(RawTask(task_id, entry, place, task_id or name))
    return raw_tasks if any(raw_task.task_id is not None for raw_task in raw_tasks) else []


def _read_id(raw: bytes) -> str | None:
    """Read the id of a task in a list: text or an integer."""
    try:
        members = dict(split_object(raw, "", ""))
        values = [msgspec.json.decode(members[key]) for key in IDS if key in members]
    except (UserError, ValueError, RecursionError):
        return None
    return next((str(value) for value in values if type(value) in (str, int)), None)
