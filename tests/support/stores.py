"""Helpers for tests of stores: open them without output, list their files, make records."""

import numpy as np

from neural_guide.data.format.records import Record
from neural_guide.data.store.store import open_store
from neural_guide.dsl.program import run


def open_quietly(path, **options):
    """Open a store without printing."""
    return open_store(path, progress=False, **options)


def list_files(folder):
    """List everything under a folder, as sorted relative paths."""
    return sorted(entry.relative_to(folder).as_posix() for entry in folder.rglob("*"))


def make_records(count, pairs=4, program=("vmirror",), high=13):
    """Make random records from seed 0, all with the same program, which replays."""
    rng = np.random.default_rng(0)
    grids = [rng.integers(0, 10, rng.integers(1, high, 2), dtype=np.uint8) for _ in range(count)]
    return [
        Record(grid, run(program, grid), program, 0.5, 0.5, f"t{number // pairs}") for number, grid in enumerate(grids)
    ]
