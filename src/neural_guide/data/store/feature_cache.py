"""Executed features of every record of a store, computed once and kept beside its cells.

Where the lists of primitives are programs, also those of the states that a program passes through: what a search
sees on its way.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neural_guide import dsl as dsl_package
from neural_guide.arc.grid import Grid
from neural_guide.data import colour_augmentation
from neural_guide.data.colour_augmentation import ColourMaps, draw_colour_maps
from neural_guide.data.store import arrow_rows
from neural_guide.data.store.arrow_rows import Rows, RowsWriter, write_row_checksums
from neural_guide.data.store.checksums import DamagedError, locate_checksums
from neural_guide.data.store.locations import (
    BUILD,
    choose_writable_folder,
    explain_full_store_disk,
    find_cache_folder,
    hold_build_lock,
    make_full_disk_error,
    make_printer,
)
from neural_guide.data.store.store import Store
from neural_guide.dsl import kernels as loops_module
from neural_guide.dsl import primitives as primitives_module
from neural_guide.dsl.vocabulary import PRIMITIVES, Primitive, is_executable
from neural_guide.errors import UserError
from neural_guide.features import executed as features_module
from neural_guide.features import grid_comparison as comparing_module
from neural_guide.features.executed import FEATURES, Target
from neural_guide.runtime.cpu import count_cores
from neural_guide.runtime.lookahead import iterate_ahead
from neural_guide.runtime.progress import show_progress
from neural_guide.runtime.worker_pool import make_worker_pool

CHUNK_RECORDS = 256  # handed to a process at a time; about 0.1 s of work
MOST_STATES = 8  # of a record; programs of other makers may be longer
CHUNKS_PER_PROCESS = 4  # submitted and not yet written, for each process: bounds the memory

Array = npt.NDArray[np.uint8]
Work = list[tuple[Grid, Grid, tuple[str, ...]]]


class Features:
    """Executed features of all records, read-only; `features[records]` copies those of some.

    The file stays open: removing it does not disturb who reads it.

    Args:
        path: the file.
        rows: 1 + vocabulary.
        states: int64 [record], how many states of each record are kept, 1 or more.

    Attributes:
        shape: (records, 1 + vocabulary, features): of the input as it is, then of what each primitive makes of
            it, against the output. See `neural_guide.features.executed`.
        states: as given.

    Raises:
        DamagedError: the file is not as it was written.
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path, rows: int, states: npt.NDArray[np.int64]) -> None:
        mapped = path.stat().st_size <= arrow_rows.MAPPED_BYTES
        self._rows = Rows(path, rows * len(FEATURES), mapped=mapped)
        self._first = np.cumsum(states) - states
        self.states = states
        self.shape = (len(states), rows, len(FEATURES))
        if len(self._rows) != states.sum():
            raise DamagedError(f"{path} has {len(self._rows)} rows, the store {states.sum()}.")

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, records: npt.NDArray[np.integer[Any]]) -> Array:
        """uint8 [n, 1 + vocabulary, feature] of records [n]. Raises DamagedError where bytes have changed."""
        return self.after(records, np.zeros(len(records), np.int64))

    def after(self, records: npt.NDArray[np.integer[Any]], steps: npt.NDArray[np.integer[Any]]) -> Array:
        """The same, of each record after so many steps [n] of its program, less than its `states`."""
        rows = self._first[records] + steps
        return self._rows.gather(rows).reshape(len(records), *self.shape[1:])


def open_features(
    store: Store, *, recoloured: bool = False, processes: int | None = None, progress: bool = True
) -> Features:
    """Executed features of all records, computed first where they are not there yet.

    They lie in the store, or in the user's cache folder where the store cannot be written to.

    Args:
        store: its vocabulary must be executable.
        recoloured: compare with outputs under the maps of `colour_augmentation.draw_colour_maps`.
        processes: how many compute; None: one a core. The result does not depend on it.
        progress: whether to tell where they lie, and to show how far computing has come.

    Raises:
        ValueError: a primitive of the store cannot be executed.
        UserError: the disk is full, the store was deleted, or a process that computes was killed.
    """
    if not is_executable(store.vocabulary):
        raise ValueError("features need primitives that can be executed")
    name, rows, states = _name(store, recoloured=recoloured), 1 + len(store.vocabulary), count_states(store)
    folders = _folders(store)
    for folder in folders:
        if found := _there(folder / name, rows, states):
            return found
    say = make_printer(show=progress)
    if not store.folder.exists():
        raise UserError(f"{store.folder} was deleted while it was in use. Run again: it is built anew.")
    needed = int(states.sum()) * rows * len(FEATURES)
    with explain_full_store_disk(folders[0], "features", lambda: needed):
        path = choose_writable_folder(folders, f"Executed features of {store.folder}", say) / name
    with (
        explain_full_store_disk(path.parent, "features", lambda: needed),
        hold_build_lock(path.parent / BUILD, "features", say),
    ):
        there = _there(path, rows, states)
        if there is not None:
            return there
        maps = draw_colour_maps(store) if recoloured else None
        return _compute(store, path, states, maps, processes or count_cores(), progress)


def has_features(store: Store, *, recoloured: bool = False) -> bool:
    """Whether the features of a store are computed already, as `open_features` has them."""
    return any((folder / _name(store, recoloured=recoloured)).is_file() for folder in _folders(store))


def count_states(store: Store) -> npt.NDArray[np.int64]:
    """How many states of each record have features, int64 [record]: the input, and those its program passes through."""
    if not store.has_programs:
        return np.ones(store.n_records, np.int64)
    return store.lengths.clip(1, MOST_STATES)[store.task_of]


