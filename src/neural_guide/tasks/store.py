"""Prepared data: built once per dataset content, memory-mapped, gathered a whole batch at a time."""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from filelock import FileLock

from neural_guide.dsl.vocabulary import V2, Vocabulary
from neural_guide.errors import UserError
from neural_guide.grid import PAD, Grid
from neural_guide.tasks.cells import SIDES, Cells, ClassCells, cells_path, map_file, read_columns
from neural_guide.tasks.faults import Faults
from neural_guide.tasks.progress import shown
from neural_guide.tasks.store_build import SIZES, build_files

MAPPED_BYTES = 128 << 20  # of cells; larger stores are read row by row, so that memory stays flat
FORMAT = 2  # of the files; a store of another format is built again


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

    Records are numbered from 0 in file order, without those set aside; tasks by first appearance.

    Attributes:
        folder: where its files are; unique to the dataset's content.
        vocabulary: ours where all names are ours, else the data's names, sorted.
        ordered: whether we can execute the vocabulary and replaying lists of primitives gives the outputs.
        faults: what was set aside when the store was built.
        n_records, n_tasks: how many there are.
        task_of: int32 [record].
        quality, complexity: float32 [record], 0 to 1.
        side: uint8 [record], the size class: 10, 15, 20 or 30.
        input_key: uint64 [record], a hash of the input grid; equal for equal grids.
    """

    def __init__(self, folder: Path) -> None:
        meta = json.loads((folder / "meta.json").read_text())
        self.folder = folder
        self.vocabulary = Vocabulary(tuple(meta["vocabulary"]))
        self.ordered = bool(meta["ordered"])
        self.faults = Faults.from_dict(meta["faults"])
        self.n_records = int(meta["records"])
        self.n_tasks = int(meta["tasks"])
        columns = {name: column.to_numpy() for name, column in read_columns(folder / "index.arrow").items()}
        self.task_of: npt.NDArray[np.int32] = columns["task"]
        self.quality: npt.NDArray[np.float32] = columns["quality"]
        self.complexity: npt.NDArray[np.float32] = columns["complexity"]
        self.side: npt.NDArray[np.uint8] = columns["side"]
        self.input_key: npt.NDArray[np.uint64] = columns["input_key"]
        self._row = columns["row"]
        self._sizes = [columns[name] for name in SIZES]
        self._tasks = pa.ipc.open_file(pa.py_buffer(map_file(folder / "tasks.arrow"))).read_all()
        sides = np.unique(self.side).tolist()
        paths = {side: cells_path(folder, side) for side in sides}
        mapped = sum(path.stat().st_size for path in paths.values()) <= MAPPED_BYTES
        self._cells = {side: ClassCells(path, side, mapped=mapped) for side, path in paths.items()}

    def __len__(self) -> int:
        return self.n_records

    @cached_property
    def labels(self) -> npt.NDArray[np.bool_]:
        """Labels, bool [task, vocabulary]: true where the task's program uses the primitive."""
        labels = np.zeros((self.n_tasks, len(self.vocabulary)), bool)
        start = 0
        for chunk in self._tasks["program"].chunks:
            tasks = np.repeat(np.arange(len(chunk)), chunk.value_lengths().to_numpy())
            labels[start + tasks, chunk.flatten().to_numpy()] = True
            start += len(chunk)
        labels.flags.writeable = False
        return labels

    def programs(self) -> list[tuple[str, ...]]:
        """The primitives of each task; a program where the store is `ordered`."""
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
        begins = np.flatnonzero(np.diff(task, prepend=-1))
        offsets = np.append(begins, len(records)).astype(np.int64)
        return TaskGroups(offsets, records.astype(np.int64), task[begins].astype(np.int64))

    def gather(self, records: npt.NDArray[np.integer[Any]], side: int | None = None) -> tuple[Cells, Cells]:
        """The grids of some records, copied into one array each.

        Args:
            records: [n] record numbers, in any order, repeats allowed.
            side: cells a side of the canvas; None: the largest size class among the records.

        Returns:
            Inputs and outputs, uint8 [n, side, side], grids in the upper left corner, PAD around them. Both
            are views of one array.

        Raises:
            ValueError: a record is of a larger size class than `side`.
        """
        sides = self.side[records]
        rows = self._row[records].astype(np.int64)
        present = np.unique(sides).tolist()
        canvas = side or max(present, default=SIDES[0])
        if present and present[-1] > canvas:
            raise ValueError(f"records of size class {present[-1]} do not fit on {canvas} cells a side")
        if present == [canvas]:
            pairs = self._cells[canvas].gather(rows)
        else:
            pairs = np.full((len(rows), 2, canvas, canvas), PAD, np.uint8)
            for each in present:
                chosen = np.flatnonzero(sides == each)
                pairs[chosen, :, :each, :each] = self._cells[each].gather(rows[chosen])
        return pairs[:, 0], pairs[:, 1]

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

    @cached_property
    def _programs(self) -> list[tuple[str, ...]]:
        names = self.vocabulary.names
        return [tuple(names[place] for place in program) for program in self._tasks["program"].to_pylist()]


