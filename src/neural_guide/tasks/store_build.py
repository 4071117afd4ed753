"""Turns a dataset into the files of a store, reading it once.

Cells are written as they come. The small columns are spooled to files beside them, a column each, because
tasks can be numbered only after the last record: the records of a task may stand anywhere in the file.
Memory does not grow while records are read; numbering the tasks then takes about 50 bytes a record.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from neural_guide.dsl.program import replays
from neural_guide.dsl.vocabulary import V2, Vocabulary, executable
from neural_guide.grid import Grid
from neural_guide.task import Pair
from neural_guide.tasks.cells import CellsWriter, write_columns
from neural_guide.tasks.faults import RULE_LABELS, Faults
from neural_guide.tasks.records import Placed, Record, read_placed

SPOOL_ROWS = 8192
REPLAYED = 512  # at least so many records, spread evenly, tell whether lists of primitives are programs
REPLAY_SHARE = 0.95
TASK_IDS_AT_ONCE = 1 << 16
SPOOLED = np.dtype(
    [
        ("task_key", np.uint64),
        ("input_key", np.uint64),
        ("id_end", np.int64),  # where the record's task_id ends in the file of all task_ids
        ("number", np.int64),  # of the record in the dataset, bad ones counted
        ("byte", np.int64),
        ("program", np.int32),  # number of the list of primitives, by first appearance
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
SIZES = ("input_height", "input_width", "output_height", "output_width")
KEPT = ("row", "quality", "complexity", "side", "input_key", *SIZES)

Column = npt.NDArray[Any]
Programs = dict[tuple[str, ...], int]


def build_files(dataset: Path, folder: Path, on_byte: Callable[[int], None]) -> dict[str, Any]:
    """Write `cells-*.arrow`, `index.arrow` and `tasks.arrow` of a dataset into a folder.

    Args:
        dataset: records as `read_records` takes them.
        folder: exists and is empty.
        on_byte: told now and then how many bytes are read.

    Returns:
        What there is to say about the store in `meta.json`: vocabulary, counts, faults.

    Raises:
        UserError: the dataset is damaged, or every record was set aside.
    """
    faults = Faults()
    programs: Programs = {}
    sample = EvenSample(REPLAYED)
    with Spool(folder) as spool, CellsWriter(folder) as cells:
        for placed in read_placed(dataset, faults):
            spool.add(placed, *cells.add(placed.record.input, placed.record.output), programs)
            sample.offer(placed.record)
            if placed.number % 1024 == 0:
                on_byte(placed.byte)
    if not spool.rows:
        faults.check(0.0)
    tasks, first = _number_tasks(spool.column("task_key"))
    kept = _same_labels(spool, tasks, first, list(programs), faults)
    columns = {"task": pa.array(tasks[kept])}
    columns |= {name: pa.array(spool.column(name)[kept]) for name in KEPT}
    write_columns(folder / "index.arrow", columns)
    vocabulary = _vocabulary(programs)
    _write_tasks(folder, spool, first, list(programs), vocabulary)
    spool.remove()
    return {
        "vocabulary": list(vocabulary.names),
        "records": int(kept.sum()),
        "tasks": len(first),
        "ordered": executable(vocabulary) and _replays(sample.records),
        "faults": faults.as_dict(),
    }


class EvenSample:
    """Records spread evenly over a stream of unknown length: `least` to twice as many, or all if fewer.

    Taken while they pass: looking them up in the store afterwards would map most of it into memory.

    Attributes:
        records: the sample so far, in the order of the stream.
    """

    def __init__(self, least: int) -> None:
        self.records: list[Record] = []
        self._least = least
        self._stride = 1
        self._offered = 0

    def offer(self, record: Record) -> None:
        """Take the record if its turn has come."""
        if self._offered % self._stride == 0:
            self.records.append(record)
            if len(self.records) == 2 * self._least:
                del self.records[1::2]
                self._stride *= 2
        self._offered += 1


def _replays(records: list[Record]) -> bool:
    """Whether lists of primitives, executed in order, give the outputs."""
    right = sum(replays(record.primitives, Pair(record.input, record.output)) for record in records)
    return right >= REPLAY_SHARE * len(records)


class Spool:
    """Columns that grow on disk, and the task_ids of all records, one after another.

    Attributes:
        rows: records so far.
    """

    def __init__(self, folder: Path) -> None:
        self.rows = 0
        self._paths = {name: folder / f"{name}.spool" for name in (*SPOOLED.names, "task_id")}  # type: ignore[misc]
        self._streams = {name: path.open("wb") for name, path in self._paths.items()}
        self._chunk = np.zeros(SPOOL_ROWS, SPOOLED)
        self._filled = 0
        self._id_end = 0

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        for stream in self._streams.values():
            stream.close()

    def add(self, placed: Placed, side: int, row: int, programs: Programs) -> None:
        """Append a record whose cells are written; its program is numbered if it is new."""
        record = placed.record
        task_id = record.task_id.encode()
        self._id_end += self._streams["task_id"].write(task_id)
        self._chunk[self._filled] = (
            int.from_bytes(hashlib.blake2b(task_id, digest_size=8).digest()),
            grid_key(record.input),
            self._id_end,
            placed.number,
            placed.byte,
            programs.setdefault(record.primitives, len(programs)),
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

    def task_ids(self, records: npt.NDArray[np.int64]) -> list[str]:
        """The task_id of some records."""
        ends = self.column("id_end")
        starts = np.where(records > 0, ends[records - 1], 0)
        with self._paths["task_id"].open("rb") as stream:
            ids = []
            for start, end in zip(starts.tolist(), ends[records].tolist(), strict=True):
                stream.seek(start)
                ids.append(stream.read(end - start).decode())
        return ids

    def remove(self) -> None:
        """Delete the files."""
        for path in self._paths.values():
            path.unlink()

    def _flush(self) -> None:
        for name in SPOOLED.names or ():
            self._streams[name].write(self._chunk[name][: self._filled].tobytes())
        self._filled = 0


def grid_key(grid: Grid) -> int:
    """A hash of a grid, 64 bits: equal for equal grids, the same on every machine and run."""
    return int.from_bytes(hashlib.blake2b(bytes(grid.shape) + grid.tobytes(), digest_size=8).digest())


def _number_tasks(task_keys: Column) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Tasks by first appearance: int32 [record] each record's task, int64 [task] each task's first record.

    By the hash of the task_id: a million texts in a dict would take more memory than the rest together, and
    two of a million share one of 2**64 hashes with a chance of 3 in 100 million.
    """
    _, first, inverse = np.unique(task_keys, return_index=True, return_inverse=True)
    order = np.argsort(first)
    number = np.empty(len(first), np.int32)
    number[order] = np.arange(len(first), dtype=np.int32)
    return number[inverse], first[order].astype(np.int64)


