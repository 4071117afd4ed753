"""Unit rules: they are right for every pair, and their answers are the predictions of the rule."""

import time
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_guide.arc.grid import is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.search.unit_rules.arguments import Action
from neural_guide.search.unit_rules.picking import LEAVE
from neural_guide.search.unit_rules.rule import UnitCase, UnitRule, apply_unit_rule
from neural_guide.search.unit_rules.rule_search import UnitRuleSearch
from search.unit_rules.drawn_tasks import (
    COUNT_ONES,
    LIST_BY_SIZE,
    MOVE_ALL,
    RECOLOUR_LARGEST,
    TAKE_ODD,
    UNEXPLAINED,
    parse_task,
)
from support.strategies import grids

TASKS = {
    "move all": MOVE_ALL,
    "recolour largest": RECOLOUR_LARGEST,
    "take odd": TAKE_ODD,
    "list by size": LIST_BY_SIZE,
    "count ones": COUNT_ONES,
}
CONTENT = grids(max_side=5, colours=3).filter(np.any)


@cache
def build_search(name):
    """Build the search for a drawn task."""
    return UnitRuleSearch(parse_task(TASKS[name])[0])


def assert_is_right(explanation, task, outputs):
    """Assert that a rule gives the outputs of pairs and, as answers, what it predicts."""
    for pair, output in zip(task.pairs, outputs, strict=True):
        if output is not None:
            assert is_equal(explanation.rule.predict({(): pair.input}), output), explanation.rule.description
    assert len(explanation.answers) == len(task.test_inputs)
    for given_input, answer in zip(task.test_inputs, explanation.answers, strict=True):
        assert is_equal(explanation.rule.predict({(): given_input}), answer), explanation.rule.description


@pytest.mark.parametrize("name", TASKS)
def test_the_cheapest_rule_gives_the_answer(name):
    task, answer = parse_task(TASKS[name])
    explanations = build_search(name).find_rules()
    assert is_equal(explanations[0].answers[0], answer)
    costs = [explanation.cost for explanation in explanations]
    assert costs == sorted(costs)
    for explanation in explanations:
        assert_is_right(explanation, task, [pair.output for pair in task.pairs])
        assert 0 <= explanation.support <= 1


def test_a_rule_without_features_does_one_action():
    rule = build_search("move all").find_rules()[0].rule.rules[0]
    assert rule.features == ()
    assert [case.action for case in rule.unit_cases] == [Action("move by", (1, 0))]


def test_a_rule_tells_units_apart_by_a_comparison():
    rule = build_search("recolour largest").find_rules()[0].rule.rules[0]
    assert len(rule.features) == 1
    assert {case.action for case in rule.unit_cases} == {Action("keep"), Action("recolour", (4,))}


def test_a_rule_takes_one_unit_and_leaves_the_others():
    rule = build_search("take odd").find_rules()[0].rule.rules[0]
    assert len(rule.features) == 1
    assert {case.action for case in rule.unit_cases} == {Action("take"), Action(LEAVE)}


def test_a_rule_lays_all_units_in_an_order():
    rule = build_search("list by size").find_rules()[0].rule.rules[0]
    assert rule.features == ()
    [case] = rule.unit_cases
    assert case.action == Action("lay beside", ("colour", "size", "up", 0, 0))


def test_a_rule_lays_some_units_in_an_output_of_constant_size():
    rule = build_search("count ones").find_rules()[0].rule.rules[0]
    assert len(rule.features) == 1
    laying = next(case.action for case in rule.unit_cases if case.action != Action(LEAVE))
    assert laying.verb == "lay beside"
    assert laying.arguments[-2:] == (1, 4)


def test_no_rule_for_an_output_that_no_units_make():
    task, _ = parse_task(LIST_BY_SIZE)
    other = Pair(task.pairs[1].input, np.array([[9, 4]], dtype=np.uint8))
    assert UnitRuleSearch(Task("t", (task.pairs[0], other), task.test_inputs)).find_rules() == []


@pytest.mark.parametrize("name", TASKS)
def test_a_pair_left_out_is_predicted_before_the_tests(name):
    task, answer = parse_task(TASKS[name])
    search = UnitRuleSearch(task)
    assert search.find_rules()
    for index, pair in enumerate(task.pairs):
        first = search.find_rules_without(index)[0]
        assert len(first.answers) == 2
        assert is_equal(first.answers[0], pair.output)
        assert is_equal(first.answers[1], answer)


def test_a_pair_left_out_need_not_be_explained():
    task, _ = parse_task(RECOLOUR_LARGEST)
    odd = Pair(task.pairs[2].input, np.where(task.pairs[2].input == 1, 4, task.pairs[2].input).astype(np.uint8))
    search = UnitRuleSearch(Task("t", (*task.pairs[:2], odd), task.test_inputs))
    assert all(explanation.rule.rules[0].features != ("most size",) for explanation in search.find_rules())
    predictions = [explanation.answers[0] for explanation in search.find_rules_without(2)]
    assert any(is_equal(prediction, task.pairs[2].output) for prediction in predictions)


def test_no_rule_for_a_changed_cell_that_no_unit_explains():
    assert UnitRuleSearch(parse_task(UNEXPLAINED)[0]).find_rules() == []


