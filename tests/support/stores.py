"""Stores for tests: opened in silence, and looked at from outside."""

import numpy as np

from neural_guide.data.format.records import Record
from neural_guide.data.store.store import open_store
from neural_guide.dsl.program import run


def opened(path, **options):
    return open_store(path, progress=False, **options)


def tree(folder):
    return sorted(entry.relative_to(folder).as_posix() for entry in folder.rglob("*"))


def random_records(count, pairs=4, program=("vmirror",), high=13):
    """Records of one program each task that replays, from seed 0."""
    rng = np.random.default_rng(0)
    grids = [rng.integers(0, 10, rng.integers(1, high, 2), dtype=np.uint8) for _ in range(count)]
    return [
        Record(grid, run(program, grid), program, 0.5, 0.5, f"t{number // pairs}") for number, grid in enumerate(grids)
    ]