def store_folder(dataset: Path) -> Path:
    """The folder beside a dataset that holds its store.

    Named after the whole file name: `a.json` and `a.jsonl` are two datasets.
    """
    return dataset.with_name(dataset.name + ".store")


def open_store(dataset: Path, *, bad_record_limit: float = 0.01, progress: bool = True) -> Store:
    """The store of a dataset, built first where there is none or the dataset has changed.

    Args:
        dataset: JSON array of records or JSON Lines.
        bad_record_limit: share of records, 0 to 1, that may break the contract.
        progress: whether to show how far building has come.

    Raises:
        UserError: the dataset is missing, damaged or breaks the contract too often, or its folder cannot be
            written to.
    """
    root = store_folder(dataset)
    store = _current(root, _stamp(dataset))
    if store is None:
        try:
            root.mkdir(exist_ok=True)
            with FileLock(root / "build.lock"):
                store = _current(root, _stamp(dataset)) or _build(dataset, root, progress)
        except (PermissionError, FileNotFoundError) as error:
            raise UserError(
                f"{root} cannot be written to ({error.strerror}). The prepared data lies beside the dataset: "
                "move the dataset to a folder of yours, or point data.path at a copy."
            ) from None
    store.faults.source = str(dataset)
    store.faults.check(bad_record_limit)
    return store


def _stamp(dataset: Path) -> dict[str, Any]:
    """What tells at a glance that a dataset, or how we read it, has changed."""
    try:
        stat = dataset.stat()
    except FileNotFoundError:
        raise UserError(
            f"{dataset} does not exist. Make it with: python -m neural_guide.generate data.path={dataset}"
        ) from None
    return {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "format": FORMAT, "v2": list(V2.names)}


def _current(root: Path, stamp: dict[str, Any]) -> Store | None:
    """The finished store for this stamp; None where it is missing, outdated or damaged."""
    try:
        current = json.loads((root / "current.json").read_text())
        return Store(root / current["fingerprint"]) if current["stamp"] == stamp else None
    except (OSError, ValueError, KeyError, TypeError):  # pyarrow's errors are ValueErrors
        return None


def _fingerprint(dataset: Path) -> str:
    digest = hashlib.blake2b(json.dumps([FORMAT, V2.names]).encode(), digest_size=16)
    with dataset.open("rb", buffering=0) as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _build(dataset: Path, root: Path, progress: bool) -> Store:
    """Build the store, or find that one of the same content is there. The caller holds the lock."""
    stamp = _stamp(dataset)
    fingerprint = _fingerprint(dataset)
    finished = root / fingerprint
    with contextlib.suppress(OSError, ValueError, KeyError):
        store = Store(finished)  # the same content under a new date
        _point_to(root, stamp, fingerprint)
        return store
    _remove_others(root, keep=None)  # left by a killed build, or outdated
    with _building(root, finished) as folder:
        with shown(f"store {dataset.name}", stamp["size"], "bytes", show=progress) as on_byte:
            meta = build_files(dataset, folder, on_byte)
        (folder / "meta.json").write_text(json.dumps(meta, indent=1))
        if _stamp(dataset) != stamp:
            raise UserError(f"{dataset} changed while it was read. Run again when it is complete.")
    _point_to(root, stamp, fingerprint)
    return Store(finished)


@contextlib.contextmanager
def _building(root: Path, finished: Path) -> Iterator[Path]:
    """A folder to build in, renamed to `finished` when all is on disk and removed when anything fails."""
    folder = Path(tempfile.mkdtemp(prefix=".building-", dir=root))
    try:
        yield folder
        folder.chmod(0o755)  # mkdtemp makes it private
        for path in folder.iterdir():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
        folder.rename(finished)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _point_to(root: Path, stamp: dict[str, Any], fingerprint: str) -> None:
    part = root / "current.json.part"
    part.write_text(json.dumps({"fingerprint": fingerprint, "stamp": stamp}))
    part.replace(root / "current.json")
    _remove_others(root, keep=fingerprint)


def _remove_others(root: Path, keep: str | None) -> None:
    for path in root.iterdir():
        if path.is_dir() and path.name != keep:
            shutil.rmtree(path, ignore_errors=True)