def test_no_rule_without_units_in_every_grid():
    blank = np.zeros((3, 3), dtype=np.uint8)
    task = Task("t", (Pair(blank, blank), Pair(blank, blank)), (np.ones((3, 3), dtype=np.uint8),))
    assert UnitRuleSearch(task).find_rules(["object", "shape", "colour"]) == []


def test_no_rule_without_a_pair_to_fit():
    task, _ = parse_task([MOVE_ALL[0], MOVE_ALL[-1]])
    assert UnitRuleSearch(task).find_rules() != []
    assert UnitRuleSearch(task).find_rules_without(0) == []


def test_answers_of_equal_cells_and_different_shapes_are_both_kept():
    """The pairs take the unit at the top left; in the test one unit is at the top and one at the left."""
    drawings = [
        """
        1 . . | 1
        . . 2 |
        """,
        """
        3 . . | 3
        . . . |
        . . 2 |
        """,
        """
        . . 1 1 | 1 1
        1 . . . |
        1 . . . |
        """,
    ]
    explanations = UnitRuleSearch(parse_task(drawings)[0]).find_rules()
    assert {(1, 2), (2, 1)} <= {explanation.answers[0].shape for explanation in explanations}


@st.composite
def ruled_tasks(draw):
    """Draw a task whose outputs are those of a rule: units with a property do an action, the others are kept."""
    action = draw(
        st.sampled_from(
            [
                Action("recolour", (4,)),
                Action("remove"),
                Action("move until stopped", ("down",)),
                Action("ray", ("right", "own colour")),
                Action("fill box", (7,)),
                Action("mirror beside", ("right",)),
            ]
        )
    )
    name = draw(st.sampled_from(("size", "most size", "touches border", "own colour")))
    inputs = draw(st.lists(CONTENT, min_size=3, max_size=3))
    cases = tuple(UnitCase((value,), action if value % 2 else Action("keep")) for value in range(32))
    rule = UnitRule("shape", (name,), cases)
    outputs = [apply_unit_rule(rule, grid) for grid in inputs]
    pairs = [Pair(grid, output) for grid, output in zip(inputs[1:], outputs[1:], strict=True) if output is not None]
    return Task("t", tuple(pairs), (inputs[0],))


@settings(max_examples=8, deadline=None)
@given(ruled_tasks())
def test_every_rule_gives_the_outputs_of_all_pairs(task):
    if task.pairs:
        search = UnitRuleSearch(task)
        outputs = [pair.output for pair in task.pairs]
        for explanation in search.find_rules():
            assert_is_right(explanation, task, outputs)
        first = Task("t", task.pairs[1:], (task.pairs[0].input, *task.test_inputs))
        for explanation in search.find_rules_without(0):
            assert_is_right(explanation, first, outputs[1:])


@settings(max_examples=5, deadline=None)
@given(st.lists(CONTENT, min_size=2, max_size=3))
def test_units_that_all_take_one_colour_have_a_rule(inputs):
    pairs = [Pair(grid, np.where(grid > 0, 4, 0).astype(np.uint8)) for grid in inputs[1:]]
    explanations = UnitRuleSearch(Task("t", tuple(pairs), (inputs[0],))).find_rules()
    expected = np.where(inputs[0] > 0, 4, 0)
    assert any(np.array_equal(explanation.answers[0], expected) for explanation in explanations)


@pytest.mark.parametrize(("size", "colour"), [(1, 7), (2, 7), (3, 7), (5, 4), (7, 4), (9, 4)])
def test_a_unit_of_unseen_values_has_the_action_of_the_most_alike_class(size, colour):
    cases = (UnitCase((2,), Action("recolour", (7,))), UnitCase((6,), Action("recolour", (4,))))
    grid = np.full((1, size), 1, dtype=np.uint8)
    assert np.unique(apply_unit_rule(UnitRule("object", ("size",), cases), grid)).tolist() == [colour]


def test_a_class_that_shares_the_first_value_is_more_alike_than_a_nearer_one():
    cases = (
        UnitCase((1, 2), Action("recolour", (7,))),
        UnitCase((1, 9), Action("recolour", (6,))),
        UnitCase((2, 3), Action("recolour", (4,))),
    )
    grid = np.full((1, 2), 3, dtype=np.uint8)
    rule = UnitRule("object", ("size", "own colour"), cases)
    assert apply_unit_rule(rule, grid).tolist() == [[4, 4]]
    assert apply_unit_rule(rule, grid[:, :1]).tolist() == [[7]]


def test_a_case_may_need_the_first_features_alone():
    grid = np.array([[1, 1, 0, 2, 0, 3]], dtype=np.uint8)
    rule = UnitRule(
        "object",
        ("size", "own colour"),
        (
            UnitCase((2,), Action("keep")),
            UnitCase((1, 2), Action("remove")),
            UnitCase((1, 3), Action("recolour", (4,))),
        ),
    )
    assert apply_unit_rule(rule, grid).tolist() == [[1, 1, 0, 0, 0, 4]]


def test_no_rule_after_the_deadline():
    task, _ = parse_task(MOVE_ALL)
    assert UnitRuleSearch(task, deadline=time.perf_counter() - 1).find_rules() == []
    assert UnitRuleSearch(task, deadline=time.perf_counter() + 60).find_rules() != []
