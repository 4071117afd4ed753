"""Properties of the selection of records and of splits."""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_guide.data.settings import DataSettings
from neural_guide.data.splits import check_splits, is_held_out, select_intermediate_states, select_records, split_tasks
from neural_guide.errors import UserError


@dataclass
class Columns:
    """Columns of tasks with two records each, set by hand."""

    has_programs: bool
    n_tasks: int
    task_of: np.ndarray
    quality: np.ndarray
    complexity: np.ndarray
    input_key: np.ndarray
    task_programs: list[tuple[str, ...]]

    def programs(self):
        return self.task_programs

    def task_id(self, task):
        return f"task_{task}"


def draw_columns(seed: int, n_tasks: int = 600, has_programs: bool = True) -> Columns:
    """Few programs, so that they recur; five tasks share an input set."""
    rng = np.random.default_rng(seed)
    primitives = [f"p{number}" for number in range(4)]
    programs = [tuple(rng.choice(primitives, size=rng.integers(1, 4))) for _ in range(n_tasks)]
    keys = rng.integers(0, 2**64, size=(n_tasks // 5 + 1, 2), dtype=np.uint64)
    return Columns(
        has_programs=has_programs,
        n_tasks=n_tasks,
        task_of=np.repeat(np.arange(n_tasks, dtype=np.int32), 2),
        quality=rng.random(2 * n_tasks).astype(np.float32),
        complexity=rng.random(2 * n_tasks).astype(np.float32),
        input_key=np.concatenate([keys[task // 5] for task in range(n_tasks)]),
        task_programs=programs,
    )


DEFAULTS = DataSettings(quality_threshold=0.0)
SEEDS = st.integers(0, 10_000)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_filters_equal_a_plain_loop(seed):
    columns = draw_columns(seed, 60)
    filters = DataSettings(quality_threshold=0.4, min_complexity=0.2, max_complexity=0.9)
    expected = [
        quality >= 0.4 and 0.2 <= complexity <= 0.9
        for quality, complexity in zip(columns.quality, columns.complexity, strict=True)
    ]
    assert select_records(columns, filters, 0).tolist() == expected


def test_a_threshold_equal_to_the_quality_passes():
    columns = draw_columns(0, 4)
    columns.quality[:] = np.float32(0.7)
    assert select_records(columns, DataSettings(quality_threshold=0.7), 0).all()


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.integers(2, 300))
def test_max_samples_keeps_whole_tasks_and_repeats(seed, limit):
    columns = draw_columns(seed)
    filters = replace(DEFAULTS, max_samples=limit)
    selected = select_records(columns, filters, seed)
    per_task = np.bincount(columns.task_of[selected], minlength=columns.n_tasks)
    assert set(per_task) <= {0, 2}
    assert limit - 1 <= selected.sum() <= limit
    assert np.array_equal(selected, select_records(columns, filters, seed))


def test_another_seed_keeps_other_records():
    columns, filters = draw_columns(0), replace(DEFAULTS, max_samples=100)
    assert not np.array_equal(select_records(columns, filters, 1), select_records(columns, filters, 2))


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_no_program_and_no_input_set_on_two_sides(seed):
    columns = draw_columns(seed)
    splits = split_tasks(columns, select_records(columns, DEFAULTS, 0), DEFAULTS)
    programs = {name: {columns.task_programs[task] for task in splits.tasks(name)} for name in ("train", "val", "test")}
    sets = {name: {int(task) // 5 for task in splits.tasks(name)} for name in ("train", "val")}
    assert programs["train"].isdisjoint(programs["test"])
    assert programs["val"] <= programs["train"]
    assert sets["train"].isdisjoint(sets["val"])
    assert sorted(splits.tasks("all")) == list(range(columns.n_tasks))


def test_a_filter_moves_no_task_from_training_to_validation():
    columns = draw_columns(3)
    whole = split_tasks(columns, select_records(columns, DEFAULTS, 0), DEFAULTS)
    stricter = replace(DEFAULTS, quality_threshold=0.5)
    filtered = split_tasks(columns, select_records(columns, stricter, 0), stricter)
    assert set(filtered.train) <= set(whole.train)
    assert set(filtered.val) <= set(whole.val)


def test_data_without_order_splits_by_task():
    columns = draw_columns(1, 2000, has_programs=False)
    for val_share, test_share in ((0.1, 0.3), (0.3, 0.1)):
        shares = replace(DEFAULTS, val_share=val_share, test_share=test_share)
        splits = split_tasks(columns, select_records(columns, shares, 0), shares)
        assert len(splits.val) == pytest.approx(2000 * val_share, abs=50)
        assert len(splits.test) == pytest.approx(2000 * test_share, abs=50)
        assert sorted(splits.tasks("all")) == list(range(2000))


def test_an_empty_selection_or_split_is_an_error_with_a_remedy():
    columns = draw_columns(0, 5)
    with pytest.raises(UserError, match="Lower the threshold"):
        select_records(columns, DataSettings(quality_threshold=1.0), 0)
    splits = split_tasks(columns, select_records(columns, DEFAULTS, 0), replace(DEFAULTS, val_share=0))
    with pytest.raises(UserError, match="Use more tasks"):
        check_splits(splits, DEFAULTS)


@given(st.integers(0, 2**32), st.floats(0, 0.5))
@settings(max_examples=30, deadline=None)
def test_held_out_programs_are_those_that_only_test_has(seed, share):
    columns = draw_columns(seed)
    splits = split_tasks(columns, np.ones(2 * columns.n_tasks, dtype=bool), replace(DataSettings(), test_share=share))
    held_out = {program for program in columns.task_programs if is_held_out(program, share)}
    assert not held_out & {columns.task_programs[task] for task in (*splits.train, *splits.val)}
    held_out_tasks = {task for task, program in enumerate(columns.task_programs) if program in held_out}
    assert held_out_tasks <= set(splits.test.tolist())
    assert all(len(program) > 1 for program in held_out)
    assert not is_held_out(columns.task_programs[0], 0.0)


def test_states_whose_rest_is_held_out_are_not_selected():
    names = ("rot90", "vmirror", "outline", "hollow")
    programs = [program for length in (1, 2, 3) for program in product(names, repeat=length)]
    selected = select_intermediate_states(programs, 4, 0.4)
    for program, row in zip(programs, selected.tolist(), strict=True):
        assert row[0]
        for steps in range(1, 4):
            exists = steps < len(program)
            assert row[steps] == (exists and not is_held_out(program[steps:], 0.4))
    assert not selected[[len(program) == 3 for program in programs], 1].all()
