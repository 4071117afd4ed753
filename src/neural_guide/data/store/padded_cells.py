"""The cells of a store: one Arrow file per size class, with rows padded to the side of the class.

All rows of a file have the same length, so a batch is gathered by address, all rows at once.
"""

from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from neural_guide.arc.grid import PAD, Grid
from neural_guide.data.store.arrow_rows import Rows, RowsWriter
from neural_guide.data.store.checksums import map_checked

SIDES = (10, 15, 20, 30)  # cells; a record is in the smallest class that holds both of its grids
_CLASS = tuple(next(side for side in SIDES if side >= largest) for largest in range(SIDES[-1] + 1))
CHUNK_ROWS = 4096  # rows in one Arrow batch; the four classes then buffer 13 MB while a store is built

Cells = npt.NDArray[np.uint8]


def find_class_side(largest: int) -> int:
    """Return the side of the smallest size class that holds a grid whose larger side is `largest`, 1 to 30."""
    return _CLASS[largest]


def locate_cells(folder: Path, side: int) -> Path:
    """Return the path of the cells of one size class."""
    return folder / f"cells-{side}.arrow"


class ClassWriter:
    """Writer of the cells of one size class, chunk by chunk."""

    def __init__(self, folder: Path, side: int) -> None:
        self.rows = 0
        self._filled = 0
        self._chunk = np.full((CHUNK_ROWS, 2, side, side), PAD, np.uint8)
        self._writer = RowsWriter(locate_cells(folder, side), "input_output", 2 * side * side)

    def add(self, input_grid: Grid, output_grid: Grid) -> int:
        """Append a record's grids, each in the upper left corner; return its row."""
        row = self._filled
        self._chunk[row, 0, : input_grid.shape[0], : input_grid.shape[1]] = input_grid
        self._chunk[row, 1, : output_grid.shape[0], : output_grid.shape[1]] = output_grid
        self._filled += 1
        self.rows += 1
        if self._filled == CHUNK_ROWS:
            self._flush()
        return self.rows - 1

    def close(self) -> None:
        """Write the remaining rows and the file's footer."""
        if self._filled:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        self._writer.write(self._chunk[: self._filled])
        self._chunk.fill(PAD)
        self._filled = 0


class CellsWriter:
    """Writer of the cells of all records into a folder, with a file for each size class that occurs."""

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
        """Append a record; return its size class and its row there."""
        side = find_class_side(max(*input_grid.shape, *output_grid.shape))
        if side not in self._classes:
            self._classes[side] = ClassWriter(self._folder, side)
        return side, self._classes[side].add(input_grid, output_grid)


class ClassCells:
    """The cells of one size class, open for reading.

    Args:
        path: a file that `ClassWriter` wrote.
        side: cells a side of its grids.
        mapped: as `Rows` takes it.
    """

    def __init__(self, path: Path, side: int, *, mapped: bool) -> None:
        self.side = side
        self._rows = Rows(path, 2 * side * side, mapped=mapped)

    def gather(self, rows: npt.NDArray[np.int64]) -> Cells:
        """Return a copy of inputs and outputs of the given rows [row]: uint8 [row, 2, side, side]."""
        return self._rows.gather(rows).reshape(len(rows), 2, self.side, self.side)

    def copy_to(self, rows: npt.NDArray[np.int64], pairs: Cells, indices: npt.NDArray[np.int64]) -> None:
        """Copy rows into the upper left corners of canvases.

        Args:
            rows: int64 [row], rows to copy.
            pairs: uint8 [pair, 2, side, side], the canvases; their side may be larger.
            indices: int64 [row], the pair that each row is copied to.
        """
        line = np.dtype(("V", self.side))  # lines of a grid are copied as items, which is faster than as bytes
        lines = pairs[..., : self.side].view(line)[..., 0]
        lines[indices, :, : self.side] = self._rows.gather(rows).view(line).reshape(-1, 2, self.side)


def locate_column(folder: Path, name: str) -> Path:
    """Return the path of one small column of all records."""
    return folder / f"index-{name}.arrow"


def read_column(folder: Path, name: str) -> npt.NDArray[Any]:
    """Read a column that `write_column` wrote, [record]; checked and memory-mapped.

    Raises DamagedError and OSError as `map_checked`.
    """
    batch = pa.ipc.open_file(pa.py_buffer(map_checked(locate_column(folder, name)))).get_batch(0)
    column: npt.NDArray[Any] = batch.column(0).to_numpy()
    return column


def write_column(folder: Path, name: str, values: npt.NDArray[Any]) -> None:
    """Write a column, [record], as an Arrow file of a single batch, so that it is contiguous.

    Each column has its own file, so that a store is built with one column in memory at a time.
    """
    batch = pa.record_batch([pa.array(values)], names=[name])
    with pa.ipc.new_file(str(locate_column(folder, name)), batch.schema) as writer:
        writer.write_batch(batch)
