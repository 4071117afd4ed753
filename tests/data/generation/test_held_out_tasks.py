"""Held-out tasks: their programs replay, are the shortest by brute force, and are never trained on."""

from collections import Counter

import numpy as np
import pytest

from neural_guide.arc.grid import is_equal
from neural_guide.data.format.validation import decode_record
from neural_guide.data.generation.generator import generate_block
from neural_guide.data.generation.held_out_tasks import (
    generate_held_out_tasks,
    name_held_out_file,
    read_held_out_tasks,
    write_held_out_tasks,
)
from neural_guide.data.generation.settings import GeneratorSettings
from neural_guide.data.splits import is_held_out
from neural_guide.dsl.program import run
from neural_guide.dsl.vocabulary import PRIMITIVES, V2
from neural_guide.errors import UserError

SHARE = 0.1
LENGTHS = (2, 3, 4, 5)
PER_LENGTH = 9


@pytest.fixture(scope="module")
def tasks():
    return generate_held_out_tasks(PER_LENGTH, LENGTHS, seed=3, test_share=SHARE)


def key(grid):
    return grid.shape, grid.tobytes()


def list_contents(tasks):
    return [
        (
            held_out.task.task_id,
            held_out.program,
            held_out.quality,
            [(key(pair.input), key(pair.output)) for pair in held_out.task.pairs],
        )
        for held_out in tasks
    ]


def list_inputs(tasks):
    return {key(pair.input) for held_out in tasks for pair in held_out.task.pairs}


def is_explained_within(pairs, length):
    """True if a program of at most `length` steps makes all outputs: plain recursion over the first pair."""

    def extend(program, grid):
        if is_equal(grid, pairs[0].output) and all(agrees(program, pair) for pair in pairs[1:]):
            return True
        if len(program) == length:
            return False
        results = ((name, PRIMITIVES[name](grid)) for name in V2.names)
        return any(extend((*program, name), result) for name, result in results if result is not None)

    def agrees(program, pair):
        result = run(program, pair.input)
        return result is not None and is_equal(result, pair.output)

    return extend((), pairs[0].input)


def test_the_number_of_tasks_of_each_length(tasks):
    assert [len(held_out.program) for held_out in tasks] == [length for length in LENGTHS for _ in range(PER_LENGTH)]
    assert len({held_out.task.task_id for held_out in tasks}) == len(tasks)
    assert all(len(held_out.task.pairs) == 4 and not held_out.task.test_inputs for held_out in tasks)
    assert all(0 < held_out.quality <= 1 for held_out in tasks)


def test_programs_replay_and_every_step_changes_every_pair(tasks):
    for task, program, _ in tasks:
        for pair in task.pairs:
            grids = [pair.input]
            for name in program:
                grids.append(PRIMITIVES[name](grids[-1]))
                assert not is_equal(grids[-1], grids[-2])
            assert is_equal(grids[-1], pair.output)
            assert not is_equal(pair.input, pair.output)


def test_no_pair_is_repeated_and_no_output_degenerate(tasks):
    for task, _, _ in tasks:
        outputs = [pair.output for pair in task.pairs]
        assert len({key(pair.input) for pair in task.pairs}) == 4
        assert len(set(map(key, outputs))) > 1
        assert all(grid.any() for grid in outputs)
        assert sum(grid.min() == grid.max() for grid in outputs) <= 2


def test_no_shorter_program_explains_a_task(tasks):
    for length, count in ((2, PER_LENGTH), (3, PER_LENGTH), (4, 6), (5, 6)):
        for task, program, _ in [held_out for held_out in tasks if len(held_out.program) == length][:count]:
            assert is_explained_within([*task.pairs], 2) == (length == 2)  # the recursion finds a program that exists
            assert not is_explained_within([*task.pairs], len(program) - 1)


def test_programs_are_held_out_or_longer_than_any_generated(tasks):
    longest = GeneratorSettings().max_length
    assert all(is_held_out(program, SHARE) for _, program, _ in tasks if len(program) <= longest)
    assert sum(len(program) > longest for _, program, _ in tasks) == PER_LENGTH


