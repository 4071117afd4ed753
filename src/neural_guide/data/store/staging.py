"""Columns of a store while it is built, on disk, so that memory does not grow with the dataset."""

import hashlib
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neural_guide.data.format.records import LocatedRecord

SPOOL_ROWS = 8192
PIECE_ROWS = 1 << 16  # of a column, read at once
SPOOLED = np.dtype(
    [
        ("task_key", np.int64),  # hashes of the task_id, and of task_id, input and output, of this process
        ("pair_key", np.int64),
        ("input_key", np.uint64),  # the same on every machine and run
        ("id_end", np.int64),  # where the record's task_id ends in the file of all task_ids
        ("number", np.int64),  # of the record in the dataset, bad ones counted
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
    """Columns that grow on disk, and the task_ids of all records, one after another.

    Attributes:
        rows: records so far.
    """

    def __init__(self, folder: Path) -> None:
        self.rows = 0
        self._paths = {name: folder / f"{name}.spool" for name in (*SPOOLED.names, "task_id")}  # type: ignore[misc]
        self._streams = {name: path.open("wb") for name, path in self._paths.items()}
        self._chunk = bytearray(SPOOL_ROWS * ROW.size)
        self._filled = 0
        self._id_end = 0

    def __enter__(self) -> "StagedColumns":
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        for stream in self._streams.values():
            stream.close()

    def add(self, placed: LocatedRecord, side: int, row: int, program: int, replay: int) -> None:
        """Append a record whose cells are written and whose program is numbered."""
        record = placed.record
        task_id = record.task_id.encode()
        self._id_end += self._streams["task_id"].write(task_id)
        input_text = bytes(record.input.shape) + record.input.tobytes()
        ROW.pack_into(
            self._chunk,
            self._filled * ROW.size,
            hash(task_id),
            hash((task_id, input_text, bytes(record.output.shape), record.output.tobytes())),
            int.from_bytes(hashlib.blake2b(input_text, digest_size=8).digest()),
            self._id_end,
            placed.number,
            placed.byte,
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
        if self._filled == SPOOL_ROWS:
            self._flush()

    def column(self, name: str) -> Column:
        """A column, [record], read into memory."""
        return np.fromfile(self._paths[name], SPOOLED[name])

    def pieces(self, name: str) -> Iterator[tuple[int, Column]]:
        """A column piece by piece, each with the record it begins with."""
        kind, start = SPOOLED[name], 0
        with self._paths[name].open("rb") as stream:
            while piece := stream.read(PIECE_ROWS * kind.itemsize):
                rows = np.frombuffer(piece, kind)
                yield start, rows
                start += len(rows)

    def chosen(self, name: str, mask: npt.NDArray[np.bool_]) -> Column:
        """A column of some records: those of a mask [record], in their order."""
        found = np.empty(np.count_nonzero(mask), SPOOLED[name])
        end = 0
        for start, piece in self.pieces(name):
            some = piece[mask[start : start + len(piece)]]
            found[end : end + len(some)] = some
            end += len(some)
        return found

    def task_ids(self, records: npt.NDArray[np.int64]) -> list[str]:
        """The task_id of some records, ascending."""
        before = max(int(records[0]) - 1, 0)  # where the first record's text begins, another ends
        count = int(records[-1]) + 1 - before
        kind = SPOOLED["id_end"]
        ends = np.fromfile(self._paths["id_end"], kind, count, offset=before * kind.itemsize)
        starts = np.where(records > 0, ends[records - 1 - before], 0)
        with self._paths["task_id"].open("rb") as stream:
            ids = []
            for start, end in zip(starts.tolist(), ends[records - before].tolist(), strict=True):
                stream.seek(start)
                ids.append(stream.read(end - start).decode())
        return ids

    def remove(self) -> None:
        """Delete the files."""
        for path in self._paths.values():
            path.unlink()

    def _flush(self) -> None:
        rows = np.frombuffer(self._chunk, SPOOLED, self._filled)
        for name in SPOOLED.names or ():
            self._streams[name].write(rows[name].tobytes())
        self._filled = 0
