"""Byte rows of equal length in an Arrow file. A batch of rows is gathered by address, all rows at once."""

import mmap
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from neural_guide.data.store.checksums import CheckedFile, write_checksums

MAPPED_BYTES = 256 << 20  # larger files are read row by row, so that memory stays flat

RowBytes = npt.NDArray[np.uint8]


class RowsWriter:
    """Writer of a file of rows, chunk by chunk.

    Args:
        path: the file.
        name: name of the column.
        row_bytes: bytes of a row.
    """

    def __init__(self, path: Path, name: str, row_bytes: int) -> None:
        self._schema = pa.schema([(name, pa.binary(row_bytes))])
        self._writer = pa.ipc.new_file(str(path), self._schema)

    def write(self, rows: RowBytes) -> None:
        """Append a chunk: uint8 [row, ...], contiguous. Only the last chunk may have fewer rows than the first."""
        column = pa.Array.from_buffers(self._schema.types[0], len(rows), [None, pa.py_buffer(rows)])
        self._writer.write_batch(pa.record_batch([column], schema=self._schema))

    def close(self) -> None:
        """Write the file's footer."""
        self._writer.close()


def write_row_checksums(path: Path) -> None:
    """Write the checksums of a finished file of rows, with the positions at which its chunks begin."""
    with path.open("rb") as stream:
        pages = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    flat = np.frombuffer(pages, np.uint8)
    reader = pa.ipc.open_file(pa.py_buffer(pages))
    chunks = [reader.get_batch(number).column(0) for number in range(reader.num_record_batches)]
    starts = [chunk.buffers()[1].address - flat.ctypes.data for chunk in chunks]
    write_checksums(path, chunk_starts=starts, chunk_rows=len(chunks[0]), rows=sum(map(len, chunks)))


class Rows:
    """A finished file of rows, open for reading. Every row is checked before it is used.

    Args:
        path: the file.
        row_bytes: bytes of a row.
        mapped: whether rows are looked up in memory-mapped pages, which is fastest; otherwise each is read by a
            system call of its own. Mapped pages count as memory of the process, and one access can map 2 MiB around
            a row. Read a file that is larger than memory, or than the part of it that is needed.

    Raises:
        DamagedError: bytes outside the rows have changed.
        OSError: the file cannot be opened.
    """

    def __init__(self, path: Path, row_bytes: int, *, mapped: bool) -> None:
        self._row_bytes = row_bytes
        self._file = CheckedFile(path)
        self._chunk_rows, self._starts = self._file.chunk_rows, self._file.chunk_starts
        self._rows: int = self._file.rows
        last_rows = self._rows - (len(self._starts) - 1) * self._chunk_rows
        self._file.check_ends(int(self._starts[0]), int(self._starts[-1]) + last_rows * row_bytes)
        self._windows: npt.NDArray[np.void] | None = None
        if mapped:  # overlapping items, one from every byte on: numpy copies an item faster than as many bytes
            pages, item = mmap.mmap(self._file.handle, 0, access=mmap.ACCESS_READ), np.dtype(("V", row_bytes))
            self._windows = np.ndarray((len(pages) - row_bytes + 1,), item, pages, strides=(1,))

    def __len__(self) -> int:
        return self._rows

    def gather(self, rows: npt.NDArray[np.int64]) -> RowBytes:
        """Return a copy of the given rows [row]: uint8 [row, byte].

        Raises:
            DamagedError: a byte near them has changed since the file was written.
        """
        chunks, rows_in_chunk = np.divmod(rows, self._chunk_rows)
        starts = self._starts[chunks] + rows_in_chunk * self._row_bytes
        self._file.check_spans(starts, self._row_bytes)
        if self._windows is None:
            return self._read(starts)
        gathered: RowBytes = self._windows[starts].view(np.uint8)
        return gathered.reshape(len(starts), self._row_bytes)

    def _read(self, starts: npt.NDArray[np.int64]) -> RowBytes:
        gathered = np.empty((len(starts), self._row_bytes), np.uint8)
        view, end, handle = gathered.reshape(-1).data, 0, self._file.handle
        for start in starts.tolist():
            if os.preadv(handle, (view[end : end + self._row_bytes],), start) != self._row_bytes:
                raise OSError(f"{self._file.path} ends within a row; delete its folder and run again")
            end += self._row_bytes
        return gathered