def _name(store: Store, *, recoloured: bool) -> str:
    return f"{'recoloured-' if recoloured else ''}features-{_key(store)}.arrow"


def _folders(store: Store) -> list[Path]:
    """Where features may lie, the first choice first."""
    return [store.folder, find_cache_folder() / f"features-{store.folder.name}"]


def _there(path: Path, rows: int, states: npt.NDArray[np.int64]) -> Features | None:
    """The finished features in a file; None where there are none, or they are damaged."""
    with contextlib.suppress(OSError, DamagedError):
        return Features(path, rows, states)
    return None


def _key(store: Store) -> str:
    """Changes with the vocabulary, the features and the code of both: stale features would go unnoticed."""
    digest = hashlib.blake2b(json.dumps([store.vocabulary.names, FEATURES]).encode(), digest_size=8)
    folder = Path(str(dsl_package.__file__)).parent
    of_v2 = all(PRIMITIVES[name].__module__ == primitives_module.__name__ for name in store.vocabulary.names)
    code = sorted(folder.glob("*.py") if of_v2 else folder.rglob("*.py"))
    code = [path for path in code if path.name != "vocabulary.py"]  # the names are in the digest
    code += [Path(str(module.__file__)) for module in (features_module, comparing_module, colour_augmentation)]
    for path in code:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _compute(
    store: Store, path: Path, states: npt.NDArray[np.int64], maps: ColourMaps | None, processes: int, progress: bool
) -> Features:
    """Compute all features in record order and write them whole or not at all. The caller holds the lock."""
    rows = 1 + len(store.vocabulary)
    comparing_module.compile_kernels()  # by this process for all that compute
    loops_module.compile_kernels()
    current = [path.parent / _name(store, recoloured=each) for each in (False, True)]
    kept = {*current, *map(locate_checksums, current)}
    for old in set(path.parent.glob("*features-*")) - kept:  # of other code, or left by a killed process
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    needed = int(states.sum()) * rows * len(FEATURES)
    if shutil.disk_usage(path.parent).free < needed:  # known before minutes of work
        raise make_full_disk_error(path.parent, "features", needed)
    with tempfile.TemporaryDirectory(prefix=".features-", dir=path.parent) as folder:
        part = Path(folder) / path.name
        writer = RowsWriter(part, "features", rows * len(FEATURES))
        with (
            _chunks(store, maps, processes) as chunks,
            show_progress(
                "features" if maps is None else "features of other colours", store.n_records, "records", show=progress
            ) as on_record,
        ):
            waiting = np.empty((0, rows, len(FEATURES)), np.uint8)
            for number, chunk in enumerate(chunks):
                waiting = np.concatenate((waiting, chunk))
                whole = len(waiting) - len(waiting) % CHUNK_RECORDS  # chunks of the file are of one size
                for start in range(0, whole, CHUNK_RECORDS):
                    writer.write(waiting[start : start + CHUNK_RECORDS])
                waiting = waiting[whole:]
                on_record(min((number + 1) * CHUNK_RECORDS, store.n_records))
            if len(waiting):
                writer.write(waiting)
        writer.close()
        write_row_checksums(part)
        for file in (part, locate_checksums(part)):
            with file.open("rb") as stream:
                os.fsync(stream.fileno())
        found = Features(part, rows, states)  # opened before it moves: nobody can take it away
        locate_checksums(part).replace(locate_checksums(path))
        part.replace(path)
    return found


@contextlib.contextmanager
def _chunks(store: Store, maps: ColourMaps | None, processes: int) -> Iterator[Iterator[Array]]:
    """The features of each chunk, in order, from here or from other processes.

    Those are handed grids: only this process has the store open, so it may be deleted meanwhile.
    """
    starts = range(0, store.n_records, CHUNK_RECORDS)
    ranges = (np.arange(start, min(start + CHUNK_RECORDS, store.n_records)) for start in starts)
    work = (_work(store, maps, records) for records in ranges)
    names = store.vocabulary.names
    processes = min(processes, len(starts))
    if processes == 1:
        yield (_features_of(names, chunk) for chunk in work)
        return
    executor = make_worker_pool(processes)
    compute = partial(_features_of, names)
    with contextlib.closing(iterate_ahead(executor, compute, work, limit=CHUNKS_PER_PROCESS * processes)) as chunks:
        try:
            yield chunks
        except BrokenProcessPool:
            raise UserError(
                f"One of {processes} processes that execute features was killed, most likely for want of memory. "
                "Run again with fewer: hardware.processes=1."
            ) from None


def _work(store: Store, maps: ColourMaps | None, records: npt.NDArray[np.int64]) -> Work:
    """Input, output and the steps to follow of each record; none where lists are no programs."""
    programs = store.programs() if store.has_programs else None
    tasks = store.task_of[records].tolist()
    return [
        (shown, made if maps is None else maps[task][made], programs[task][:MOST_STATES] if programs else ())
        for (shown, made), task in zip(store.pairs(records), tasks, strict=True)
    ]


def _features_of(names: tuple[str, ...], work: Work) -> Array:
    """uint8 [state, 1 + primitives, feature], the states of one record after those of the other."""
    primitives = [PRIMITIVES[name] for name in names]
    return np.concatenate([_along(names, primitives, *each) for each in work])


def _along(
    names: tuple[str, ...], primitives: list[Primitive], shown: Grid, made: Grid, program: tuple[str, ...]
) -> Array:
    """The features of every state before a step of the program; the last one again after a step that does not apply."""
    target, state, rows = Target(made, primitives), shown, []
    for following in program or names[:1]:
        results = [primitive(state) for primitive in primitives]
        rows.append(target.compute_features(state, results))
        state = state if (after := results[names.index(following)]) is None else after
    return np.stack(rows)
