"""Decoding of a record from JSON, with the checks that every record of every dataset must pass."""

import re
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from neural_guide.arc.grid import Grid
from neural_guide.arc.grid_json import decode_grid
from neural_guide.data.format.violations import KEYS, RULE_JSON, RecordError, diagnose

QUOTES = 2 * len(KEYS) + 2  # double quotes in a record with exactly our keys: around the keys and the task_id
QUOTED_KEYS = tuple(f'"{key}"'.encode() for key in KEYS)
MAX_ARRAYS = 500  # nested in a record; Python's own limit depends on the depth of the calls


class Record(NamedTuple):
    """One pair of a task, with labels of the task.

    Attributes:
        input: uint8 [row, column], colours 0 to 9; read-only where it comes from a file.
        output: uint8 [row, column], of its own size.
        primitives: names, not empty; in order of application where our generator wrote the file.
        quality: 0 to 1.
        complexity: 0 to 1.
        task_id: not empty; the same for every pair of a task.
    """

    input: Grid
    output: Grid
    primitives: tuple[str, ...]
    quality: float
    complexity: float
    task_id: str


_Name = Annotated[str, Meta(min_length=1)]
_Share = Annotated[float, Meta(ge=0, le=1)]


class _Raw(msgspec.Struct, gc=False):
    """The types that msgspec checks while it decodes; grids stay undecoded."""

    input: msgspec.Raw
    output: msgspec.Raw
    primitives: Annotated[tuple[_Name, ...], Meta(min_length=1)]
    quality: _Share
    complexity: _Share
    task_id: _Name


_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]]', re.DOTALL)
_decode = msgspec.json.Decoder(_Raw).decode


def decode_record(payload: bytes) -> Record:
    """Decode a record from a JSON object.

    Raises:
        RecordError: the record breaks the contract.
        RecursionError: the record has more than `MAX_ARRAYS` nested arrays.
    """
    if payload.count(b"[") > MAX_ARRAYS and _measure_array_depth(payload) > MAX_ARRAYS:
        raise RecursionError
    try:
        raw = _decode(payload)
        record = Record(
            decode_grid(raw.input), decode_grid(raw.output), raw.primitives, raw.quality, raw.complexity, raw.task_id
        )
    except ValueError:  # msgspec's errors are among them
        problem = diagnose(payload)
        raise problem or RecordError(RULE_JSON, "record cannot be decoded: NaN or half a surrogate pair?") from None
    # msgspec silently takes the last of doubled keys. More quotes than our keys need show that there are other keys.
    if payload.count(b'"') != QUOTES + 2 * len(raw.primitives) and not _has_each_key_once(payload):
        problem = diagnose(payload)
        if problem:
            raise problem
    return record


def _measure_array_depth(payload: bytes) -> int:
    """Return the largest number of nested arrays; brackets in strings do not count."""
    depth = deepest = 0
    for token in _TOKENS.findall(payload):
        if token in (b"[", b"]"):
            depth += 1 if token == b"[" else -1
            deepest = max(deepest, depth)
    return deepest


def _has_each_key_once(payload: bytes) -> bool:
    """Return whether each of our keys surely occurs once; false where only a full parse can tell."""
    literal = payload.isascii() and b"\\" not in payload  # else keys may be written with escapes
    return literal and all(payload.count(key) == 1 for key in QUOTED_KEYS)
