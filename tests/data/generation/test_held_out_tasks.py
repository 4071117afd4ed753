"""Held-out tasks: their programs hold, are shortest by brute force, and were never trained on."""

from collections import Counter

import numpy as np
import pytest

from neural_guide.arc.grid import is_equal
from neural_guide.data.format.validation import decode_record
from neural_guide.data.generation.generator import make_block
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
def made():
    return generate_held_out_tasks(PER_LENGTH, LENGTHS, seed=3, test_share=SHARE)


def key(grid):
    return grid.shape, grid.tobytes()


def content(tasks):
    return [
        (
            held_out.task.task_id,
            held_out.program,
            held_out.quality,
            [(key(p.input), key(p.output)) for p in held_out.task.pairs],
        )
        for held_out in tasks
    ]


def explained_within(pairs, length):
    """Whether a program of at most so many steps makes all outputs: recursion over the first pair, no ideas."""

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


def test_as_many_tasks_of_each_length_as_asked(made):
    assert [len(held_out.program) for held_out in made] == [length for length in LENGTHS for _ in range(PER_LENGTH)]
    assert len({held_out.task.task_id for held_out in made}) == len(made)
    assert all(len(held_out.task.pairs) == 4 and not held_out.task.test_inputs for held_out in made)
    assert all(0 < held_out.quality <= 1 for held_out in made)


def test_programs_replay_and_every_step_changes_every_pair(made):
    for task, program, _ in made:
        for pair in task.pairs:
            grids = [pair.input]
            for name in program:
                grids.append(PRIMITIVES[name](grids[-1]))
                assert not is_equal(grids[-1], grids[-2])
            assert is_equal(grids[-1], pair.output)
            assert not is_equal(pair.input, pair.output)


def test_no_pair_is_repeated_and_no_output_degenerate(made):
    for task, _, _ in made:
        outputs = [pair.output for pair in task.pairs]
        assert len({key(pair.input) for pair in task.pairs}) == 4
        assert len(set(map(key, outputs))) > 1
        assert all(grid.any() for grid in outputs)
        assert sum(grid.min() == grid.max() for grid in outputs) <= 2


def test_no_shorter_program_explains_a_task(made):
    for length, count in ((2, PER_LENGTH), (3, PER_LENGTH), (4, 6), (5, 6)):
        for task, program, _ in [held_out for held_out in made if len(held_out.program) == length][:count]:
            assert explained_within([*task.pairs], 2) == (length == 2)  # the recursion finds what is there
            assert not explained_within([*task.pairs], len(program) - 1)


def test_programs_are_kept_from_training_or_longer_than_any_generated(made):
    longest = GeneratorSettings().max_length
    assert all(is_held_out(program, SHARE) for _, program, _ in made if len(program) <= longest)
    assert sum(len(program) > longest for _, program, _ in made) == PER_LENGTH


def test_inputs_are_none_of_the_training_data_of_the_same_seed(made):
    settings = GeneratorSettings()
    trained = [decode_record(line) for number in range(2) for line in make_block(settings, number, seed=3).lines]
    sets = {
        frozenset(key(record.input) for record in trained[start : start + 4]) for start in range(0, len(trained), 4)
    }
    held_out = [frozenset(key(pair.input) for pair in task.pairs) for task, _, _ in made]
    assert not sets & set(held_out)
    assert len(set(held_out)) == len(made)  # one task an input set


def test_the_same_tasks_for_any_number_of_processes_and_any_other_lengths(made):
    other = generate_held_out_tasks(PER_LENGTH, (3, 2), seed=3, test_share=SHARE, processes=2)
    assert content(other) == content([*made[PER_LENGTH : 2 * PER_LENGTH], *made[:PER_LENGTH]])


def test_fewer_tasks_are_the_first_of_more_and_another_seed_gives_others(made):
    assert content(generate_held_out_tasks(4, (3,), seed=3, test_share=SHARE)) == content(
        made[PER_LENGTH : PER_LENGTH + 4]
    )
    other = generate_held_out_tasks(4, (3,), seed=4, test_share=SHARE)
    assert not {key(p.input) for t in other for p in t.task.pairs} & {key(p.input) for t in made for p in t.task.pairs}


def test_rare_primitives_are_drawn_more_often(monkeypatch):
    steps = []

    def spread():
        tasks = generate_held_out_tasks(60, (3,), seed=0, test_share=SHARE, on_progress=steps.append)
        uses = Counter(name for held_out in tasks for name in set(held_out.program))
        counts = [uses[name] for name in V2.names]
        return np.std(counts) / np.mean(counts)

    steered = spread()
    assert steps == [25, 25, 10]
    monkeypatch.setattr("neural_guide.data.generation.targets.Uses.add", lambda *_: None)
    assert steered < 0.85 * spread()


def test_written_tasks_are_read_back(made, tmp_path):
    path = tmp_path / "kept" / name_held_out_file(PER_LENGTH, LENGTHS, pairs=4, seed=3, test_share=SHARE)
    write_held_out_tasks(path, made)
    assert content(read_held_out_tasks(path)) == content(made)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"rot90"', '"transpose"', "does not make the outputs"),
        ('"rot90"', '"unheard_of"', "does not make the outputs"),
        ('"input":[[', '"input":[[77,', "set aside"),
    ],
)
def test_a_file_that_does_not_hold_is_refused(made, tmp_path, old, new, told):
    path = tmp_path / "tasks.json"
    write_held_out_tasks(path, made)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(UserError, match=f"(?s)tasks.json.*{told}.*Delete the file"):
        read_held_out_tasks(path)


def test_the_name_of_the_file_tells_all_arguments_apart():
    plain = {"per_length": 200, "lengths": (2, 3), "pairs": 4, "seed": 0, "test_share": 0.1}
    others = [{"per_length": 20}, {"lengths": (2, 3, 4)}, {"pairs": 3}, {"seed": 1}, {"test_share": 0.2}]
    names = {name_held_out_file(**plain | other) for other in ({}, *others)}
    assert len(names) == 6


def test_a_share_that_keeps_nothing_is_said(monkeypatch):
    monkeypatch.setattr("neural_guide.data.generation.held_out_tasks._PATIENCE", 3)
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
