"""Recognition of files that are no dataset but JSON of another shape, by their first bytes."""

import re

KEYS = rb'"(?:input|output|primitives|quality|complexity|task_id)"'
WRAPPER = re.compile(rb'[ \t\r\n]*\{\s*"(?:data|records|tasks)"\s*:\s*\[(?=\s*\{\s*' + KEYS + rb"\s*:)")
TABLE = "Write it as records: df.to_json('data.json', orient='records')"
ARC_TASK = "ARC tasks, which have no primitives; a guide is trained on records. Solve them with: solve tasks=FILE"
TABLES = (
    (rb"\{\s*" + KEYS + rb"\s*:\s*\{", "columns of a table, as pandas writes them by default"),
    (rb'\{\s*"columns"\s*:\s*\[\s*' + KEYS, "a split table of pandas"),
    (rb'\{\s*"schema"\s*:\s*\{\s*"fields"', "a table of pandas with its schema"),
    (rb'\{\s*"\d+"\s*:\s*\{\s*' + KEYS + rb"\s*:", "records by their index, as pandas writes them"),
)
TASKS = (
    (rb'\{\s*"(?:train|test)"\s*:\s*\[\s*\{', ARC_TASK),
    (rb'\{\s*"[^"\\]*"\s*:\s*\{\s*"(?:train|test)"\s*:\s*\[', ARC_TASK),
    (rb'\{\s*"(?:train|eval)"\s*:\s*\{\s*"[^"\\]*"\s*:\s*\{', ARC_TASK),
    (rb'\{[^{}]*"examples"\s*:\s*\[\s*\[\s*\[\s*\[', f"examples as BARC writes them: {ARC_TASK}"),
)
_TABLES = tuple((re.compile(pattern, re.DOTALL), fact) for pattern, fact in TABLES)
_TASKS = tuple((re.compile(pattern, re.DOTALL), fact) for pattern, fact in TASKS)


def explain_foreign_records(head: bytes) -> str | None:
    """Return fact and remedy for a file of another shape, without the place; None for anything else.

    Args:
        head: first bytes of the file, from its first byte that is not white space.
    """
    for pattern, fact in _TABLES:
        if pattern.match(head):
            return f"{fact}. {TABLE}"
    if b'"primitives"' in head:  # a record, whatever other keys it has
        return None
    return next((fact for pattern, fact in _TASKS if pattern.match(head)), None)