def test_input_sets_are_not_in_the_training_data_of_the_same_seed(tasks):
    settings = GeneratorSettings()
    records = [decode_record(line) for line in generate_block(settings, 0, seed=3).lines]
    trained = {frozenset(key(record.input) for record in records[at : at + 4]) for at in range(0, len(records), 4)}
    held_out = [frozenset(key(pair.input) for pair in task.pairs) for task, _, _ in tasks]
    assert not trained & set(held_out)
    assert len(set(held_out)) == len(tasks)  # one task for each input set


def test_tasks_do_not_depend_on_processes_or_other_lengths(tasks):
    other = generate_held_out_tasks(PER_LENGTH, (3, 2), seed=3, test_share=SHARE, processes=2)
    assert list_contents(other) == list_contents([*tasks[PER_LENGTH : 2 * PER_LENGTH], *tasks[:PER_LENGTH]])


def test_fewer_tasks_are_the_first_ones_and_seeds_differ(tasks):
    fewer = generate_held_out_tasks(4, (3,), seed=3, test_share=SHARE)
    assert list_contents(fewer) == list_contents(tasks[PER_LENGTH : PER_LENGTH + 4])
    other = generate_held_out_tasks(4, (3,), seed=4, test_share=SHARE)
    assert not list_inputs(other) & list_inputs(tasks)


def test_rare_primitives_are_drawn_more_often(monkeypatch):
    steps = []

    def measure_spread():
        tasks = generate_held_out_tasks(60, (3,), seed=0, test_share=SHARE, on_progress=steps.append)
        uses = Counter(name for held_out in tasks for name in set(held_out.program))
        counts = [uses[name] for name in V2.names]
        return np.std(counts) / np.mean(counts)

    steered = measure_spread()
    assert steps == [25, 25, 10]
    monkeypatch.setattr("neural_guide.data.generation.targets.PrimitiveCounts.add", lambda *_: None)
    assert steered < 0.85 * measure_spread()


def test_written_tasks_are_read_back(tasks, tmp_path):
    path = tmp_path / "held_out" / name_held_out_file(PER_LENGTH, LENGTHS, pairs=4, seed=3, test_share=SHARE)
    write_held_out_tasks(path, tasks)
    assert list_contents(read_held_out_tasks(path)) == list_contents(tasks)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"rot90"', '"transpose"', "does not make the outputs"),
        ('"rot90"', '"unheard_of"', "does not make the outputs"),
        ('"input":[[', '"input":[[77,', "set aside"),
    ],
)
def test_a_damaged_file_is_refused(tasks, tmp_path, old, new, message):
    path = tmp_path / "tasks.json"
    write_held_out_tasks(path, tasks)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(UserError, match=f"(?s)tasks.json.*{message}.*Delete the file"):
        read_held_out_tasks(path)


def test_file_names_differ_for_different_arguments():
    defaults = {"per_length": 200, "lengths": (2, 3), "pairs": 4, "seed": 0, "test_share": 0.1}
    others = [{"per_length": 20}, {"lengths": (2, 3, 4)}, {"pairs": 3}, {"seed": 1}, {"test_share": 0.2}]
    names = {name_held_out_file(**defaults | other) for other in ({}, *others)}
    assert len(names) == 6


def test_a_share_that_holds_nothing_out_is_an_error(monkeypatch):
    monkeypatch.setattr("neural_guide.data.generation.held_out_tasks._MAX_INPUT_SETS", 3)
    with pytest.raises(UserError, match=r"data\.test_share=0\.0; use a larger one"):
        generate_held_out_tasks(1, (2,), seed=0, test_share=0.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [("per_length", 0), ("lengths", (1, 2)), ("lengths", (6,)), ("lengths", (3, 3)), ("pairs", 9), ("processes", 0)],
)
def test_arguments_out_of_range_are_named(name, value):
    arguments = {"per_length": 1, "lengths": (2,), "seed": 0, "test_share": SHARE}
    with pytest.raises(ValueError, match=f"{name} is"):
        generate_held_out_tasks(**arguments | {name: value})
