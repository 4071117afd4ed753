"""Recognition of JSON that is no dataset, by the first bytes of a file or by its first object."""

import json
import re
from collections.abc import Iterable
from typing import Any

from neural_guide.errors import quote_name

_KEY_NAMES = "input|output|primitives|quality|complexity|task_id"
_KEYS = rb'"(?:' + _KEY_NAMES.encode() + rb')"'
WRAPPER = re.compile(rb'[ \t\r\n]*\{\s*"(?:data|records|tasks)"\s*:\s*\[(?=\s*\{\s*' + _KEYS + rb"\s*:)")
_OTHER_WRAPPER = re.compile(rb'\{(?:\s*"[^"\\]*"\s*:\s*[^\[{",]*,)*\s*"([^"\\]+)"\s*:\s*\[\s*\{\s*' + _KEYS + rb"\s*:")
_TABLE = "Write it as records: df.to_json('data.json', orient='records')"
_ARC_TASK = "ARC tasks, which have no primitives; a guide is trained on records. Solve them with: solve tasks=FILE"
_PAIRS = (
    "have input and output but no primitives, as RE-ARC writes them; a guide is trained on records with primitives. "
    "Make some with: python -m neural_guide.generate data.path=FILE"
)
_TABLES = (
    (rb"\{\s*" + _KEYS + rb"\s*:\s*\{", "columns of a table, as pandas writes them by default"),
    (rb'\{\s*"columns"\s*:\s*\[\s*' + _KEYS, "a split table of pandas"),
    (rb'\{\s*"schema"\s*:\s*\{\s*"fields"', "a table of pandas with its schema"),
    (rb'\{\s*"\d+"\s*:\s*\{\s*' + _KEYS + rb"\s*:", "records by their index, as pandas writes them"),
)
_TASKS = (
    (rb'\{\s*"(?:train|test)"\s*:\s*\[\s*\{', _ARC_TASK),
    (rb'\{\s*"[^"\\]*"\s*:\s*\{\s*"(?:train|test)"\s*:\s*\[', _ARC_TASK),
    (rb'\{\s*"(?:train|eval)"\s*:\s*\{\s*"[^"\\]*"\s*:\s*\{', _ARC_TASK),
    (rb'\{[^{}]*"examples"\s*:\s*\[\s*\[\s*\[\s*\[', f"examples as BARC writes them: {_ARC_TASK}"),
)
_COMPILED_TABLES = tuple((re.compile(pattern, re.DOTALL), fact) for pattern, fact in _TABLES)
_COMPILED_TASKS = tuple((re.compile(pattern, re.DOTALL), fact) for pattern, fact in _TASKS)


def explain_foreign_records(head: bytes) -> str | None:
    """Return fact and remedy for a file of another shape, without the place; None for anything else.

    Args:
        head: first bytes of the file, from its first byte that is not white space.
    """
    for pattern, fact in _COMPILED_TABLES:
        if pattern.match(head):
            return f"{fact}. {_TABLE}"
    if b'"primitives"' in head:  # a record, whatever other keys it has
        return None
    return next((fact for pattern, fact in _COMPILED_TASKS if pattern.match(head)), None)


def explain_large_object(head: bytes) -> str | None:
    """Return fact and remedy where the first bytes of a whole file in one object show records under a key."""
    match = _OTHER_WRAPPER.match(head)
    return _explain_wrapper(match[1].decode(errors="replace")) if match else None


def explain_first_record(payload: bytes) -> str | None:
    """Return fact and remedy for the first object of a file in which no record is valid; None for an unknown shape."""
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or not value:
        return None
    if _holds_lists(value, ("train", "test")):
        return f"The file holds {_ARC_TASK}"
    if {"cells", "nbformat"} <= value.keys():
        return "The file is a Jupyter notebook. Name a file of records"
    if _holds_lists(value, ("input", "output")):
        if isinstance(value.get("task_id"), list):
            return f"The file holds columns of a table. {_TABLE}"
        return None if "primitives" in value else f"Its objects {_PAIRS}"
    return _explain_members(value) or _explain_message(value)


def _explain_members(value: dict[str, Any]) -> str | None:
    """Explain an object whose values hold the records."""
    rows = value.get("rows")
    if isinstance(rows, list) and rows and isinstance(rows[0], dict) and "row" in rows[0]:
        return "The file is a page of a dataset viewer. Write its rows: jq '[.rows[].row]' FILE > data.json"
    if _are_records(value.values()):
        return "The file holds records by their ids. Write them as a list: jq '[.[]]' FILE > data.json"
    lists = {key: entries for key, entries in value.items() if isinstance(entries, list) and _are_records(entries)}
    if not lists:
        return None
    if not any("primitives" in entry for entries in lists.values() for entry in entries):
        return f"Its lists of objects {_PAIRS}"
    if len(lists) == 1:
        return _explain_wrapper(next(iter(lists)))
    return "The file holds lists of records by their keys. Write one list: jq '[.[][]]' FILE > data.json"


def _explain_wrapper(key: str) -> str:
    path = json.dumps(key) if len(key) <= 60 else '"KEY"'
    return f"The file holds records under {quote_name(key)}. Write them alone: jq '.[{path}]' FILE > data.json"


def _explain_message(value: dict[str, Any]) -> str | None:
    """Explain the error of a server that was saved in place of the file."""
    for key in ("error", "message", "detail"):
        if isinstance(text := value.get(key), str) and len(value) <= 5:
            return f"The file is a server's message: {quote_name(text)}. Download it again"
    return None


def _holds_lists(value: dict[str, Any], keys: Iterable[str]) -> bool:
    return all(isinstance(value.get(key), list) for key in keys)


def _are_records(values: Iterable[object]) -> bool:
    """Return whether there are values, all of them objects with an input and an output."""
    values = list(values)
    return bool(values) and all(isinstance(value, dict) and {"input", "output"} <= value.keys() for value in values)
