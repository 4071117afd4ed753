"""The solver: finds what explains the pairs, binds colours late, stops at its budget."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neural_guide.dsl.program import run
from neural_guide.dsl.vocabulary import V2
from neural_guide.grid import same
from neural_guide.search.solver import Budget, consistent_colour_map, solve
from neural_guide.task import Pair, Task

UNIFORM = np.ones(len(V2), dtype=np.float32)
RNG = np.random.default_rng(0)
INPUTS = [RNG.integers(0, 4, size=(4, 5)).astype(np.uint8) for _ in range(4)]


def task_of(program: tuple[str, ...], colours: list[int] | None = None) -> tuple[Task, np.ndarray]:
    outputs = [run(program, grid) for grid in INPUTS]
    if colours is not None:
        outputs = [np.array(colours, dtype=np.uint8)[grid] for grid in outputs]
    pairs = tuple(Pair(before, after) for before, after in zip(INPUTS[:3], outputs[:3], strict=True))
    return Task("made", pairs, (INPUTS[3],)), outputs[3]


def test_finds_a_program_and_its_answer():
    task, answer = task_of(("rot90", "vmirror"))
    outcome = solve(task, V2, UNIFORM, Budget(length=2))
    assert same(outcome.candidates[0].answers[0], answer)
    assert len(outcome.candidates[0].program) <= 2


def test_binds_colours_last():
    task, answer = task_of(("rot90",), colours=[0, 7, 2, 5, 4, 5, 6, 7, 8, 9])
    outcome = solve(task, V2, UNIFORM, Budget(length=1))
    assert outcome.candidates[0].colour_map is not None
    assert same(outcome.candidates[0].answers[0], answer)


def test_a_good_prior_saves_nodes():
    program = ("vmirror", "mirror_down", "rot90")
    task, _ = task_of(program)
    guided = solve(task, V2, V2.labels(program).astype(np.float32), Budget(length=3))
    unguided = solve(task, V2, UNIFORM, Budget(length=3))
    assert guided.candidates[0].nodes < unguided.candidates[0].nodes


def test_a_wrong_prior_costs_time_never_the_solution():
    program = ("vmirror", "mirror_down")
    task, answer = task_of(program)
    wrong = (~V2.labels(program)).astype(np.float32)
    outcome = solve(task, V2, wrong, Budget(length=2))
    assert same(outcome.candidates[0].answers[0], answer)


def test_stops_at_the_budget_and_says_so():
    pairs = (Pair(INPUTS[0], np.full((7, 7), 9, dtype=np.uint8)), Pair(INPUTS[1], np.arange(4, dtype=np.uint8)[None]))
    spent = solve(Task("hopeless", pairs, ()), V2, UNIFORM, Budget(nodes=500, length=4))
    assert not spent.candidates
    assert not spent.exhausted
    assert 500 <= spent.nodes < 500 + len(V2)
    exhausted = solve(Task("hopeless", pairs, ()), V2, UNIFORM, Budget(length=1))
    assert exhausted.exhausted


@given(st.permutations(range(10)), st.integers(0, 1000))
def test_a_permutation_of_colours_is_found(colours, seed):
    grid = np.random.default_rng(seed).integers(0, 10, size=(6, 6)).astype(np.uint8)
    found = consistent_colour_map([grid], [np.array(colours, dtype=np.uint8)[grid]])
    assert found is not None
    assert [found[colour] for colour in np.unique(grid)] == [colours[colour] for colour in np.unique(grid)]


def test_no_map_turns_one_colour_into_two():
    assert consistent_colour_map([np.zeros((1, 2), np.uint8)], [np.array([[1, 2]], np.uint8)]) is None
