"""The cells of a store: one Arrow file per size class, its rows padded beforehand to the class's side.

Every row of a file has the same length, so that a batch is gathered by address, all rows at once.
"""

import mmap
import os
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from neural_guide.grid import PAD, Grid

SIDES = (10, 15, 20, 30)  # cells; a record is in the smallest class that holds both of its grids
CHUNK_ROWS = 4096  # rows in one Arrow batch; the four classes then buffer 13 MB while a store is built

Cells = npt.NDArray[np.uint8]


def class_side(largest: int) -> int:
    """The smallest side of a size class that holds a grid whose larger side is `largest`."""
    return next(side for side in SIDES if side >= largest)


def cells_path(folder: Path, side: int) -> Path:
    """The file with the cells of one size class."""
    return folder / f"cells-{side}.arrow"


class ClassWriter:
    """Writes the cells of one size class, chunk by chunk."""

    def __init__(self, folder: Path, side: int) -> None:
        self.rows = 0
        self._side = side
        self._filled = 0
        self._chunk = np.full((CHUNK_ROWS, 2, side, side), PAD, np.uint8)
        self._schema = pa.schema([("input_output", pa.binary(2 * side * side))])
        self._writer = pa.ipc.new_file(str(cells_path(folder, side)), self._schema)

    def add(self, input_grid: Grid, output_grid: Grid) -> int:
        """Append a record's grids, each in the upper left corner; returns its row."""
        row = self._filled
        self._chunk[row, 0, : input_grid.shape[0], : input_grid.shape[1]] = input_grid
        self._chunk[row, 1, : output_grid.shape[0], : output_grid.shape[1]] = output_grid
        self._filled += 1
        self.rows += 1
        if self._filled == CHUNK_ROWS:
            self._flush()
        return self.rows - 1

    def close(self) -> None:
        """Write what is left and the file's footer."""
        if self._filled:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        rows = pa.py_buffer(self._chunk[: self._filled])
        column = pa.Array.from_buffers(self._schema.types[0], self._filled, [None, rows])
        self._writer.write_batch(pa.record_batch([column], schema=self._schema))
        self._chunk.fill(PAD)
        self._filled = 0


class CellsWriter:
    """Writes the cells of all records into a folder, a file for each size class that occurs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._classes: dict[int, ClassWriter] = {}

    def __enter__(self) -> "CellsWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._classes.values():
            writer.close()

    def add(self, input_grid: Grid, output_grid: Grid) -> tuple[int, int]:
        """Append a record; returns its size class and its row there."""
        side = class_side(max(*input_grid.shape, *output_grid.shape))
        if side not in self._classes:
            self._classes[side] = ClassWriter(self._folder, side)
        return side, self._classes[side].add(input_grid, output_grid)


class ClassCells:
    """The cells of one size class.

    Args:
        path: the file.
        side: cells a side.
        mapped: look rows up in memory-mapped pages, which is fastest; else read each with a call of its own.
            Mapped pages count as memory of the process, and one look can map 2 MiB around a row: a store
            larger than memory, or than what is wanted of it, is better read.
    """

    def __init__(self, path: Path, side: int, *, mapped: bool) -> None:
        self.side = side
        self._row_bytes = 2 * side * side
        self._stream = path.open("rb", buffering=0)
        bytes_ = map_file(path)
        reader = pa.ipc.open_file(pa.py_buffer(bytes_))
        flat = np.frombuffer(bytes_, np.uint8)
        chunks = [reader.get_batch(number).column(0) for number in range(reader.num_record_batches)]
        self._starts = np.array(  # int64 [chunk]: byte of its first row in the file
            [chunk.buffers()[1].address - flat.ctypes.data for chunk in chunks], np.int64
        )
        self._windows: Cells | None = None
        if mapped:  # numpy may then copy rows from any byte on: overlapping windows, themselves no copy
            self._windows = np.lib.stride_tricks.sliding_window_view(flat, self._row_bytes)

    def gather(self, rows: npt.NDArray[np.int64]) -> Cells:
        """Input and output of some rows, uint8 [row, 2, side, side]; copied."""
        chunk, within = np.divmod(rows, CHUNK_ROWS)
        starts = self._starts[chunk] + within * self._row_bytes
        found = self._read(starts) if self._windows is None else self._windows[starts]
        return found.reshape(len(rows), 2, self.side, self.side)

    def _read(self, starts: npt.NDArray[np.int64]) -> Cells:
        found = np.empty((len(starts), self._row_bytes), np.uint8)
        view, end, handle = found.reshape(-1).data, 0, self._stream.fileno()
        for start in starts.tolist():
            if os.preadv(handle, (view[end : end + self._row_bytes],), start) != self._row_bytes:
                raise OSError(f"{self._stream.name} ends within a row; delete its folder and run again")
            end += self._row_bytes
        return found


def map_file(path: Path) -> mmap.mmap:
    """A file's bytes, read-only, in memory only as far as they are looked at."""
    with path.open("rb") as stream:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def read_columns(path: Path) -> dict[str, pa.Array]:
    """The columns of an Arrow file that was written as a single batch, memory-mapped."""
    batch = pa.ipc.open_file(pa.py_buffer(map_file(path))).get_batch(0)
    return dict(zip(batch.schema.names, batch.columns, strict=True))


def write_columns(path: Path, columns: dict[str, pa.Array]) -> None:
    """Write an Arrow file of a single batch, so that each column lies in one piece."""
    batch = pa.record_batch(list(columns.values()), names=list(columns))
    with pa.ipc.new_file(str(path), batch.schema) as writer:
        writer.write_batch(batch)
