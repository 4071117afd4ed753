"""Hypothesis strategies of records, and helpers that make and write records as plain values."""

import json

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neural_guide.data.format.records import Record
from neural_guide.dsl.program import run

NAMES = ("rot90", "vmirror")  # our primitives that apply to every grid


def grids(max_side=30):
    side = st.integers(1, max_side)
    return st.tuples(side, side).flatmap(lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 9)))


def programs(names=NAMES):
    return st.lists(st.sampled_from(names), min_size=1, max_size=4).map(tuple)


def records(max_side=30, names=NAMES):
    text = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8)
    share = st.floats(0, 1)
    return st.builds(Record, grids(max_side), grids(max_side), programs(names), share, share, text)


@st.composite
def records_of_tasks(draw, max_side=30, names=NAMES):
    """Draw scattered records of a few tasks: one program a task, which replays, and no pair twice."""
    task_programs = draw(st.lists(programs(names), min_size=1, max_size=4))
    drawn = draw(st.lists(st.tuples(records(max_side), st.integers(0, 3)), min_size=1, max_size=12))
    unique = {}
    for record, number in drawn:
        task = number % len(task_programs)
        changed = record._replace(
            output=run(task_programs[task], record.input),
            primitives=task_programs[task],
            quality=np.float32(record.quality).item(),
            task_id=f"t{task}",
        )
        unique.setdefault((task, record.input.shape, record.input.tobytes()), changed)
    return list(unique.values())


def to_dict(record):
    """Return the record as plain values, keys in the order of the contract."""
    values = record._asdict()
    return values | {
        "input": record.input.tolist(),
        "output": record.output.tolist(),
        "primitives": list(record.primitives),
    }


def make_record(number=0, task="t0", **changes):
    """Make a record of plain values that satisfies the contract, with changes.

    Each number below 700 gives another pair.
    """
    grid = [[number % 10, 3 + number // 100], [3, number // 10 % 10]]
    values = {"input": grid, "output": [row[::-1] for row in grid], "primitives": ["mirror_that_is_foreign"]}
    return values | {"quality": 0.85, "complexity": 0.3, "task_id": task} | changes


def write_values(path, values, **options):
    """Write values as JSON and return the path."""
    path.write_text(json.dumps(values, **options))
    return path


def are_equal(left, right):
    """Return whether two records are equal."""
    return (
        np.array_equal(left.input, right.input)
        and np.array_equal(left.output, right.output)
        and tuple(left[2:]) == tuple(right[2:])
    )
