"""The cells of a store: one Arrow file per size class, its rows padded beforehand to the class's side.

Every row of a file has the same length, so that a batch is gathered by address, all rows at once.
"""

import mmap
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
        self._chunk = np.full((2, CHUNK_ROWS, side, side), PAD, np.uint8)
        column = pa.binary(side * side)
        self._schema = pa.schema([("input", column), ("output", column)])
        self._writer = pa.ipc.new_file(str(cells_path(folder, side)), self._schema)

    def add(self, input_grid: Grid, output_grid: Grid) -> int:
        """Append a record's grids, each in the upper left corner; returns its row."""
        row = self._filled
        self._chunk[0, row, : input_grid.shape[0], : input_grid.shape[1]] = input_grid
        self._chunk[1, row, : output_grid.shape[0], : output_grid.shape[1]] = output_grid
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
        kind = pa.binary(self._side * self._side)
        filled = self._chunk[:, : self._filled]
        columns = [pa.Array.from_buffers(kind, self._filled, [None, pa.py_buffer(grids)]) for grids in filled]
        self._writer.write_batch(pa.record_batch(columns, schema=self._schema))
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
    """The cells of one size class, memory-mapped.

    Attributes:
        side: cells a side.
    """

    def __init__(self, path: Path, side: int) -> None:
        self.side = side
        mapped = map_file(path)
        reader = pa.ipc.open_file(pa.py_buffer(mapped))
        flat = np.frombuffer(mapped, np.uint8)
        origin = flat.ctypes.data
        batches = [reader.get_batch(number) for number in range(reader.num_record_batches)]
        self._starts = np.array(  # [input or output, chunk]: byte of the chunk's first row
            [[batch.column(which).buffers()[1].address - origin for batch in batches] for which in (0, 1)],
            np.int64,
        )
        self._row_bytes = side * side
        # A row may begin at any byte of the file, as far as numpy knows: overlapping windows, never copied.
        self._windows = np.lib.stride_tricks.sliding_window_view(flat, self._row_bytes)

    def gather(self, rows: npt.NDArray[np.int64]) -> tuple[Cells, Cells]:
        """Inputs and outputs of some rows, each uint8 [row, side, side]; copies."""
        chunk, within = np.divmod(rows, CHUNK_ROWS)
        within *= self._row_bytes
        shape = (len(rows), self.side, self.side)
        inputs = self._windows[self._starts[0, chunk] + within].reshape(shape)
        return inputs, self._windows[self._starts[1, chunk] + within].reshape(shape)


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
