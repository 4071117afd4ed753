"""A store, open for reading: its columns in memory-mapped files, its cells gathered a whole batch at a time."""

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
    """Records by task: those of `tasks[i]` are `records[offsets[i]:offsets[i + 1]]`, in file order.

    Attributes:
        offsets: int64 [group + 1].
        records: int64 [record].
        tasks: int64 [group], ascending; tasks without a chosen record are left out.
    """

    offsets: npt.NDArray[np.int64]
    records: npt.NDArray[np.int64]
    tasks: npt.NDArray[np.int64]


class Store:
    """A dataset, prepared. Arrays are read-only views of memory-mapped files.

    All files are opened at once and held: who deletes the folder, or builds a store of other content, does not
    disturb who has this one open. Small files are checked whole here, cells when they are first gathered.

    Records are numbered from 0 in file order, without those set aside; tasks by first appearance.

    Attributes:
        folder: where its files are; unique to the dataset's content.
        vocabulary: ours where all names are ours, else the data's names, sorted.
        has_programs: whether we can execute the vocabulary and replaying lists of primitives gives the outputs.
        violations: what was set aside when the store was built.
        n_records, n_tasks: how many there are.
        task_of: int32 [record].
        quality, complexity: float32 [record], 0 to 1.
        side: uint8 [record], the size class: 10, 15, 20 or 30.
        input_key: uint64 [record], a hash of the input grid; equal for equal grids.

    Raises:
        DamagedError: a file is not as it was written.
        OSError: a file is missing, or the store is being removed.
    """

    def __init__(self, folder: Path) -> None:
        self._held = lock_shared(folder)
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
        for lengths, places in self._listed():
            labels[start + np.repeat(np.arange(len(lengths)), lengths), places] = True
            start += len(lengths)
        labels.flags.writeable = False
        return labels

    @cached_property
    def lengths(self) -> npt.NDArray[np.int64]:
        """How many primitives each task lists, int64 [task]."""
        return np.concatenate([lengths for lengths, _ in self._listed()]).astype(np.int64)

    def steps(self, most: int) -> npt.NDArray[np.int16]:
        """The first primitives of each task's list, int16 [task, most]: places in the vocabulary, -1 behind the end."""
        found = np.full((self.n_tasks, most), -1, np.int16)
        start = 0
        for lengths, places in self._listed():
            tasks = np.repeat(np.arange(start, start + len(lengths)), lengths)
            columns = np.arange(len(tasks)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            kept = columns < most
            found[tasks[kept], columns[kept]] = places[kept]
            start += len(lengths)
        return found

    def programs(self) -> list[tuple[str, ...]]:
        """The primitives of each task; a program where the store `has_programs`."""
        return self._programs

    def task_id(self, task: int) -> str:
        """The id of a task in the dataset."""
        return str(self._tasks["task_id"][task].as_py())

    def records_by_task(self, mask: npt.NDArray[np.bool_] | None = None) -> TaskGroups:
        """Records grouped by task.

        Args:
            mask: bool [record], the records to take; None: all.
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
        """The grids of some records, copied into one array.

        Args:
            records: [...] record numbers, in any order, repeats allowed; -1 stands for no record.
            side: cells a side of the canvas; None: the largest size class among the records.

        Returns:
            Inputs and outputs, uint8 [..., side, side], grids in the upper left corner, PAD around them and where
            there is no record. Both are views of one array.

        Raises:
            ValueError: a record is of a larger size class than `side`.
            DamagedError: cells have changed since they were written.
        """
        flat = records.reshape(-1)
        at = np.flatnonzero(flat >= 0)
        flat = flat if len(at) == len(flat) else flat[at]
        sides, rows = self.side[flat], self._row[flat].astype(np.int64)
        present = [each for each in self._cells if (sides == each).any()]
        canvas = side or max(present, default=SIDES[0])
        if present and present[-1] > canvas:
            raise ValueError(f"records of size class {present[-1]} do not fit on {canvas} cells a side")
        own = np.flatnonzero(sides == canvas)
        pairs = self._canvases(canvas, records.size, rows[own], at[own])
        for each in present:
            if each != canvas:
                chosen = np.flatnonzero(sides == each)
                self._cells[each].put(rows[chosen], pairs, at[chosen])
        pairs = pairs.reshape(*records.shape, 2, canvas, canvas)
        return pairs[..., 0, :, :], pairs[..., 1, :, :]

    def _canvases(
        self, side: int, count: int, rows: npt.NDArray[np.int64], at: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.uint8]:
        """So many canvases, uint8 [count, 2, side, side]: rows of this size class where they go, PAD elsewhere."""
        if 2 * len(rows) <= count:
            pairs = np.full((count, 2, side, side), PAD, np.uint8)
            if len(rows):
                self._cells[side].put(rows, pairs, at)
            return pairs
        # Where most are of this class, each is copied once: one of them also to all other places, then cleared.
        source, others = np.full(count, rows[0]), np.ones(count, bool)
        source[at], others[at] = rows, False
        pairs = self._cells[side].gather(source)
        pairs[others] = PAD
        return pairs

    def grids(self, record: int) -> tuple[Grid, Grid]:
        """Input and output of a record, without padding."""
        return self.pairs(np.array([record]))[0]

    def pairs(self, records: npt.NDArray[np.integer[Any]]) -> list[tuple[Grid, Grid]]:
        """Input and output of each of some records, without padding."""
        inputs, outputs = self.gather(records)
        sizes = zip(*(size[records].tolist() for size in self._sizes), strict=True)
        return [
            (inputs[at, :high, :wide], outputs[at, :out_high, :out_wide])
            for at, (high, wide, out_high, out_wide) in enumerate(sizes)
        ]

    def _listed(self) -> Iterator[tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]]:
        """Lengths of some tasks' lists of primitives, and the lists one after the other, chunk by chunk.

        Arrow's `value_lengths` and `flatten` first import all it can compute, which takes a first batch 0.1 s.
        """
        for chunk in self._tasks["program"].chunks:
            offsets = chunk.offsets.to_numpy()
            yield np.diff(offsets), chunk.values.to_numpy()[offsets[0] : offsets[-1]]

    @cached_property
    def _programs(self) -> list[tuple[str, ...]]:
        names = self.vocabulary.names
        known: dict[tuple[int, ...], tuple[str, ...]] = {}  # tasks share programs: a million tuples are 100 MB
        return [
            known.setdefault(places, tuple(names[place] for place in places))
            for chunk in self._tasks["program"].chunks
            for places in map(tuple, chunk.to_pylist())
        ]
