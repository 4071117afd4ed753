"""Assemblies: what they make of the pairs is the outputs, whatever states there are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.grid import is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.dsl.vocabulary import PRIMITIVES, V2
from neural_guide.search.best_first import BestFirst
from neural_guide.search.layering import CLEAR, Assembler, laid_over
from neural_guide.search.output_shaped_states import Fitting
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import solve
from neural_guide.search.state_space import Space
from neural_guide.search.task_transforms import forms_of
from neural_guide.search.trace import told

NAMES = ("rot90", "vmirror", "outline", "fill_holes", "hollow", "keep_common")
OF_EVERY_KIND = ("543a7ed5", "f8ff0b80", "42a50994", "2dc579da", "cf98881b", "3aa6fb7a", "5582e5ca")
UNIFORM = Prior.uniform(len(V2))
SQUARES = arrays(np.uint8, (4, 4), elements=st.integers(0, 3))


def explored(inputs, outputs, length=2):
    space = Space(inputs, outputs, [PRIMITIVES[name] for name in NAMES], pieces=True)
    order = BestFirst(space, Prior.uniform(len(NAMES)), length)
    for _ in range(3000):
        if not order.advance():
            break
    return space


def assembled(space, outputs, guess=None):
    return Assembler(space, outputs).assemble(Fitting(space, outputs, guess).groups())


def made_by(assembly, space, place):
    grids = [space.grids_of(layer.state)[place] for layer in assembly.layers]
    return laid_over(grids, [layer.colours for layer in assembly.layers])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(SQUARES, SQUARES), min_size=1, max_size=3), SQUARES, st.booleans())
def test_an_assembly_never_contradicts_an_output(pairs, test, related):
    inputs = [before for before, _ in pairs]
    outputs = [np.maximum(before, before[::-1]) if related else after for before, after in pairs]
    space = explored([*inputs, test], outputs)
    for assembly in assembled(space, outputs):
        assert len(assembly.layers) >= 1
        assert 0 < assembly.support <= 1
        for place, output in enumerate(outputs):
            assert is_equal(made_by(assembly, space, place), output)


def test_layers_that_no_single_program_has():
    rng = np.random.default_rng(0)
    inputs = [rng.integers(0, 2, (5, 5)).astype(np.uint8) * colour for colour in (1, 2, 3)]
    outputs = [np.where(grid != 0, grid, grid[:, ::-1]) for grid in inputs]
    space = explored(inputs, outputs[:2], length=1)
    assert not space.explained
    best = assembled(space, outputs[:2])[0]
    assert is_equal(made_by(best, space, 2), outputs[2])


def test_states_of_another_size_than_the_guess_are_left_out():
    grid = np.array([[1, 0, 2]], dtype=np.uint8)
    space = explored([grid, grid.T.copy()], [grid])
    assert all(
        space.grids_of(layer.state)[1].shape == (3, 1)
        for assembly in assembled(space, [grid], ((3, 1),))
        for layer in assembly.layers
    )


def test_what_no_layer_covers_is_background():
    upper, lower = np.array([[0, 3]], dtype=np.uint8), np.array([[4, 4]], dtype=np.uint8)
    clear, plain = (CLEAR,) * 10, (CLEAR, *range(1, 10))
    assert is_equal(laid_over([upper, lower], [plain, plain]), np.array([[4, 3]], dtype=np.uint8))
    assert not laid_over([upper, lower], [clear, clear]).any()


def kind_of(candidate):
    return "program" if candidate.is_program else "assembly" if candidate.parts else "rule"


@pytest.fixture(scope="module")
def explained():
    """Tasks whose test inputs are those of their pairs, so that every answer is known, and what explains them."""
    ways = [SearchSettings(pieces=True, assembly=True, cells=cells, forms=True) for cells in (False, True)]
    found = []
    for arc in (arc for arc in load_tasks("arc1-training") if arc.task.task_id in OF_EVERY_KIND):
        task = Task("again", arc.task.pairs, tuple(pair.input for pair in arc.task.pairs))
        found += [(task, solve(task, V2, UNIFORM, SearchBudget(nodes=3000, length=3), way).candidates) for way in ways]
    kinds = {(kind_of(candidate), bool(candidate.form)) for _, each in found for candidate in each}
    assert {("program", False), ("assembly", False), ("assembly", True), ("rule", True)} <= kinds
    return found


def test_candidates_of_a_search_explain_the_pairs_and_the_shortest_is_first(explained):
    for task, found in explained:
        assert [each.cost for each in found] == sorted(each.cost for each in found)
        for candidate in found:
            assert all(
                is_equal(answer, pair.output) for answer, pair in zip(candidate.answers, task.pairs, strict=True)
            )


def test_what_is_drawn_ends_in_the_answer(explained):
    for task, found in explained:
        for candidate in found:
            form = next(form for form in forms_of(task) if form.name == candidate.form)
            inputs = form.task.test_inputs
            names, drawn = told(candidate.program, candidate.colour_map, candidate.parts, candidate.rule, inputs)
            assert {len(grids) for grids in drawn} == {1 + len(names)}
            ends = [form.undo(grids[-1], test) for test, grids in enumerate(drawn)]
            assert all(map(is_equal, ends, candidate.answers))


def test_off_nothing_is_searched_but_programs():
    pair = Pair(np.array([[1, 0]], dtype=np.uint8), np.array([[1, 1]], dtype=np.uint8))
    outcome = solve(Task("t", (pair,), ()), V2, UNIFORM, SearchBudget(length=2))
    assert all(candidate.is_program and not candidate.form for candidate in outcome.candidates)
