"""Staging of a store's columns on disk while it is built, so that memory does not grow with the dataset."""

import hashlib
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neural_guide.data.format.records import LocatedRecord

BUFFER_ROWS = 8192  # rows in memory before they are written
PIECE_ROWS = 1 << 16  # rows of a column that are read at once
COLUMNS = np.dtype(
    [
        ("task_key", np.int64),  # hash of the task_id; keys differ between processes
        ("pair_key", np.int64),  # hash of task_id, input and output; keys differ between processes
        ("input_key", np.uint64),  # hash of the input; the same on every machine and run
        ("id_end", np.int64),  # end of the record's task_id in the file of all task_ids
        ("number", np.int64),  # number of the record in the dataset, bad ones counted
        ("byte", np.int64),
        ("program", np.int32),  # number of the list of primitives, by first appearance
        ("replay", np.int8),  # see replay.py
        ("row", np.int32),
        ("quality", np.float32),
        ("complexity", np.float32),
        ("side", np.uint8),
        ("input_height", np.uint8),
        ("input_width", np.uint8),
        ("output_height", np.uint8),
        ("output_width", np.uint8),
    ]
)
ROW = struct.Struct("=qqQqqq ibiff 5B")  # the same: packing a row is several times as fast as assigning it in numpy

Column = npt.NDArray[Any]


class StagedColumns:
    """Columns that grow on disk, a file each, and the concatenated task_ids of all records.

    Attributes:
        rows: records so far.
    """

    def __init__(self, folder: Path) -> None:
        self.rows = 0
        self._paths = {name: folder / f"{name}.spool" for name in (*COLUMNS.names, "task_id")}  # type: ignore[misc]
        self._streams = {name: path.open("wb") for name, path in self._paths.items()}
        self._buffer = bytearray(BUFFER_ROWS * ROW.size)
        self._filled = 0
        self._id_end = 0

    def __enter__(self) -> "StagedColumns":
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        for stream in self._streams.values():
            stream.close()

    def add(self, located: LocatedRecord, *, side: int, row: int, program: int, replay: int) -> None:
        """Append a record.

        Args:
            located: the record and its position.
            side: size class of its cells.
            row: row of its cells within the size class.
            program: number of its list of primitives.
            replay: RIGHT, WRONG or UNKNOWN, see replay.py.
        """
        record = located.record
        task_id = record.task_id.encode()
        self._id_end += self._streams["task_id"].write(task_id)
        input_bytes = bytes(record.input.shape) + record.input.tobytes()
        ROW.pack_into(
            self._buffer,
            self._filled * ROW.size,
            hash(task_id),
            hash((task_id, input_bytes, bytes(record.output.shape), record.output.tobytes())),
            int.from_bytes(hashlib.blake2b(input_bytes, digest_size=8).digest()),
            self._id_end,
            located.number,
            located.byte,
            program,
            replay,
            row,
            record.quality,
            record.complexity,
            side,
            *record.input.shape,
            *record.output.shape,
        )
        self.rows += 1
        self._filled += 1
        if self._filled == BUFFER_ROWS:
            self._flush()

    def read(self, name: str) -> Column:
        """Read a column into memory, [record]."""
        return np.fromfile(self._paths[name], COLUMNS[name])

    def iterate_pieces(self, name: str) -> Iterator[tuple[int, Column]]:
        """Iterate over a column in pieces, each with the number of its first record."""
        dtype, start = COLUMNS[name], 0
        with self._paths[name].open("rb") as stream:
            while payload := stream.read(PIECE_ROWS * dtype.itemsize):
                piece = np.frombuffer(payload, dtype)
                yield start, piece
                start += len(piece)

    def select(self, name: str, mask: npt.NDArray[np.bool_]) -> Column:
        """Read the values of a column where the mask [record] is true, in their order."""
        selected = np.empty(np.count_nonzero(mask), COLUMNS[name])
        end = 0
        for start, piece in self.iterate_pieces(name):
            values = piece[mask[start : start + len(piece)]]
            selected[end : end + len(values)] = values
            end += len(values)
        return selected

    def read_task_ids(self, records: npt.NDArray[np.int64]) -> list[str]:
        """Read the task_ids of the given records, which are ascending and at least one."""
        first = max(int(records[0]) - 1, 0)  # the text of the first record begins where that of another ends
        count = int(records[-1]) + 1 - first
        dtype = COLUMNS["id_end"]
        ends = np.fromfile(self._paths["id_end"], dtype, count, offset=first * dtype.itemsize)
        starts = np.where(records > 0, ends[records - 1 - first], 0)
        with self._paths["task_id"].open("rb") as stream:
            ids = []
            for start, end in zip(starts.tolist(), ends[records - first].tolist(), strict=True):
                stream.seek(start)
                ids.append(stream.read(end - start).decode())
        return ids

    def remove(self) -> None:
        """Delete the files."""
        for path in self._paths.values():
            path.unlink()

    def _flush(self) -> None:
        rows = np.frombuffer(self._buffer, COLUMNS, self._filled)
        for name in COLUMNS.names or ():
            self._streams[name].write(rows[name].tobytes())
        self._filled = 0
