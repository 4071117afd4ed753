"""Executed features of every record of a store, computed once and kept beside its cells."""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neural_guide import features as features_module
from neural_guide.dsl import primitives as primitives_module
from neural_guide.dsl.vocabulary import PRIMITIVES, executable
from neural_guide.errors import UserError
from neural_guide.features import FEATURES, executed_features
from neural_guide.grid import Grid
from neural_guide.machine import cores
from neural_guide.tasks import store_rows
from neural_guide.tasks.progress import shown
from neural_guide.tasks.store import Store
from neural_guide.tasks.store_places import BUILD, alone, cache_folder, claim, full, speaker, told_when_full
from neural_guide.tasks.store_rows import Rows, RowsWriter, write_row_sums
from neural_guide.tasks.store_sums import DamagedError, sums_path
from neural_guide.tasks.workers import worker_pool

CHUNK_RECORDS = 256  # handed to a process at a time; about 0.1 s of work
AHEAD = 4  # chunks a process that are handed out before the first one is taken back

Array = npt.NDArray[np.uint8]
Pairs = list[tuple[Grid, Grid]]


class Features:
    """Executed features of all records of a store, read-only; `features[records]` copies those of some.

    The file stays open: removing it does not disturb who reads it.

    Attributes:
        shape: (records, 1 + vocabulary, features): of the input as it is, then of what each primitive makes of
            it, against the output. See `neural_guide.features`.

    Raises:
        DamagedError: the file is not as it was written.
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path, rows: int) -> None:
        row_bytes = rows * len(FEATURES)
        mapped = path.stat().st_size <= store_rows.MAPPED_BYTES
        self._rows = Rows(path, row_bytes, mapped=mapped)
        self.shape = (len(self._rows), rows, len(FEATURES))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, records: npt.NDArray[np.integer[Any]]) -> Array:
        """uint8 [n, 1 + vocabulary, feature] of records [n]. Raises DamagedError where bytes have changed."""
        return self._rows.gather(records.astype(np.int64)).reshape(len(records), *self.shape[1:])


def open_features(store: Store, *, processes: int | None = None, progress: bool = True) -> Features:
    """Executed features of all records, computed first where they are not there yet.

    They lie in the store, or in the user's cache folder where the store cannot be written to.

    Args:
        store: its vocabulary must be executable.
        processes: how many compute; None: one a core. The result does not depend on it.
        progress: whether to tell where they lie, and to show how far computing has come.

    Raises:
        ValueError: a primitive of the store cannot be executed.
        UserError: the disk is full, the store was deleted, or a process that computes was killed.
    """
    if not executable(store.vocabulary):
        raise ValueError("features need primitives that can be executed")
    name, rows = f"features-{_key(store)}.arrow", 1 + len(store.vocabulary)
    folders = [store.folder, cache_folder() / f"features-{store.folder.name}"]
    for folder in folders:
        if found := _there(folder / name, rows):
            return found
    say = speaker(show=progress)
    if not store.folder.exists():
        raise UserError(f"{store.folder} was deleted while it was in use. Run again: it is built anew.")
    needed = store.n_records * rows * len(FEATURES)
    with told_when_full(folders[0], "features", lambda: needed):
        path = claim(folders, f"Executed features of {store.folder}", say) / name
    with told_when_full(path.parent, "features", lambda: needed), alone(path.parent / BUILD, "features", say):
        return _there(path, rows) or _compute(store, path, processes or cores(), progress)


def _there(path: Path, rows: int) -> Features | None:
    """The finished features in a file; None where there are none, or they are damaged."""
    with contextlib.suppress(OSError, DamagedError):
        return Features(path, rows)
    return None


def _key(store: Store) -> str:
    """Changes with the vocabulary, the features and the code of both: stale features would go unnoticed."""
    digest = hashlib.blake2b(json.dumps([store.vocabulary.names, FEATURES]).encode(), digest_size=8)
    for module in (features_module, primitives_module):
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()


def _compute(store: Store, path: Path, processes: int, progress: bool) -> Features:
    """Compute all features in record order and write them whole or not at all. The caller holds the lock."""
    rows = 1 + len(store.vocabulary)
    for old in path.parent.glob("*features-*"):  # of other code, or left by a killed process
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    needed = store.n_records * rows * len(FEATURES)
    if shutil.disk_usage(path.parent).free < needed:  # known before minutes of work
        raise full(path.parent, "features", needed)
    with tempfile.TemporaryDirectory(prefix=".features-", dir=path.parent) as folder:
        part = Path(folder) / path.name
        writer = RowsWriter(part, "features", rows * len(FEATURES))
        with (
            _chunks(store, processes) as chunks,
            shown("features", store.n_records, "records", show=progress) as on_record,
        ):
            for number, chunk in enumerate(chunks):
                writer.write(chunk)
                on_record(min((number + 1) * CHUNK_RECORDS, store.n_records))
        writer.close()
        write_row_sums(part)
        for file in (part, sums_path(part)):
            with file.open("rb") as stream:
                os.fsync(stream.fileno())
        found = Features(part, rows)  # opened before it moves: nobody can take it away
        sums_path(part).replace(sums_path(path))
        part.replace(path)
    return found


@contextlib.contextmanager
def _chunks(store: Store, processes: int) -> Iterator[Iterator[Array]]:
    """The features of each chunk, in order, from here or from other processes.

    Those are handed grids: only this process has the store open, so it may be deleted meanwhile.
    """
    starts = range(0, store.n_records, CHUNK_RECORDS)
    pairs = (store.pairs(np.arange(start, min(start + CHUNK_RECORDS, store.n_records))) for start in starts)
    names = store.vocabulary.names
    processes = min(processes, len(starts))
    if processes == 1:
        yield (_features_of(names, chunk) for chunk in pairs)
        return
    pool = worker_pool(processes)
    try:
        yield _in_order(pool, names, pairs, AHEAD * processes)
    except BrokenProcessPool:
        raise UserError(
            f"One of {processes} processes that execute features was killed, most likely for want of memory. "
            "Run again with fewer: hardware.processes=1."
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _in_order(
    pool: ProcessPoolExecutor, names: tuple[str, ...], chunks: Iterable[Pairs], ahead: int
) -> Iterator[Array]:
    """Results in order, with so many chunks handed out ahead: memory does not grow with the store."""
    running: deque[Future[Array]] = deque()
    for chunk in chunks:
        running.append(pool.submit(_features_of, names, chunk))
        if len(running) == ahead:
            yield running.popleft().result()
    while running:
        yield running.popleft().result()


def _features_of(names: tuple[str, ...], pairs: Pairs) -> Array:
    """uint8 [pair, 1 + primitives, feature]."""
    primitives = [PRIMITIVES[name] for name in names]
    return np.stack([executed_features(shown, made, primitives) for shown, made in pairs])
