"""Executed features of every record of a store, computed once and kept beside its cells."""

import hashlib
import json
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from filelock import FileLock

from neural_guide import features as features_module
from neural_guide.dsl import primitives as primitives_module
from neural_guide.dsl.vocabulary import PRIMITIVES, executable
from neural_guide.features import FEATURES, executed_features
from neural_guide.machine import cores
from neural_guide.tasks.cells import read_columns, write_columns
from neural_guide.tasks.progress import shown
from neural_guide.tasks.store import Store

CHUNK_RECORDS = 256  # handed to a process at a time; about 0.1 s of work

Features = npt.NDArray[np.uint8]


def open_features(store: Store, *, processes: int | None = None, progress: bool = True) -> Features:
    """Executed features of all records, computed first where they are not there yet.

    Args:
        store: its vocabulary must be executable.
        processes: how many compute; None: one a core. The result does not depend on it.
        progress: whether to show how far computing has come.

    Returns:
        uint8 [record, 1 + vocabulary, feature], memory-mapped and read-only: of the input as it is, then of
        what each primitive makes of it, against the output. See `neural_guide.features`.

    Raises:
        ValueError: a primitive of the store cannot be executed.
    """
    if not executable(store.vocabulary):
        raise ValueError("features need primitives that can be executed")
    path = store.folder / f"features-{_key(store)}.arrow"
    if not path.exists():
        with FileLock(store.folder / "features.lock"):
            if not path.exists():
                _compute(store, path, processes or cores(), progress)
    shape = (store.n_records, 1 + len(store.vocabulary), len(FEATURES))
    (buffer,) = read_columns(path)["features"].buffers()[1:]
    return np.frombuffer(buffer, np.uint8, count=int(np.prod(shape))).reshape(shape)


def _key(store: Store) -> str:
    """Changes with the vocabulary, the features and the code of both: stale features would go unnoticed."""
    digest = hashlib.blake2b(json.dumps([store.vocabulary.names, FEATURES]).encode(), digest_size=8)
    for module in (features_module, primitives_module):
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()


def _compute(store: Store, path: Path, processes: int, progress: bool) -> None:
    """Compute all features in record order and write them whole or not at all."""
    row_bytes = (1 + len(store.vocabulary)) * len(FEATURES)
    starts = range(0, store.n_records, CHUNK_RECORDS)
    spool, part = path.with_suffix(".spool"), path.with_suffix(".part")
    try:
        with (
            spool.open("wb") as stream,
            _mapped(store, min(processes, len(starts)), starts) as chunks,
            shown("features", store.n_records, "records", show=progress) as on_record,
        ):
            for start, chunk in zip(starts, chunks, strict=True):
                stream.write(chunk.tobytes())
                on_record(min(start + CHUNK_RECORDS, store.n_records))
        rows = pa.py_buffer(np.memmap(spool, np.uint8, mode="r"))
        column = pa.Array.from_buffers(pa.binary(row_bytes), store.n_records, [None, rows])
        write_columns(part, {"features": column})
        for old in store.folder.glob("features-*.arrow"):
            old.unlink()
        part.replace(path)
    finally:
        spool.unlink(missing_ok=True)
        part.unlink(missing_ok=True)


@contextmanager
def _mapped(store: Store, processes: int, starts: range) -> Iterator[Iterator[Features]]:
    """The features of each chunk, in order, from here or from other processes."""
    if processes == 1:
        yield map(_Chunks(store), starts)
        return
    # Not forked: this process may hold threads (progress bar, BLAS, torch) that a fork would break.
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, _start_worker, (store.folder,)) as pool:
        yield pool.imap(_chunk_in_worker, starts)


class _Chunks:
    """Computes the features of a chunk of records."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._primitives = [PRIMITIVES[name] for name in store.vocabulary.names]

    def __call__(self, start: int) -> Features:
        records = np.arange(start, min(start + CHUNK_RECORDS, self._store.n_records))
        pairs = self._store.pairs(records)
        return np.stack([executed_features(shown, made, self._primitives) for shown, made in pairs])


_worker: Callable[[int], Features]


def _start_worker(folder: Path) -> None:
    global _worker
    _worker = _Chunks(Store(folder))


def _chunk_in_worker(start: int) -> Features:
    return _worker(start)
