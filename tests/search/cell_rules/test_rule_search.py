"""Cell rules: they are right for every pair, and their answers are the predictions of the rule."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neural_guide.arc.grid import COLOURS, is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.dsl.vocabulary import PRIMITIVES, V2
from neural_guide.search.best_first import BestFirstSearch
from neural_guide.search.cell_rules.feature import COLOUR, CONTENT, ProgramFeature
from neural_guide.search.cell_rules.features import evaluate_features
from neural_guide.search.cell_rules.rule import Case, CellRule
from neural_guide.search.cell_rules.rule_search import RuleSearch
from neural_guide.search.output_shaped_states import OutputShapedStates
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import solve
from neural_guide.search.state_space import StateSpace
from neural_guide.search.trace import trace_candidate

NAMES = ("outline", "fill_holes", "vmirror")
UNIFORM = Prior.uniform(len(V2))
CELL_RULES_ONLY = SearchSettings(cells=True)
GRIDS = arrays(np.uint8, st.tuples(st.integers(2, 6), st.integers(2, 6)), elements=st.integers(0, 3))


def mark_even(grid):
    """Recolour content with an even number of content cells beside it to 7."""
    padded = np.pad(grid != 0, 1).astype(int)
    counts = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    return np.where((grid != 0) & (counts % 2 == 0), 7, grid).astype(np.uint8)


def explore(inputs, outputs):
    space = StateSpace(inputs, outputs, [PRIMITIVES[name] for name in NAMES])
    order = BestFirstSearch(space, Prior.uniform(len(NAMES)), 1)
    while order.advance():
        pass
    return space


def find_all_rules(inputs, outputs):
    space = explore(inputs, outputs)
    groups = OutputShapedStates(space, outputs).list_groups()
    searches = [RuleSearch(space, states, outputs) for states in groups]
    return [rule for search in searches for rule in (*search.find_cell_rules(), *search.find_line_rules())]


def build_task(change, seed=0, pairs=4, side=7):
    rng = np.random.default_rng(seed)
    inputs = [rng.integers(0, 3, (side, side)).astype(np.uint8) for _ in range(pairs + 1)]
    shown = tuple(Pair(grid, change(grid)) for grid in inputs[:-1])
    return Task("t", shown, (inputs[-1],)), change(inputs[-1])


def solve_first(task):
    candidates = solve(task, V2, UNIFORM, SearchBudget(length=1), CELL_RULES_ONLY).candidates
    return candidates[0] if candidates else None


@pytest.mark.parametrize(
    "change",
    [
        mark_even,
        lambda grid: np.where(np.indices(grid.shape).sum(axis=0) % 2 == 0, grid, 0).astype(np.uint8),
        lambda grid: np.where(grid == 0, grid[:, :1], grid),  # background in the colour at the left border
        lambda grid: np.where(grid == 1, 5, grid[:, ::-1]),  # of two states: the grid, and its mirror image
    ],
)
def test_finds_a_rule_that_no_program_expresses(change):
    task, answer = build_task(change)
    candidate = solve_first(task)
    assert candidate.rule is not None
    assert is_equal(candidate.answers[0], answer)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(GRIDS, st.integers(0, 9)), min_size=2, max_size=4), st.sampled_from((mark_even, np.fliplr)))
def test_a_rule_explains_every_pair_and_predicts_its_answers(examples, change):
    inputs = [grid for grid, _ in examples]
    outputs = [np.ascontiguousarray(np.where(change(grid) == 3, other, change(grid))) for grid, other in examples]
    task = Task("t", tuple(map(Pair, inputs[:-1], outputs)), (inputs[-1],))
    for candidate in solve(task, V2, UNIFORM, SearchBudget(length=1), CELL_RULES_ONLY).candidates:
        if candidate.rule is not None:
            traces = trace_candidate((), None, (), candidate.rule, inputs).states
            predicted = [grids[-1] for grids in traces]
            assert all(map(is_equal, predicted, [*outputs[:-1], *candidate.answers]))
            assert 0 <= candidate.support <= 1


def test_unseen_cells_follow_the_most_similar_ones_at_a_cost():
    """The test has a colour that no pair shows; most colours are kept."""
    inputs = [np.array([[1, 2, 3, 0]], dtype=np.uint8), np.array([[0, 1, 2, 3]], dtype=np.uint8)]
    outputs = [np.where(grid == 1, 9, grid).astype(np.uint8) for grid in inputs]
    tests = [np.array([row], dtype=np.uint8) for row in ([2, 1, 1, 0], [5, 1, 1, 0])]
    seen, unseen = (
        {rule.features[0].feature: rule for rule in find_all_rules([*inputs, test], outputs)}["colour"]
        for test in tests
    )
    assert seen.answers[0].tolist() == [[2, 9, 9, 0]]
    assert unseen.answers[0].tolist() == [[5, 9, 9, 0]]
    assert unseen.cost > seen.cost + 2


def test_a_test_with_many_unseen_cells_has_no_answer():
    inputs = [np.array([[1, 2, 3, 0]], dtype=np.uint8), np.array([[0, 1, 2, 3]], dtype=np.uint8)]
    outputs = [np.where(grid == 1, 9, grid).astype(np.uint8) for grid in inputs]
    rules = find_all_rules([*inputs, np.array([[4, 5, 6, 7]], dtype=np.uint8)], outputs)
    assert not any(rule.features[0].feature == "colour" for rule in rules)


def test_a_neighbour_beyond_the_border_is_no_answer():
    """Cells of colour 5 become their right neighbour; one of the test has none."""
    inputs = [np.array(rows, dtype=np.uint8) for rows in ([[5, 0, 5, 2], [1, 5, 0, 3]], [[5, 0, 2, 1], [2, 0, 5, 3]])]
    outputs = [np.where(grid == 5, np.roll(grid, -1, axis=1), grid) for grid in inputs]
    assert find_all_rules([*inputs, inputs[0]], outputs)
    for rule in find_all_rules([*inputs, np.array([[1, 5, 2, 3], [2, 3, 1, 5]], dtype=np.uint8)], outputs):
        assert rule.answers[0].max() < COLOURS


def test_rules_are_sorted_by_cost_and_support_counts_pairs():
    task, _ = build_task(mark_even)
    inputs, outputs = [pair.input for pair in task.pairs], [pair.output for pair in task.pairs]
    rules = find_all_rules([*inputs, *task.test_inputs], outputs)
    assert [rule.cost for rule in rules] == sorted(rule.cost for rule in rules)
    assert rules[0].support == 1
    single_pair_rules = find_all_rules([inputs[0], *task.test_inputs], outputs[:1])
    assert all(rule.support == 0 for rule in single_pair_rules)  # one pair: no case has a second one


def test_a_description_names_features_values_and_outcomes():
    outline = ProgramFeature(("outline",), COLOUR)
    cases = (
        Case((0,), 3),
        Case((1, 0), outline),
        Case((1, 5), ProgramFeature((), "next up")),
        *(Case((1, value), 7) for value in range(6, 12)),
    )
    rule = CellRule((ProgramFeature((), CONTENT), outline), cases)
    described_cases = ("0 * > 3", "1 0 > outline", "1 5 > next up (input)", "1 6, 1 7, 1 8, 1 9, 2 more > 7")
    assert rule.description == f"cells by content (input), outline: {'; '.join(described_cases)}"
    assert rule.programs == ((), ("outline",))
    features = evaluate_features(np.array([[0, 3]], dtype=np.uint8), {CONTENT, "no such feature"})
    assert {name: values.tolist() for name, values in features.items()} == {CONTENT: [[0, 1]]}


def test_a_task_without_tests_has_no_rules():
    task, _ = build_task(mark_even)
    candidates = solve(Task("t", task.pairs, ()), V2, UNIFORM, SearchBudget(length=1), CELL_RULES_ONLY).candidates
    assert not any(candidate.rule for candidate in candidates)


def test_no_rules_without_the_cells_setting():
    task, _ = build_task(mark_even)
    candidates = solve(task, V2, UNIFORM, SearchBudget(length=1)).candidates
    assert not any(candidate.rule for candidate in candidates)
