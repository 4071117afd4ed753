"""Which records are used and who validates: properties of selection and splits."""

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
    """Tasks of two records each, made by hand."""

    has_programs: bool
    n_tasks: int
    task_of: np.ndarray
    quality: np.ndarray
    complexity: np.ndarray
    input_key: np.ndarray
    names: list[tuple[str, ...]]

    def programs(self):
        return self.names

    def task_id(self, task):
        return f"task_{task}"


def columns(seed: int, n_tasks: int = 600, has_programs: bool = True) -> Columns:
    """Few programs, so that they recur; five tasks share an input set."""
    rng = np.random.default_rng(seed)
    primitives = [f"p{number}" for number in range(4)]
    names = [tuple(rng.choice(primitives, size=rng.integers(1, 4))) for _ in range(n_tasks)]
    keys = rng.integers(0, 2**64, size=(n_tasks // 5 + 1, 2), dtype=np.uint64)
    return Columns(
        has_programs,
        n_tasks,
        np.repeat(np.arange(n_tasks, dtype=np.int32), 2),
        rng.random(2 * n_tasks).astype(np.float32),
        rng.random(2 * n_tasks).astype(np.float32),
        np.concatenate([keys[task // 5] for task in range(n_tasks)]),
        names,
    )


CONFIG = DataSettings(quality_threshold=0.0)
SEEDS = st.integers(0, 10_000)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_filters_equal_a_plain_loop(seed):
    made = columns(seed, 60)
    config = DataSettings(quality_threshold=0.4, min_complexity=0.2, max_complexity=0.9)
    plain = [
        quality >= 0.4 and 0.2 <= complexity <= 0.9
        for quality, complexity in zip(made.quality, made.complexity, strict=True)
    ]
    assert select_records(made, config, 0).tolist() == plain


def test_a_threshold_equal_to_the_quality_passes():
    made = columns(0, 4)
    made.quality[:] = np.float32(0.7)
    assert select_records(made, DataSettings(quality_threshold=0.7), 0).all()


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.integers(2, 300))
def test_max_samples_keeps_whole_tasks_and_repeats(seed, limit):
    made = columns(seed)
    config = replace(CONFIG, max_samples=limit)
    passes = select_records(made, config, seed)
    per_task = np.bincount(made.task_of[passes], minlength=made.n_tasks)
    assert set(per_task) <= {0, 2}
    assert limit - 1 <= passes.sum() <= limit
    assert np.array_equal(passes, select_records(made, config, seed))


def test_another_seed_keeps_other_records():
    made, config = columns(0), replace(CONFIG, max_samples=100)
    assert not np.array_equal(select_records(made, config, 1), select_records(made, config, 2))


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_no_program_and_no_input_set_on_two_sides(seed):
    made = columns(seed)
    splits = split_tasks(made, select_records(made, CONFIG, 0), CONFIG)
    programs = {name: {made.names[task] for task in splits.tasks(name)} for name in ("train", "val", "test")}
    sets = {name: {int(task) // 5 for task in splits.tasks(name)} for name in ("train", "val")}
    assert programs["train"].isdisjoint(programs["test"])
    assert programs["val"] <= programs["train"]
    assert sets["train"].isdisjoint(sets["val"])
    assert sorted(splits.tasks("all")) == list(range(made.n_tasks))


def test_a_filter_moves_no_task_from_training_to_validation():
    made = columns(3)
    whole = split_tasks(made, select_records(made, CONFIG, 0), CONFIG)
    filtered_config = replace(CONFIG, quality_threshold=0.5)
    filtered = split_tasks(made, select_records(made, filtered_config, 0), filtered_config)
    assert set(filtered.train) <= set(whole.train)
    assert set(filtered.val) <= set(whole.val)


def test_data_without_order_splits_by_task():
    made = columns(1, 2000, has_programs=False)
    splits = split_tasks(made, select_records(made, CONFIG, 0), CONFIG)
    assert len(splits.val) == pytest.approx(200, abs=50)
    assert len(splits.test) == pytest.approx(200, abs=50)
    assert len(splits.tasks("all")) == 2000


def test_nothing_left_is_an_error_with_the_way_out():
    made = columns(0, 5)
    with pytest.raises(UserError, match="Lower the threshold"):
        select_records(made, DataSettings(quality_threshold=1.0), 0)
    with pytest.raises(UserError, match="Use more tasks"):
        check_splits(split_tasks(made, select_records(made, CONFIG, 0), replace(CONFIG, val_share=0)), CONFIG)


@given(st.integers(0, 2**32), st.floats(0, 0.5))
@settings(max_examples=30, deadline=None)
def test_programs_kept_from_training_are_those_that_only_test_has(seed, share):
    table = columns(seed)
    parts = split_tasks(table, np.ones(2 * table.n_tasks, dtype=bool), replace(DataSettings(), test_share=share))
    kept = {name for name in table.names if is_held_out(name, share)}
    assert not kept & {table.names[task] for task in (*parts.train, *parts.val)}
    assert {task for task in range(table.n_tasks) if table.names[task] in kept} <= set(parts.test.tolist())
    assert all(len(name) > 1 for name in kept)
    assert not is_held_out(table.names[0], 0.0)


def test_states_whose_rest_is_kept_from_training_are_not_shown():
    names = ("rot90", "vmirror", "outline", "hollow")
    programs = [program for length in (1, 2, 3) for program in product(names, repeat=length)]
    shown = select_intermediate_states(programs, 4, 0.4)
    for program, row in zip(programs, shown.tolist(), strict=True):
        assert row[0]
        for steps in range(1, 4):
            there = steps < len(program)
            assert row[steps] == (there and not is_held_out(program[steps:], 0.4))
    assert not shown[[len(program) == 3 for program in programs], 1].all()
