"""Targets of a wide vocabulary compared with a plain enumeration, and the datasets generated from them."""

from itertools import pairwise

import numpy as np
import pytest

from neural_guide.arc.grid import is_equal
from neural_guide.data.format.validation import decode_record
from neural_guide.data.generation.generator import generate_records
from neural_guide.data.generation.held_out_tasks import generate_held_out_tasks, list_held_out_lengths
from neural_guide.data.generation.settings import GeneratorSettings
from neural_guide.data.generation.targets import Balance
from neural_guide.data.generation.wide_targets import MAX_ENUMERATED, draw_wide_targets, is_wide
from neural_guide.data.splits import is_held_out
from neural_guide.dsl.program import run
from neural_guide.dsl.vocabulary import PRIMITIVES, V2, WIDE, Vocabulary
from support.input_sets import draw_input_sets


def key(grid):
    return grid.shape, grid.tobytes()


def list_programs_by_result(inputs):
    """Every program of each result of at most two steps: shorter ones first, in vocabulary order."""
    programs_by_result, results = {}, {}

    def apply(name, grid):
        """Many first steps give the same grid, and a second one is applied to it once."""
        call = (name, *key(grid))
        if call not in results:
            results[call] = PRIMITIVES[name](grid)
        return results[call]

    after_one = [((name,), [apply(name, grid) for grid in inputs]) for name in WIDE.names]
    after_one = [(program, grids) for program, grids in after_one if all(grid is not None for grid in grids)]
    after_two = (
        ((*program, name), [apply(name, grid) for grid in grids]) for program, grids in after_one for name in WIDE.names
    )
    for program, grids in (*after_one, *after_two):
        if all(grid is not None for grid in grids):
            programs_by_result.setdefault(tuple(map(key, grids)), []).append(program)
    return programs_by_result


@pytest.fixture(scope="module")
def targets():
    """Targets of one input set, as (inputs, target)."""
    targets = []
    for seed, inputs in enumerate(draw_input_sets(1, 2, seed=2, cells=40)):
        balance = Balance(WIDE)
        for target in draw_wide_targets(inputs, 4, balance, np.random.default_rng(seed), WIDE):
            balance.add(target.program)
            targets.append((inputs, target))
    return targets


def test_programs_replay_and_every_step_changes_every_pair(targets):
    assert {len(target.program) for _, target in targets} == {1, 2, 3}
    assert len({tuple(map(key, target.outputs)) for _, target in targets}) == len(targets)
    for inputs, target in targets:
        for grid, output in zip(inputs, target.outputs, strict=True):
            states = [run(target.program[:steps], grid) for steps in range(len(target.program) + 1)]
            assert is_equal(states[-1], output)
            assert not any(is_equal(before, after) for before, after in pairwise(states))


def test_programs_are_minimal_and_those_of_two_steps_canonical(targets):
    all_programs = {id(inputs): list_programs_by_result(inputs) for inputs, _ in targets}
    for inputs, target in targets:
        programs = all_programs[id(inputs)].get(tuple(map(key, target.outputs)), [])
        if len(target.program) == 3:
            assert not programs
        else:
            assert target.program == programs[0]
            assert target.n_programs == sum(len(program) == len(target.program) for program in programs)


def test_the_generator_repeats_its_bytes_and_uses_most_primitives():
    settings = GeneratorSettings(samples=120, pairs_per_task=2)
    lines = list(generate_records(settings, dsl="wide", processes=1))
    assert list(generate_records(settings, dsl="wide", processes=2)) == lines
    records = [decode_record(line) for line in lines]
    assert len(records) == 120
    assert all(is_equal(run(record.primitives, record.input), record.output) for record in records)
    assert len({name for record in records for name in record.primitives}) > 60


def test_held_out_tasks_have_programs_that_training_never_sees():
    assert list_held_out_lengths(WIDE) == (2, 3)
    tasks = generate_held_out_tasks(2, (2, 3), pairs=2, seed=0, test_share=0.5, vocabulary=WIDE)
    assert [len(task.program) for task in tasks] == [2, 2, 3, 3]
    assert all(is_held_out(task.program, 0.5) for task in tasks)
    with pytest.raises(ValueError, match="different lengths from 2 to 3"):
        generate_held_out_tasks(1, (4,), seed=0, test_share=0.5, vocabulary=WIDE)


def test_a_vocabulary_is_wide_above_the_limit_of_enumeration():
    largest = Vocabulary(WIDE.names[:MAX_ENUMERATED])
    assert not is_wide(V2)
    assert not is_wide(largest)
    assert is_wide(Vocabulary(WIDE.names[: MAX_ENUMERATED + 1]))
    assert is_wide(WIDE)
