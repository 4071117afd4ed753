"""Layerings: on the pairs they make the outputs, whatever the states."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.grid import is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.dsl.vocabulary import PRIMITIVES, V2
from neural_guide.search.best_first import BestFirstSearch
from neural_guide.search.layering import TRANSPARENT, LayeringSearch, overlay_grids
from neural_guide.search.output_shaped_states import OutputShapedStates
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import solve
from neural_guide.search.state_space import StateSpace
from neural_guide.search.task_transforms import list_transforms
from neural_guide.search.trace import trace_candidate

NAMES = ("rot90", "vmirror", "outline", "fill_holes", "hollow", "keep_common")
TASKS_OF_EVERY_KIND = ("543a7ed5", "228f6490", "a61f2674", "42a50994", "2dc579da", "3aa6fb7a", "5582e5ca")
UNIFORM = Prior.uniform(len(V2))
SQUARES = arrays(np.uint8, (4, 4), elements=st.integers(0, 3))


def explore(inputs, outputs, length=2):
    space = StateSpace(inputs, outputs, [PRIMITIVES[name] for name in NAMES], pieces=True)
    order = BestFirstSearch(space, Prior.uniform(len(NAMES)), length)
    for _ in range(3000):
        if not order.advance():
            break
    return space


def find_layerings(space, outputs, test_shapes=None):
    groups = OutputShapedStates(space, outputs, test_shapes).list_groups()
    return LayeringSearch(space, outputs).search(groups)


def apply_layering(layering, space, index):
    """Return the grid that a layering makes of one input."""
    grids = [space.get_grids(layer.state)[index] for layer in layering.layers]
    return overlay_grids(grids, [layer.colours for layer in layering.layers])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(SQUARES, SQUARES), min_size=1, max_size=3), SQUARES, st.booleans())
def test_a_layering_never_contradicts_an_output(pairs, test, is_related):
    inputs = [grid for grid, _ in pairs]
    outputs = [np.maximum(grid, grid[::-1]) if is_related else output for grid, output in pairs]
    space = explore([*inputs, test], outputs)
    for layering in find_layerings(space, outputs):
        assert len(layering.layers) >= 1
        assert 0 < layering.support <= 1
        for index, output in enumerate(outputs):
            assert is_equal(apply_layering(layering, space, index), output)


def test_a_layering_makes_an_output_that_no_single_program_does():
    rng = np.random.default_rng(0)
    inputs = [rng.integers(0, 2, (5, 5)).astype(np.uint8) * colour for colour in (1, 2, 3)]
    outputs = [np.where(grid != 0, grid, grid[:, ::-1]) for grid in inputs]
    space = explore(inputs, outputs[:2], length=1)
    assert not space.goal_states
    best = find_layerings(space, outputs[:2])[0]
    assert is_equal(apply_layering(best, space, 2), outputs[2])


def test_states_of_other_shapes_than_predicted_are_left_out():
    grid = np.array([[1, 0, 2]], dtype=np.uint8)
    space = explore([grid, grid.T.copy()], [grid])
    assert all(
        space.get_grids(layer.state)[1].shape == (3, 1)
        for layering in find_layerings(space, [grid], ((3, 1),))
        for layer in layering.layers
    )


def test_uncovered_cells_are_background():
    upper, lower = np.array([[0, 3]], dtype=np.uint8), np.array([[4, 4]], dtype=np.uint8)
    clear, plain = (TRANSPARENT,) * 10, (TRANSPARENT, *range(1, 10))
    assert is_equal(overlay_grids([upper, lower], [plain, plain]), np.array([[4, 3]], dtype=np.uint8))
    assert not overlay_grids([upper, lower], [clear, clear]).any()


def name_kind(candidate):
    return "program" if candidate.is_program else "layering" if candidate.layers else "rule"


@pytest.fixture(scope="module")
def solved_tasks():
    """Tasks whose test inputs are those of their pairs, so that every answer is known, and their candidates."""
    variants = [SearchSettings(pieces=True, assembly=True, cells=cells, forms=True) for cells in (False, True)]
    budget = SearchBudget(nodes=3000, length=3)
    results = []
    for arc in (arc for arc in load_tasks("arc1-training") if arc.task.task_id in TASKS_OF_EVERY_KIND):
        task = Task("again", arc.task.pairs, tuple(pair.input for pair in arc.task.pairs))
        results += [(task, solve(task, V2, UNIFORM, budget, variant).candidates) for variant in variants]
    kinds = {(name_kind(candidate), bool(candidate.transform)) for _, candidates in results for candidate in candidates}
    assert {("program", False), ("layering", False), ("layering", True), ("rule", True)} <= kinds
    return results


def test_candidates_explain_the_pairs_and_the_shortest_is_first(solved_tasks):
    for task, candidates in solved_tasks:
        costs = [candidate.cost for candidate in candidates]
        assert costs == sorted(costs)
        for candidate in candidates:
            assert all(
                is_equal(answer, pair.output) for answer, pair in zip(candidate.answers, task.pairs, strict=True)
            )


def test_a_trace_ends_in_the_answer(solved_tasks):
    for task, candidates in solved_tasks:
        transforms = {transform.name: transform for transform in list_transforms(task)}
        for candidate in candidates:
            transform = transforms[candidate.transform]
            inputs = transform.task.test_inputs
            steps, traces, outlines = trace_candidate(
                candidate.program, candidate.relabelling, candidate.layers, candidate.rule, inputs
            )
            assert {len(grids) for grids in traces} == {1 + len(steps)}
            assert outlines == [[None] * (1 + len(steps)) for _ in inputs]  # no rule over units among them
            ends = [transform.invert(grids[-1], test) for test, grids in enumerate(traces)]
            assert all(map(is_equal, ends, candidate.answers))


def test_by_default_only_programs_are_searched():
    pair = Pair(np.array([[1, 0]], dtype=np.uint8), np.array([[1, 1]], dtype=np.uint8))
    outcome = solve(Task("t", (pair,), ()), V2, UNIFORM, SearchBudget(length=2))
    assert all(candidate.is_program and not candidate.transform for candidate in outcome.candidates)
