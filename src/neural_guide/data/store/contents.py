"""A store, open for reading: columns in memory-mapped files, cells gathered a whole batch at a time."""

import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from neural_guide.arc.grid import PAD, Grid
from neural_guide.data.format.violations import Violations
from neural_guide.data.store import arrow_rows
from neural_guide.data.store.build import SIZES
from neural_guide.data.store.checksums import map_checked
from neural_guide.data.store.locations import lock_shared
from neural_guide.data.store.padded_cells import SIDES, Cells, ClassCells, locate_cells, read_column
from neural_guide.dsl.vocabulary import Vocabulary


class TaskGroups(NamedTuple):
    """Records grouped by task: those of `tasks[i]` are `records[offsets[i]:offsets[i + 1]]`, in file order.

    Attributes:
        offsets: int64 [group + 1].
        records: int64 [record].
        tasks: int64 [group], ascending; tasks without a selected record are left out.
    """

    offsets: npt.NDArray[np.int64]
    records: npt.NDArray[np.int64]
    tasks: npt.NDArray[np.int64]


class Store:
    """A prepared dataset. Arrays are read-only views of memory-mapped files.

    All files are opened at once and stay open. Deleting the folder, or building a store of other content, does not
    disturb the processes that have this one open. Small files are checked whole on opening, cells when they are
    first gathered.

    Records are numbered from 0 in file order, without those set aside; tasks by first appearance.

    Attributes:
        folder: the folder of its files; unique to the dataset's content.
        vocabulary: one of ours where it has all names, else the dataset's names, sorted.
        has_programs: whether we can execute the vocabulary, and the lists of primitives, executed in order, give the
            outputs.
        violations: records set aside when the store was built.
        n_records, n_tasks: numbers of records and tasks.
        task_of: int32 [record], the number of its task.
        quality, complexity: float32 [record], 0 to 1.
        side: uint8 [record], the size class: 10, 15, 20 or 30 cells.
        input_key: uint64 [record], a hash of the input grid; equal for equal grids.

    Raises:
        DamagedError: a file has changed since it was written.
        OSError: a file is missing, or the store is being removed.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = lock_shared(folder)
        meta = json.loads(map_checked(folder / "meta.json")[:])
        self.folder = folder
        self.vocabulary = Vocabulary(tuple(meta["vocabulary"]))
        self.has_programs = bool(meta["ordered"])
        self.violations = Violations.from_dict(meta["faults"])
        self.n_records = int(meta["records"])
        self.n_tasks = int(meta["tasks"])
        self.task_of: npt.NDArray[np.int32] = read_column(folder, "task")
        self.quality: npt.NDArray[np.float32] = read_column(folder, "quality")
        self.complexity: npt.NDArray[np.float32] = read_column(folder, "complexity")
        self.side: npt.NDArray[np.uint8] = read_column(folder, "side")
        self.input_key: npt.NDArray[np.uint64] = read_column(folder, "input_key")
        self._row = read_column(folder, "row")
        self._sizes = [read_column(folder, name) for name in SIZES]
        self._tasks = pa.ipc.open_file(pa.py_buffer(map_checked(folder / "tasks.arrow"))).read_all()
        paths = {side: locate_cells(folder, side) for side in np.unique(self.side).tolist()}
        mapped = sum(path.stat().st_size for path in paths.values()) <= arrow_rows.MAPPED_BYTES
        self._cells = {side: ClassCells(path, side, mapped=mapped) for side, path in paths.items()}

    def __len__(self) -> int:
        return self.n_records

    @cached_property
    def labels(self) -> npt.NDArray[np.bool_]:
        """Labels, bool [task, vocabulary]: true where the task's program uses the primitive."""
        labels = np.zeros((self.n_tasks, len(self.vocabulary)), bool)
        start = 0
        for lengths, positions in self._iterate_lists():
            labels[start + np.repeat(np.arange(len(lengths)), lengths), positions] = True
            start += len(lengths)
        labels.flags.writeable = False
        return labels

    @cached_property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Length of each task's list of primitives, int64 [task]."""
        return np.concatenate([lengths for lengths, _ in self._iterate_lists()]).astype(np.int64)

    def steps(self, most: int) -> npt.NDArray[np.int16]:
        """Return the first `most` primitives of each task's list.

        Returns:
            int16 [task, most], positions in the vocabulary, -1 after the end of a list.
        """
        steps = np.full((self.n_tasks, most), -1, np.int16)
        start = 0
        for lengths, positions in self._iterate_lists():
            tasks = np.repeat(np.arange(start, start + len(lengths)), lengths)
            columns = np.arange(len(tasks)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            kept = columns < most
            steps[tasks[kept], columns[kept]] = positions[kept]
            start += len(lengths)
        return steps

    def programs(self) -> list[tuple[str, ...]]:
        """Return the primitives of each task; they are its program where the store `has_programs`."""
        return self._programs

    def task_id(self, task: int) -> str:
        """Return the id of a task in the dataset."""
        return str(self._tasks["task_id"][task].as_py())

    def records_by_task(self, mask: npt.NDArray[np.bool_] | None = None) -> TaskGroups:
        """Group records by task.

        Args:
            mask: bool [record], the records to select; None: all.
        """
        records = np.arange(self.n_records) if mask is None else np.flatnonzero(mask)
        task = self.task_of[records]
        if np.any(task[1:] < task[:-1]):  # scattered tasks; a generated file has them in order
            order = np.argsort(task, kind="stable")
            records, task = records[order], task[order]
        begins = np.flatnonzero(np.append(True, task[1:] != task[:-1])[: len(task)])
        offsets = np.append(begins, len(records))
        return TaskGroups(offsets, records, task[begins].astype(np.int64))

    def gather(self, records: npt.NDArray[np.integer[Any]], side: int | None = None) -> tuple[Cells, Cells]:
        """Copy the grids of the given records into one array.

        Args:
            records: [...], record numbers in any order, repeats allowed; -1 stands for no record.
            side: cells a side of the canvas; None: the largest size class among the records.

        Returns:
            Inputs and outputs, uint8 [..., side, side], grids in the upper left corner, PAD around them and where
            there is no record. Both are views of one array.

        Raises:
            ValueError: the size class of a record is larger than `side`.
            DamagedError: cells have changed since they were written.
        """
        flat = records.reshape(-1)
        indices = np.flatnonzero(flat >= 0)
        flat = flat if len(indices) == len(flat) else flat[indices]
        sides, rows = self.side[flat], self._row[flat].astype(np.int64)
        present = [class_side for class_side in self._cells if (sides == class_side).any()]
        canvas = side or max(present, default=SIDES[0])
        if present and present[-1] > canvas:
            raise ValueError(f"records of size class {present[-1]} do not fit on {canvas} cells a side")
        own = np.flatnonzero(sides == canvas)
        pairs = self._make_canvases(canvas, records.size, rows[own], indices[own])
        for class_side in present:
            if class_side != canvas:
                smaller = np.flatnonzero(sides == class_side)
                self._cells[class_side].copy_to(rows[smaller], pairs, indices[smaller])
        pairs = pairs.reshape(*records.shape, 2, canvas, canvas)
        return pairs[..., 0, :, :], pairs[..., 1, :, :]

    def _make_canvases(
        self, side: int, count: int, rows: npt.NDArray[np.int64], indices: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.uint8]:
        """Return uint8 [count, 2, side, side] with rows of this size class at `indices`, and PAD elsewhere."""
        if 2 * len(rows) <= count:
            pairs = np.full((count, 2, side, side), PAD, np.uint8)
            if len(rows):
                self._cells[side].copy_to(rows, pairs, indices)
            return pairs
        # Where most are of this class, each is copied once; the first also fills the other canvases, cleared below.
        source, others = np.full(count, rows[0]), np.ones(count, bool)
        source[indices], others[indices] = rows, False
        pairs = self._cells[side].gather(source)
        pairs[others] = PAD
        return pairs

    def grids(self, record: int) -> tuple[Grid, Grid]:
        """Return input and output of a record, without padding."""
        return self.pairs(np.array([record]))[0]

    def pairs(self, records: npt.NDArray[np.integer[Any]]) -> list[tuple[Grid, Grid]]:
        """Return input and output of each of the given records [record], without padding."""
        inputs, outputs = self.gather(records)
        sizes = zip(*(size[records].tolist() for size in self._sizes), strict=True)
        return [
            (inputs[index, :height, :width], outputs[index, :output_height, :output_width])
            for index, (height, width, output_height, output_width) in enumerate(sizes)
        ]

    def _iterate_lists(self) -> Iterator[tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]]:
        """Iterate over chunks of tasks: the lengths of their lists of primitives, and the lists concatenated.

        Arrow's `value_lengths` and `flatten` first import its compute module, which costs a first batch 0.1 s.
        """
        for chunk in self._tasks["program"].chunks:
            offsets = chunk.offsets.to_numpy()
            yield np.diff(offsets), chunk.values.to_numpy()[offsets[0] : offsets[-1]]

    @cached_property
    def _programs(self) -> list[tuple[str, ...]]:
        names = self.vocabulary.names
        known: dict[tuple[int, ...], tuple[str, ...]] = {}  # tasks share programs: a million tuples take 100 MB
        return [
            known.setdefault(positions, tuple(names[position] for position in positions))
            for chunk in self._tasks["program"].chunks
            for positions in map(tuple, chunk.to_pylist())
        ]
