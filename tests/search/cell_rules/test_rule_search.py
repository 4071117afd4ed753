"""Rules of cells: they explain every pair, and what they answer is what they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neural_guide.arc.grid import COLOURS, is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.dsl.vocabulary import PRIMITIVES, V2
from neural_guide.search.best_first import BestFirstSearch
from neural_guide.search.cell_rules.rule import COLOUR, CONTENT, Case, CellRule, Look, seen
from neural_guide.search.cell_rules.rule_search import rules_of
from neural_guide.search.output_shaped_states import OutputShapedStates
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import solve
from neural_guide.search.state_space import StateSpace
from neural_guide.search.trace import trace_candidate

NAMES = ("outline", "fill_holes", "vmirror")
UNIFORM = Prior.uniform(len(V2))
CELLS_ALONE = SearchSettings(cells=True)
GRIDS = arrays(np.uint8, st.tuples(st.integers(2, 6), st.integers(2, 6)), elements=st.integers(0, 3))


def beside(grid):
    """Content with an even number of content beside it becomes 7."""
    padded = np.pad(grid != 0, 1).astype(int)
    counts = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    return np.where((grid != 0) & (counts % 2 == 0), 7, grid).astype(np.uint8)


def explored(inputs, outputs):
    space = StateSpace(inputs, outputs, [PRIMITIVES[name] for name in NAMES])
    order = BestFirstSearch(space, Prior.uniform(len(NAMES)), 1)
    while order.advance():
        pass
    return space


def rules(inputs, outputs):
    space = explored(inputs, outputs)
    return [
        rule for states in OutputShapedStates(space, outputs).list_groups() for rule in rules_of(space, states, outputs)
    ]


def task_of(rule, seed=0, pairs=4, side=7):
    rng = np.random.default_rng(seed)
    inputs = [rng.integers(0, 3, (side, side)).astype(np.uint8) for _ in range(pairs + 1)]
    shown = tuple(Pair(grid, rule(grid)) for grid in inputs[:-1])
    return Task("t", shown, (inputs[-1],)), rule(inputs[-1])


def best(task):
    found = solve(task, V2, UNIFORM, SearchBudget(length=1), CELLS_ALONE).candidates
    return found[0] if found else None


@pytest.mark.parametrize(
    "rule",
    [
        beside,
        lambda grid: np.where(np.indices(grid.shape).sum(axis=0) % 2 == 0, grid, 0).astype(np.uint8),
        lambda grid: np.where(grid == 0, grid[:, :1], grid),  # background in the colour at the left border
        lambda grid: np.where(grid == 1, 5, grid[:, ::-1]),  # of two states: the grid, and its mirror image
    ],
)
def test_a_rule_that_no_program_has_is_found(rule):
    task, answer = task_of(rule)
    found = best(task)
    assert found.rule is not None
    assert is_equal(found.answers[0], answer)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(GRIDS, st.integers(0, 9)), min_size=2, max_size=4), st.sampled_from((beside, np.fliplr)))
def test_a_rule_explains_every_pair_and_answers_what_it_says(drawn, change):
    inputs = [grid for grid, _ in drawn]
    outputs = [np.ascontiguousarray(np.where(change(grid) == 3, other, change(grid))) for grid, other in drawn]
    task = Task("t", tuple(map(Pair, inputs[:-1], outputs)), (inputs[-1],))
    for candidate in solve(task, V2, UNIFORM, SearchBudget(length=1), CELLS_ALONE).candidates:
        if candidate.rule is not None:
            _, grids = trace_candidate((), None, (), candidate.rule, inputs)
            ends = [each[-1] for each in grids]
            assert all(map(is_equal, ends, [*outputs[:-1], *candidate.answers]))
            assert 0 <= candidate.support <= 1


def test_cells_unlike_any_of_the_pairs_become_what_most_like_them_do_and_are_charged_for():
    """The test has a colour that no pair shows; most colours are kept."""
    inputs = [np.array([[1, 2, 3, 0]], dtype=np.uint8), np.array([[0, 1, 2, 3]], dtype=np.uint8)]
    outputs = [np.where(grid == 1, 9, grid).astype(np.uint8) for grid in inputs]
    met, unmet = (
        {rule.looks[0].view: rule for rule in rules([*inputs, np.array([test], dtype=np.uint8)], outputs)}["colour"]
        for test in ([2, 1, 1, 0], [5, 1, 1, 0])
    )
    assert met.answers[0].tolist() == [[2, 9, 9, 0]]
    assert unmet.answers[0].tolist() == [[5, 9, 9, 0]]
    assert unmet.cost > met.cost + 2


def test_tests_with_many_cells_unlike_any_of_the_pairs_have_no_answer():
    inputs = [np.array([[1, 2, 3, 0]], dtype=np.uint8), np.array([[0, 1, 2, 3]], dtype=np.uint8)]
    outputs = [np.where(grid == 1, 9, grid).astype(np.uint8) for grid in inputs]
    found = rules([*inputs, np.array([[4, 5, 6, 7]], dtype=np.uint8)], outputs)
    assert not any(rule.looks[0].view == "colour" for rule in found)


def test_what_is_seen_beyond_the_border_is_no_answer():
    """Cells of colour 5 become their right neighbour; one of the test has none."""
    inputs = [np.array(rows, dtype=np.uint8) for rows in ([[5, 0, 5, 2], [1, 5, 0, 3]], [[5, 0, 2, 1], [2, 0, 5, 3]])]
    outputs = [np.where(grid == 5, np.roll(grid, -1, axis=1), grid) for grid in inputs]
    assert rules([*inputs, inputs[0]], outputs)
    for rule in rules([*inputs, np.array([[1, 5, 2, 3], [2, 3, 1, 5]], dtype=np.uint8)], outputs):
        assert rule.answers[0].max() < COLOURS


def test_cheaper_rules_come_first_and_support_counts_the_pairs_behind_a_case():
    task, _ = task_of(beside)
    inputs, outputs = [pair.input for pair in task.pairs], [pair.output for pair in task.pairs]
    found = rules([*inputs, *task.test_inputs], outputs)
    assert [rule.cost for rule in found] == sorted(rule.cost for rule in found)
    assert found[0].support == 1
    alone = rules([inputs[0], *task.test_inputs], outputs[:1])
    assert all(rule.support == 0 for rule in alone)  # one pair: no case has a second one


def test_words_name_what_is_looked_at_and_what_becomes_of_it():
    outlined = Look(("outline",), COLOUR)
    cases = (
        Case((0,), 3),
        Case((1, 0), outlined),
        Case((1, 5), Look((), "next up")),
        *(Case((1, n), 7) for n in range(6, 12)),
    )
    rule = CellRule((Look((), CONTENT), outlined), cases)
    told_cases = ("0 * > 3", "1 0 > outline", "1 5 > next up (input)", "1 6, 1 7, 1 8, 1 9, 2 more > 7")
    assert rule.words == f"cells by content (input), outline: {'; '.join(told_cases)}"
    assert rule.programs == ((), ("outline",))
    assert seen(np.array([[0, 3]], dtype=np.uint8), CONTENT).tolist() == [[0, 1]]


def test_without_a_test_there_is_nothing_to_answer():
    task, _ = task_of(beside)
    found = solve(Task("t", task.pairs, ()), V2, UNIFORM, SearchBudget(length=1), CELLS_ALONE).candidates
    assert not any(each.rule for each in found)


def test_off_there_are_none():
    task, _ = task_of(beside)
    assert not any(each.rule for each in solve(task, V2, UNIFORM, SearchBudget(length=1)).candidates)
