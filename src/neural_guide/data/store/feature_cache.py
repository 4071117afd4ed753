"""Cache of the executed features of every record of a store, beside its cells.

Where the lists of primitives are programs, the cache also holds the features of the intermediate states of each
program, since a search meets such states.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neural_guide import dsl as dsl_package
from neural_guide.app.provenance import PACKAGE
from neural_guide.arc.grid import Grid
from neural_guide.data import colour_augmentation
from neural_guide.data.colour_augmentation import ColourMaps, draw_colour_maps
from neural_guide.data.store import arrow_rows
from neural_guide.data.store.arrow_rows import Rows, RowsWriter, write_row_checksums
from neural_guide.data.store.checksums import DamagedError, locate_checksums
from neural_guide.data.store.locations import (
    BUILD_LOCK,
    choose_writable_folder,
    describe_disk_use,
    hold_build_lock,
    make_printer,
)
from neural_guide.data.store.store import Store
from neural_guide.dsl import kernels as loops_module
from neural_guide.dsl import primitives as primitives_module
from neural_guide.dsl.vocabulary import PRIMITIVES, Primitive, Vocabulary, is_executable
from neural_guide.errors import UserError
from neural_guide.features import executed as features_module
from neural_guide.features import grid_comparison as comparing_module
from neural_guide.features.executed import Target
from neural_guide.runtime.atomic_files import explain_full_disk, make_full_disk_error
from neural_guide.runtime.cache_folders import find_cache_folder
from neural_guide.runtime.cpu import count_cores
from neural_guide.runtime.prefetch import iterate_ahead
from neural_guide.runtime.progress import show_progress
from neural_guide.runtime.source_imports import follow_imports
from neural_guide.runtime.worker_pool import make_worker_pool
from neural_guide.search.evidence import compute_pair_features, has_features, list_feature_columns

CHUNK_RECORDS = 256  # records in one job of a process; about 0.1 s of work
MOST_STATES = 8  # states of a record that have features; programs of other generators may be longer
CHUNKS_PER_PROCESS = 4  # submitted and not yet written, for each process: bounds the memory

FeatureArray = npt.NDArray[np.uint8]
Job = list[tuple[Grid, Grid, tuple[str, ...]]]  # input, output and program of each record of a chunk


class Features:
    """Executed features of all records, read-only. `features[records]` copies those of the given records.

    The file stays open; removing it does not disturb its readers.

    Args:
        path: the file.
        shape: (rows, columns) of a state: 1 + vocabulary, and features.
        states: int64 [record], number of states of each record in the file, 1 or more.

    Attributes:
        shape: (records, 1 + vocabulary, features). Row 0 compares the input with the output, each further row the
            result of one primitive on the input. See `neural_guide.features.executed`.
        states: the argument.

    Raises:
        DamagedError: the file has changed since it was written.
        OSError: the file cannot be opened.
    """

    def __init__(self, path: Path, shape: tuple[int, int], states: npt.NDArray[np.int64]) -> None:
        mapped = path.stat().st_size <= arrow_rows.MAPPED_BYTES
        self._rows = Rows(path, shape[0] * shape[1], mapped=mapped)
        self._first = np.cumsum(states) - states
        self.states = states
        self.shape = (len(states), *shape)
        if len(self._rows) != states.sum():
            raise DamagedError(f"{path} has {len(self._rows)} rows, the store {states.sum()}.")

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, records: npt.NDArray[np.integer[Any]]) -> FeatureArray:
        """Return uint8 [n, 1 + vocabulary, feature] of records [n]. Raises DamagedError where bytes have changed."""
        return self.after(records, np.zeros(len(records), np.int64))

    def after(self, records: npt.NDArray[np.integer[Any]], steps: npt.NDArray[np.integer[Any]]) -> FeatureArray:
        """Return the same, of each record after `steps` [n] steps of its program, each less than its `states`."""
        rows = self._first[records] + steps
        return self._rows.gather(rows).reshape(len(records), *self.shape[1:])


def open_features(
    store: Store, *, augmented: bool = False, processes: int | None = None, progress: bool = True
) -> Features:
    """Open the executed features of all records; compute them first where they are missing.

    They are kept in the store, or in the user's cache folder where the store cannot be written to.

    Args:
        store: a store with an executable vocabulary.
        augmented: compare with outputs under the maps of `colour_augmentation.draw_colour_maps`.
        processes: processes that compute, 1 or more; None: one a core. The result does not depend on it.
        progress: whether to print where they are kept, and to show the progress.

    Raises:
        ValueError: a primitive of the store cannot be executed.
        UserError: the disk is full, the store was deleted, or a worker process was killed.
    """
    if not has_features(store.vocabulary):
        raise ValueError("features need primitives that can be executed, or words of the language")
    name, shape = _name_file(store, augmented=augmented), find_feature_shape(store.vocabulary)
    states = count_states(store)
    folders = _list_folders(store)
    for folder in folders:
        if features := _open_finished(folder / name, shape, states):
            return features
    say = make_printer(show=progress)
    if not store.folder.exists():
        raise UserError(f"{store.folder} was deleted while it was in use. Run again: it is built anew.")
    needed = int(states.sum()) * shape[0] * shape[1]
    use = describe_disk_use("features", lambda: needed)
    with explain_full_disk(folders[0], use):
        path = choose_writable_folder(folders, f"Executed features of {store.folder}", say) / name
    with (
        explain_full_disk(path.parent, use),
        hold_build_lock(path.parent / BUILD_LOCK, "features", say),
    ):
        features = _open_finished(path, shape, states)
        if features is not None:
            return features
        maps = draw_colour_maps(store) if augmented else None
        return _compute(store, path, states, maps, processes or count_cores(), progress)


def are_features_cached(store: Store, *, augmented: bool = False) -> bool:
    """Return whether `open_features` would find the features of a store computed."""
    return any((folder / _name_file(store, augmented=augmented)).is_file() for folder in _list_folders(store))


def find_feature_shape(vocabulary: Vocabulary) -> tuple[int, int]:
    """Return (rows, columns) of the features of a state."""
    return 1 + len(vocabulary), len(list_feature_columns(vocabulary))


def count_states(store: Store) -> npt.NDArray[np.int64]:
    """Return the number of states with features of each record, int64 [record]: its input and intermediate states."""
    if not store.has_programs:
        return np.ones(store.n_records, np.int64)
    return store.lengths.clip(1, MOST_STATES)[store.task_of]


def _name_file(store: Store, *, augmented: bool) -> str:
    return f"{'recoloured-' if augmented else ''}features-{_compute_key(store)}.arrow"


def _list_folders(store: Store) -> list[Path]:
    """Return the folders that may hold the features, the first choice first."""
    return [store.folder, find_cache_folder() / f"features-{store.folder.name}"]


def _open_finished(path: Path, shape: tuple[int, int], states: npt.NDArray[np.int64]) -> Features | None:
    """Open a file of finished features; None where it is missing or damaged."""
    with contextlib.suppress(OSError, DamagedError):
        return Features(path, shape, states)
    return None


def _compute_key(store: Store) -> str:
    """Return a hash of the vocabulary, the features and the code of both, so that stale features are not reused."""
    names = store.vocabulary.names
    digest = hashlib.blake2b(json.dumps([names, list_feature_columns(store.vocabulary)]).encode(), digest_size=8)
    folder = Path(str(dsl_package.__file__)).parent
    has_words = not is_executable(store.vocabulary)
    of_v2 = not has_words and all(PRIMITIVES[name].__module__ == primitives_module.__name__ for name in names)
    files = set(folder.glob("*.py") if of_v2 else folder.rglob("*.py"))
    files.update(_list_evidence_code() if has_words else ())
    code = [path for path in sorted(files) if path.name != "vocabulary.py"]  # the names are in the digest
    code += [Path(str(module.__file__)) for module in (features_module, comparing_module, colour_augmentation)]
    for path in code:
        digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def _list_evidence_code() -> tuple[Path, ...]:
    """List the files that the evidence of words depends on; they are parsed once a process."""
    return follow_imports(PACKAGE, ["search.evidence"]).files


def _compute(
    store: Store, path: Path, states: npt.NDArray[np.int64], maps: ColourMaps | None, processes: int, progress: bool
) -> Features:
    """Compute all features in record order; write the whole file or none. The caller holds the lock."""
    shape = find_feature_shape(store.vocabulary)
    size = shape[0] * shape[1]
    comparing_module.compile_kernels()  # once, by this process, for all workers
    loops_module.compile_kernels()
    current = [path.parent / _name_file(store, augmented=augmented) for augmented in (False, True)]
    kept = {*current, *map(locate_checksums, current)}
    for stale in set(path.parent.glob("*features-*")) - kept:  # of other code, or left by a killed process
        shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
    needed = int(states.sum()) * size
    if shutil.disk_usage(path.parent).free < needed:  # checked before minutes of work
        raise make_full_disk_error(path.parent, describe_disk_use("features", lambda: needed))
    with tempfile.TemporaryDirectory(prefix=".features-", dir=path.parent) as folder:
        part = Path(folder) / path.name
        writer = RowsWriter(part, "features", size)
        with (
            _compute_chunks(store, maps, processes) as chunks,
            show_progress(
                "features" if maps is None else "features of other colours", store.n_records, "records", show=progress
            ) as on_record,
        ):
            unwritten = np.empty((0, *shape), np.uint8)
            for number, chunk in enumerate(chunks):
                unwritten = np.concatenate((unwritten, chunk))
                whole = len(unwritten) - len(unwritten) % CHUNK_RECORDS  # chunks of the file have one size
                for start in range(0, whole, CHUNK_RECORDS):
                    writer.write(unwritten[start : start + CHUNK_RECORDS])
                unwritten = unwritten[whole:]
                on_record(min((number + 1) * CHUNK_RECORDS, store.n_records))
            if len(unwritten):
                writer.write(unwritten)
        writer.close()
        write_row_checksums(part)
        for file in (part, locate_checksums(part)):
            with file.open("rb") as stream:
                os.fsync(stream.fileno())
        features = Features(part, shape, states)  # opened before it moves, so that no other process can remove it first
        locate_checksums(part).replace(locate_checksums(path))
        part.replace(path)
    return features


@contextlib.contextmanager
def _compute_chunks(store: Store, maps: ColourMaps | None, processes: int) -> Iterator[Iterator[FeatureArray]]:
    """Compute the features of each chunk, in order, in this process or in others.

    Other processes receive grids. Only this process has the store open, so the store may be deleted meanwhile.
    """
    starts = range(0, store.n_records, CHUNK_RECORDS)
    ranges = (np.arange(start, min(start + CHUNK_RECORDS, store.n_records)) for start in starts)
    jobs = (_make_job(store, maps, records) for records in ranges)
    processes = min(processes, len(starts))
    if processes == 1:
        yield (_compute_chunk(store.vocabulary, job) for job in jobs)
        return
    executor = make_worker_pool(processes)
    compute = partial(_compute_chunk, store.vocabulary)
    with contextlib.closing(iterate_ahead(executor, compute, jobs, limit=CHUNKS_PER_PROCESS * processes)) as chunks:
        try:
            yield chunks
        except BrokenProcessPool:
            raise UserError(
                f"One of {processes} processes that execute features was killed, most likely for want of memory. "
                "Run again with fewer: hardware.processes=1."
            ) from None


def _make_job(store: Store, maps: ColourMaps | None, records: npt.NDArray[np.int64]) -> Job:
    """Return input, output and program of each record; the program is empty where lists are no programs."""
    programs = store.programs() if store.has_programs else None
    tasks = store.task_of[records].tolist()
    return [
        (source, target if maps is None else maps[task][target], programs[task][:MOST_STATES] if programs else ())
        for (source, target), task in zip(store.pairs(records), tasks, strict=True)
    ]


def _compute_chunk(vocabulary: Vocabulary, job: Job) -> FeatureArray:
    """Return uint8 [state, 1 + vocabulary, feature], the states of all records concatenated."""
    if not is_executable(vocabulary):  # lists of words are no programs: one state a record
        return np.stack([compute_pair_features(vocabulary, source, target) for source, target, _ in job])
    primitives = [PRIMITIVES[name] for name in vocabulary.names]
    return np.concatenate([_compute_record(vocabulary.names, primitives, *record) for record in job])


def _compute_record(
    names: tuple[str, ...], primitives: list[Primitive], input_grid: Grid, output_grid: Grid, program: tuple[str, ...]
) -> FeatureArray:
    """Return the features of the state before every step of the program: uint8 [state, 1 + primitives, feature].

    A step that does not apply leaves the state unchanged, so the same features follow again.
    """
    target, state, rows = Target(output_grid, primitives), input_grid, []
    for step in program or names[:1]:
        results = [primitive(state) for primitive in primitives]
        rows.append(target.compute_features(state, results))
        state = state if (result := results[names.index(step)]) is None else result
    return np.stack(rows)
