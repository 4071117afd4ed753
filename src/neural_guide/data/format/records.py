"""Reading and writing of datasets: the JSON records of the data contract, in files."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS, MAX_SIDE, Grid
from neural_guide.data.format.foreign_records import explain_first_record
from neural_guide.data.format.json_stream import RecordSplitter, make_damage_error
from neural_guide.data.format.source import Source
from neural_guide.data.format.source_lookup import find_source
from neural_guide.data.format.validation import MAX_ARRAYS, Record, decode_record
from neural_guide.data.format.violations import RecordError, Violations
from neural_guide.runtime.atomic_files import replace_file
from neural_guide.runtime.decompression import DecompressedStream

__all__ = [
    "Record",
    "Violations",
    "encode_record",
    "read_located_records",
    "read_records",
    "write_encoded",
    "write_records",
]

PROGRESS_EVERY = 1024  # records between two calls of on_byte


class LocatedRecord(NamedTuple):
    """A valid record and its position in the dataset.

    Attributes:
        record: a record that satisfies the contract.
        number: its number from 0, over all files of the dataset, bad records included.
        byte: its first byte in the text of its file, after decompression.
    """

    record: Record
    number: int
    byte: int


def _ignore(read_bytes: int) -> None:
    """Ignore the progress."""


def read_records(source: Source | Path | str, violations: Violations) -> Iterator[Record]:
    """Iterate over the valid records of a dataset, in file order, in constant memory.

    Args:
        source: JSON arrays of records or JSON Lines, UTF-8, with any white space and any order of keys; plain,
            gzip or zstd.
        violations: counts of all records and of those that break the contract, which are left out; updated while
            reading.

    Raises:
        UserError: the file does not exist, or it is damaged so that no further record can be separated.
    """
    for located in read_located_records(source, violations):
        yield located.record


def read_located_records(
    source: Source | Path | str, violations: Violations, on_byte: Callable[[int], None] = _ignore
) -> Iterator[LocatedRecord]:
    """Iterate as `read_records`, with the position of each record.

    Args:
        source: see `read_records`.
        violations: see `read_records`.
        on_byte: callback of the progress: the number of stored bytes read so far from all files, at intervals.
    """
    if not isinstance(source, Source):
        source = find_source(source)
    violations.source = source.path
    done = 0
    for file in source.files:
        if len(source.files) > 1:
            violations.begin_file(file.name)
        with file.open() as raw:
            stream = DecompressedStream(raw)
            for located in _read_file(stream, file.name, violations):
                yield located
                if located.number % PROGRESS_EVERY == 0:
                    on_byte(done + stream.stored_bytes)
            done += stream.stored_bytes
    on_byte(done)


def _read_file(stream: DecompressedStream, name: str, violations: Violations) -> Iterator[LocatedRecord]:
    """Iterate over the valid records of one file."""
    for byte, payload in RecordSplitter(stream, name, violations.records):
        number = violations.records
        violations.records += 1
        try:
            record = decode_record(payload)
        except RecordError as error:
            violations.add(error.rule, error.fact, number, byte)
            if number == 0:
                violations.shape = explain_first_record(payload)
            continue
        except RecursionError:
            fact = f"a record has more than {MAX_ARRAYS} arrays inside each other"
            raise make_damage_error(name, byte, fact, number) from None
        yield LocatedRecord(record, number, byte)


def write_records(path: Path, records: Iterable[Record]) -> None:
    """Write a dataset: a JSON array with one record a line, the same bytes for the same records.

    The file is replaced as a whole or not at all; missing folders above it are made.

    Raises:
        ValueError: as `encode_record`.
        UserError: the disk is full.
    """
    write_encoded(path, map(encode_record, records))


def write_encoded(path: Path, encoded: Iterable[bytes]) -> None:
    """Write as `write_records`, for records that `encode_record` has encoded, e.g. in other processes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replace_file(path) as temporary, temporary.open("wb", buffering=1 << 20) as stream:
        separator = b"[\n"
        for line in encoded:
            stream.write(separator)
            stream.write(line)
            separator = b",\n"
        stream.write(b"\n]\n" if separator == b",\n" else b"[]\n")


def encode_record(record: Record) -> bytes:
    """Encode a record as one line of JSON, without a line end.

    Raises:
        ValueError: a grid has a cell above 9 or more than 30 rows or columns, or a share is outside [0, 1].
    """
    for name, value in (("quality", record.quality), ("complexity", record.complexity)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} is {value}; it is a number in [0, 1]")
    others = _OtherKeys(record.primitives, float(record.quality), float(record.complexity), record.task_id)
    input_text, output_text = _format_grid(record.input), _format_grid(record.output)
    return b'{"input":%b,"output":%b,%b' % (input_text, output_text, _encode(others)[1:])


class _OtherKeys(msgspec.Struct, gc=False):
    primitives: tuple[str, ...]
    quality: float
    complexity: float
    task_id: str


_encode = msgspec.json.Encoder().encode


def _format_grid(grid: Grid) -> bytes:
    """Format a grid as JSON: add digits to a template of brackets and commas, ten times faster than via lists."""
    if grid.max() >= COLOURS:
        raise ValueError(f"grid has colour {grid.max()}; cells are integers 0 to 9")
    text = _make_template(*grid.shape).copy()
    np.add(grid, ord("0"), out=text[:, 1:-1:2])
    return b"[" + text.tobytes()[:-1] + b"]"


@lru_cache(maxsize=MAX_SIDE * MAX_SIDE)
def _make_template(height: int, width: int) -> npt.NDArray[np.uint8]:
    """Return uint8 [row, 2 * width + 2]: the characters `[0,0,...,0],` of each row."""
    if not (1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE):
        raise ValueError(f"grid is {height} x {width}; grids have 1 to 30 rows and columns")
    row = np.frombuffer(b"[" + b",".join([b"0"] * width) + b"],", np.uint8)
    return np.tile(row, (height, 1))