def _same_labels(
    spool: Spool, tasks: Column, first: Column, programs: list[tuple[str, ...]], faults: Faults
) -> npt.NDArray[np.bool_]:
    """Mask, bool [record]: whether its primitives are those of its task's first record; counts the others."""
    sets: dict[frozenset[str], int] = {}
    set_of = np.array([sets.setdefault(frozenset(program), len(sets)) for program in programs], np.int32)
    labels = set_of[spool.column("program")]
    kept: npt.NDArray[np.bool_] = labels == labels[first][tasks]
    odd = np.flatnonzero(~kept)
    if odd.size:
        numbers, bytes_ = spool.column("number"), spool.column("byte")
        for at in odd[:3]:
            (task_id,) = spool.task_ids(np.array([at]))
            fact = f"primitives differ from those of the first record of task {json.dumps(task_id)}"
            faults.add(RULE_LABELS, fact, int(numbers[at]), int(bytes_[at]))
        faults.counts[RULE_LABELS] = len(odd)
    return kept


def _vocabulary(programs: Programs) -> Vocabulary:
    """Ours, whole and in its order, where every name is ours; else the data's names, sorted."""
    names = {name for program in programs for name in program}
    return V2 if names <= set(V2.names) else Vocabulary(tuple(sorted(names)))


def _write_tasks(
    folder: Path,
    spool: Spool,
    first: npt.NDArray[np.int64],
    programs: list[tuple[str, ...]],
    vocabulary: Vocabulary,
) -> None:
    """Write `tasks.arrow`: task_id and program (positions in the vocabulary) of each task."""
    position = {name: place for place, name in enumerate(vocabulary.names)}
    coded = [[position[name] for name in program] for program in programs]
    program_of = spool.column("program")[first]
    schema = pa.schema([("task_id", pa.string()), ("program", pa.list_(pa.int32()))])
    with pa.ipc.new_file(str(folder / "tasks.arrow"), schema) as writer:
        for start in range(0, len(first), TASK_IDS_AT_ONCE):
            part = slice(start, start + TASK_IDS_AT_ONCE)
            ids = pa.array(spool.task_ids(first[part]), pa.string())
            chosen = pa.array([coded[number] for number in program_of[part].tolist()], pa.list_(pa.int32()))
            writer.write_batch(pa.record_batch([ids, chosen], schema=schema))
