"""The data contract as a file: reads and writes the JSON records that every dataset is made of."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta

from neural_guide.errors import UserError
from neural_guide.grid import COLOURS, MAX_SIDE, Grid
from neural_guide.tasks.faults import Faults, RecordError, diagnose
from neural_guide.tasks.parse import RecordSplitter, damage

__all__ = ["Faults", "Record", "encode_record", "read_records", "write_encoded", "write_records"]

QUOTES = 2 * 6 + 2  # double quotes in a record with exactly our keys: the keys and the task_id


class Record(NamedTuple):
    """One pair of a task, with what is known about the task.

    Attributes:
        input: uint8 [row, column], colours 0 to 9; read-only where it comes from a file.
        output: uint8 [row, column], its own size.
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


class Placed(NamedTuple):
    """A good record and where it stands: its number in the file, from 0, bad ones included, and its byte."""

    record: Record
    number: int
    byte: int


_Row = Annotated[list[Annotated[int, Meta(ge=0, lt=COLOURS)]], Meta(min_length=1, max_length=MAX_SIDE)]
_Rows = Annotated[list[_Row], Meta(min_length=1, max_length=MAX_SIDE)]
_Name = Annotated[str, Meta(min_length=1)]
_Share = Annotated[float, Meta(ge=0, le=1)]


class _Raw(msgspec.Struct, gc=False):
    """The shape that msgspec checks while it decodes; only rectangularity is left to us."""

    input: _Rows
    output: _Rows
    primitives: Annotated[tuple[_Name, ...], Meta(min_length=1)]
    quality: _Share
    complexity: _Share
    task_id: _Name


_decode = msgspec.json.Decoder(_Raw).decode


def read_records(path: Path, faults: Faults) -> Iterator[Record]:
    """The good records of a dataset, in file order, in constant memory.

    Args:
        path: a JSON array of records or JSON Lines, UTF-8, with any white space and any order of keys.
        faults: counts every record seen, and those that break the contract, which are left out.

    Raises:
        UserError: there is no such file, or it is damaged so that no further record can be told.
    """
    for placed in read_placed(path, faults):
        yield placed.record


def read_placed(path: Path, faults: Faults) -> Iterator[Placed]:
    """As `read_records`, with the place of each record."""
    faults.source = str(path)
    try:
        stream = path.open("rb", buffering=0)
    except FileNotFoundError:
        raise UserError(
            f"{path} does not exist. Make it with: python -m neural_guide.generate data.path={path}"
        ) from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from None
    with stream:
        for byte, payload in RecordSplitter(stream, str(path)):
            number = faults.records
            faults.records += 1
            try:
                record = decode_record(payload)
            except RecordError as error:
                faults.add(error.rule, error.fact, number, byte)
                continue
            except RecursionError:
                raise damage(str(path), byte, "a record is nested too deeply", number) from None
            yield Placed(record, number, byte)


def decode_record(payload: bytes) -> Record:
    """The record that a JSON object holds.

    Raises:
        RecordError: it breaks the contract.
        RecursionError: it is nested too deeply to be read.
    """
    try:
        raw = _decode(payload)
        record = Record(
            _packed(raw.input), _packed(raw.output), raw.primitives, raw.quality, raw.complexity, raw.task_id
        )
    except ValueError:  # msgspec's errors are among them
        problem = diagnose(payload)
        raise problem or RecordError("a record is a valid JSON object", "record cannot be decoded") from None
    # msgspec takes the last of doubled keys in silence; more quotes than our keys need tell of others.
    if payload.count(b'"') != QUOTES + 2 * len(raw.primitives):
        problem = diagnose(payload)
        if problem:
            raise problem
    return record


def _packed(rows: list[list[int]]) -> Grid:
    """uint8 [row, column] of rows whose cells are known to be 0 to 9. Raises ValueError where ragged."""
    width = len(rows[0])
    for row in rows:
        if len(row) != width:
            raise ValueError("ragged")
    return np.frombuffer(b"".join(map(bytes, rows)), np.uint8).reshape(len(rows), width)


def write_records(path: Path, records: Iterable[Record]) -> None:
    """Write a dataset: a JSON array with one record a line, the same bytes for the same records.

    The file appears whole or not at all; folders above it are made. Raises ValueError as `encode_record`.
    """
    write_encoded(path, map(encode_record, records))


def write_encoded(path: Path, encoded: Iterable[bytes]) -> None:
    """As `write_records`, for records that went through `encode_record`, e.g. in other processes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb", buffering=1 << 20) as stream:
            before = b"[\n"
            for line in encoded:
                stream.write(before)
                stream.write(line)
                before = b",\n"
            stream.write(b"\n]\n" if before == b",\n" else b"[]\n")
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)  # mkstemp makes it private
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def encode_record(record: Record) -> bytes:
    """One line of JSON, without a line end.

    Raises:
        ValueError: a grid has a cell above 9 or more than 30 rows or columns, or a share is outside [0, 1].
    """
    for name, value in (("quality", record.quality), ("complexity", record.complexity)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} is {value}; it is a number in [0, 1]")
    rest = _Rest(record.primitives, float(record.quality), float(record.complexity), record.task_id)
    input_text, output_text = _grid_text(record.input), _grid_text(record.output)
    return b'{"input":%b,"output":%b,%b' % (input_text, output_text, _encode(rest)[1:])


class _Rest(msgspec.Struct, gc=False):
    primitives: tuple[str, ...]
    quality: float
    complexity: float
    task_id: str


_encode = msgspec.json.Encoder().encode


def _grid_text(grid: Grid) -> bytes:
    """A grid as JSON: digits laid into a template of its brackets and commas, ten times faster than lists."""
    if grid.max() >= COLOURS:
        raise ValueError(f"grid has colour {grid.max()}; cells are integers 0 to 9")
    text = _template(*grid.shape).copy()
    np.add(grid, ord("0"), out=text[:, 1:-1:2])
    return b"[" + text.tobytes()[:-1] + b"]"


@lru_cache(maxsize=MAX_SIDE * MAX_SIDE)
def _template(height: int, width: int) -> npt.NDArray[np.uint8]:
    """uint8 [row, 2 * width + 2]: the characters `[0,0,...,0],` of each row."""
    if not (1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE):
        raise ValueError(f"grid is {height} x {width}; grids have 1 to 30 rows and columns")
    row = np.frombuffer(b"[" + b",".join([b"0"] * width) + b"],", np.uint8)
    return np.tile(row, (height, 1))
