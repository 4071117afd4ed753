"""The solver: finds what explains the pairs, binds colours late, stops at its budget."""

import numpy as np
import psutil
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.grid import is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.dsl.program import run
from neural_guide.dsl.vocabulary import V2
from neural_guide.search.goal import consistent_colour_map
from neural_guide.search.prior import Advice, Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import MIB, solve

UNIFORM = Prior.uniform(len(V2))
RNG = np.random.default_rng(0)
INPUTS = [RNG.integers(0, 4, size=(4, 5)).astype(np.uint8) for _ in range(4)]
HOPELESS = Task(
    "hopeless",
    (Pair(INPUTS[0], np.full((7, 7), 9, dtype=np.uint8)), Pair(INPUTS[1], np.arange(4, dtype=np.uint8)[None])),
    (),
)


def task_of(program: tuple[str, ...], colours: list[int] | None = None) -> tuple[Task, np.ndarray]:
    outputs = [run(program, grid) for grid in INPUTS]
    if colours is not None:
        outputs = [np.array(colours, dtype=np.uint8)[grid] for grid in outputs]
    pairs = tuple(Pair(before, after) for before, after in zip(INPUTS[:3], outputs[:3], strict=True))
    return Task("made", pairs, (INPUTS[3],)), outputs[3]


def knows(program: tuple[str, ...]) -> Prior:
    return Prior(V2.encode_labels(program).astype(np.float64))


@pytest.mark.parametrize("order", ["best-first", "sort-and-add", "depth-first"])
def test_finds_a_program_and_its_answer(order):
    task, answer = task_of(("rot90", "vmirror"))
    outcome = solve(task, V2, UNIFORM, SearchBudget(length=2), SearchSettings(order=order))
    assert is_equal(outcome.candidates[0].answers[0], answer)
    assert len(outcome.candidates[0].program) <= 2
    assert outcome.candidates[0].nodes <= outcome.nodes
    assert 0 < outcome.candidates[0].seconds <= outcome.seconds


def test_binds_colours_last():
    task, answer = task_of(("rot90",), colours=[0, 7, 2, 5, 4, 5, 6, 7, 8, 9])
    outcome = solve(task, V2, UNIFORM, SearchBudget(length=1))
    assert outcome.candidates[0].colour_map is not None
    assert is_equal(outcome.candidates[0].answers[0], answer)


def test_a_good_prior_saves_nodes():
    program = ("vmirror", "mirror_down", "rot90")
    task, _ = task_of(program)
    guided = solve(task, V2, knows(program), SearchBudget(length=3))
    unguided = solve(task, V2, UNIFORM, SearchBudget(length=3))
    assert guided.candidates[0].nodes < unguided.candidates[0].nodes / 4


def misleading(grids, results):
    """Worst advice: of steps that do not apply, or at least not to the first pair, it is sure."""
    fails = np.array([made is None for made in results[0]], dtype=float) + 1e-9
    return Advice(fails / fails.sum(), fails, np.tile(fails, (len(V2), 1)))


PROGRAMS = st.lists(st.sampled_from(["rot90", "vmirror", "mirror_down", "outline", "hollow", "fill_holes"]), max_size=3)
WRONG = arrays(np.float64, len(V2), elements=st.floats(0, 1)).map(Prior) | st.just(Prior(advisor=misleading))


@settings(max_examples=30, deadline=None)
@given(PROGRAMS, WRONG, st.sampled_from([1 / 16, 1 / 4]), st.sampled_from([(0, 1.0), (8, 1.0), (2, 0.3)]))
def test_whatever_the_prior_says_a_solution_costs_a_multiple_of_the_unguided_order(program, prior, share, asking):
    assume(all(run(tuple(program), grid) is not None for grid in INPUTS))
    task, _ = task_of(tuple(program))
    unguided = solve(task, V2, UNIFORM, SearchBudget(length=3), SearchSettings(answers=1))
    strategy = SearchSettings(answers=1, unguided_share=share, query_depth=asking[0], query_threshold=asking[1])
    guided = solve(task, V2, prior, SearchBudget(length=3), strategy)
    assert guided.candidates[0].nodes <= (unguided.candidates[0].nodes + 1) / share + len(V2)


def test_after_an_exhaustive_start_questions_cost_no_nodes():
    def advise(grids, results):
        return Advice(np.ones(len(V2)) / len(V2), np.ones(len(V2)), np.ones((len(V2), len(V2))))

    advised = Prior(advisor=advise)
    guided = solve(
        HOPELESS, V2, advised, SearchBudget(length=2), SearchSettings(exhaustive=2, query_depth=8, query_threshold=1.0)
    )
    assert guided.asked == 1
    assert guided.nodes == solve(HOPELESS, V2, UNIFORM, SearchBudget(length=2)).nodes
    deeper = solve(
        HOPELESS, V2, advised, SearchBudget(length=3), SearchSettings(exhaustive=1, query_depth=8, query_threshold=1.0)
    )
    assert deeper.asked > 1
    assert deeper.exhausted


def test_the_same_twice():
    task = load_tasks("arc1-training")[20].task
    one, two = (solve(task, V2, UNIFORM, SearchBudget(length=3, nodes=3000)) for _ in range(2))
    assert (one.nodes, one.states, one.stopped) == (two.nodes, two.states, two.stopped)
    assert [(each.program, each.nodes) for each in one.candidates] == [
        (each.program, each.nodes) for each in two.candidates
    ]


def test_stops_at_the_budget_and_says_so():
    spent = solve(HOPELESS, V2, UNIFORM, SearchBudget(nodes=500, length=4))
    assert not spent.candidates
    assert spent.stopped == "nodes"
    assert 500 <= spent.nodes < 500 + len(V2)
    assert solve(HOPELESS, V2, UNIFORM, SearchBudget(seconds=0.0)).stopped == "seconds"
    assert solve(HOPELESS, V2, UNIFORM, SearchBudget(length=2)).exhausted


def test_memory_stays_within_its_bound():
    task = load_tasks("arc1-training")[4].task
    hard = Task("hard", tuple(Pair(pair.input, HOPELESS.pairs[0].output) for pair in task.pairs), ())
    before = psutil.Process().memory_info().rss
    outcome = solve(hard, V2, UNIFORM, SearchBudget(nodes=10**9, length=8, memory_mib=60))
    assert outcome.stopped == "memory"
    assert outcome.nodes > 5000
    assert (psutil.Process().memory_info().rss - before) / MIB < 90


@given(arrays(np.uint8, (3, 4), elements=st.integers(0, 9)), st.permutations(range(10)))
def test_colour_maps_are_found_where_there_is_one(grid, colours):
    found = consistent_colour_map([grid], [np.array(colours, dtype=np.uint8)[grid]])
    assert found is not None
    assert all(found[colour] == colours[colour] for colour in np.unique(grid))


def test_no_colour_map_where_a_colour_would_become_two():
    assert consistent_colour_map([np.zeros((1, 2), np.uint8)], [np.array([[1, 2]], np.uint8)]) is None
    apart = [np.zeros((1, 1), np.uint8), np.zeros((1, 1), np.uint8)]
    assert consistent_colour_map(apart, [np.ones((1, 1), np.uint8), apart[0]]) is None
