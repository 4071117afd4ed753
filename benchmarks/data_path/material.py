"""Datasets of the benchmark: that of our generator, and a random one of the size in the field report."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from neural_guide.data.format.records import Record, Violations, read_records, write_records

FIELD_SIDES = (9, 28)  # gives the field report's 161.8 MiB at 100,000 records
SIZES = ("generated", "field")


def write_datasets(size: str, dataset: Path, records: int, folder: Path) -> dict[str, Path]:
    """Write `records.json`, where each record is a task, and for generated data `tasks.json` with its own tasks.

    Each record is a task because the other libraries have no tasks: then all of them draw single records at random.
    """
    paths = {name: folder / f"{name}.json" for name in (("records", "tasks") if size == "generated" else ("records",))}
    if size == "field":
        write_records(paths["records"], generate_records(records))
        return paths
    write_records(paths["tasks"], read_first(dataset, records))
    single_records = (
        record._replace(task_id=f"record_{number:07d}") for number, record in enumerate(read_first(dataset, records))
    )
    write_records(paths["records"], single_records)
    return paths


def read_first(dataset: Path, records: int) -> Iterator[Record]:
    return islice(read_records(dataset, Violations()), records)


def generate_records(count: int) -> Iterator[Record]:
    """Generate random grids with labels of no vocabulary of ours; half of them have quality 0.8 or more."""
    rng = np.random.default_rng(0)
    names = np.array([f"primitive_{number:02d}" for number in range(17)])
    low, high = FIELD_SIDES
    for number in range(count):
        shapes = rng.integers(low, high + 1, (2, 2))
        grids = [rng.integers(0, 10, shape, dtype=np.uint8) for shape in shapes]
        program = tuple(rng.choice(names, rng.integers(1, 5), replace=False).tolist())
        quality, complexity = rng.uniform((0.6, 0.0), (1.0, 1.0)).round(3).tolist()
        yield Record(*grids, program, quality, complexity, f"record_{number:07d}")
