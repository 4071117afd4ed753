"""Targets of a wide vocabulary against plain enumeration, and what the generator makes of them."""

from itertools import pairwise

import numpy as np
import pytest

from neural_guide.arc.grid import is_equal
from neural_guide.data.format.validation import decode_record
from neural_guide.data.generation.generator import generate_records
from neural_guide.data.generation.held_out_tasks import generate_held_out_tasks, list_held_out_lengths
from neural_guide.data.generation.settings import GeneratorSettings
from neural_guide.data.generation.targets import Balance
from neural_guide.data.generation.wide_targets import draw_wide_targets
from neural_guide.data.splits import is_held_out
from neural_guide.dsl.program import run
from neural_guide.dsl.vocabulary import PRIMITIVES, WIDE
from support.input_sets import input_sets


def key(grid):
    return grid.shape, grid.tobytes()


def programs_of_two(inputs):
    """For each result of at most two steps every program that makes it: shorter ones first, in vocabulary order."""
    found = {}
    after_one = [((name,), [PRIMITIVES[name](grid) for grid in inputs]) for name in WIDE.names]
    after_one = [(program, grids) for program, grids in after_one if all(grid is not None for grid in grids)]
    after_two = (
        ((*program, name), [PRIMITIVES[name](grid) for grid in grids])
        for program, grids in after_one
        for name in WIDE.names
    )
    for program, grids in (*after_one, *after_two):
        if all(grid is not None for grid in grids):
            found.setdefault(tuple(map(key, grids)), []).append(program)
    return found


@pytest.fixture(scope="module")
def drawn():
    """(inputs, target) of an input set."""
    made = []
    for seed, inputs in enumerate(input_sets(1, 2, seed=2, cells=40)):
        balance = Balance(WIDE)
        for target in draw_wide_targets(inputs, 4, balance, np.random.default_rng(seed), WIDE):
            balance.add(target.program)
            made.append((inputs, target))
    return made


def test_programs_make_their_outputs_and_every_step_changes_every_pair(drawn):
    assert {len(target.program) for _, target in drawn} == {1, 2, 3}
    assert len({tuple(map(key, target.outputs)) for _, target in drawn}) == len(drawn)
    for inputs, target in drawn:
        for given, made in zip(inputs, target.outputs, strict=True):
            along = [run(target.program[:steps], given) for steps in range(len(target.program) + 1)]
            assert is_equal(along[-1], made)
            assert not any(is_equal(before, after) for before, after in pairwise(along))


def test_programs_are_minimal_and_those_of_two_steps_canonical(drawn):
    all_programs = {id(inputs): programs_of_two(inputs) for inputs, _ in drawn}
    for inputs, target in drawn:
        shorter = all_programs[id(inputs)].get(tuple(map(key, target.outputs)), [])
        if len(target.program) == 3:
            assert not shorter
        else:
            assert target.program == shorter[0]
            assert target.programs == sum(len(program) == len(target.program) for program in shorter)


def test_the_generator_makes_the_same_bytes_again_and_uses_most_primitives():
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
