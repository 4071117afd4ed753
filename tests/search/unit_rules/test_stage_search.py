"""Rules of two stages: right for every pair, applied anew to any input, and found only where one stage does not do."""

import numpy as np
import pytest

from neural_guide.arc.grid import is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.dsl.vocabulary import PRIMITIVES, get_vocabulary
from neural_guide.search.application import apply_candidate
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import solve
from neural_guide.search.trace import trace_candidate
from neural_guide.search.unit_rules.arguments import Action
from neural_guide.search.unit_rules.rule import UnitCase, UnitRule, apply_unit_rule
from neural_guide.search.unit_rules.rule_search import UnitRuleSearch
from neural_guide.search.unit_rules.stage_search import FirstStage, StagedRuleSearch
from neural_guide.search.unit_rules.stages import StagedRule

RAYS = UnitRule("object", (), (UnitCase((), Action("ray", ("four diagonals", 2))),))
CORNERS = UnitRule("object", (), (UnitCase((), Action("halo", ("at its corners", 6))),))
LINES = UnitRule("object", (), (UnitCase((), Action("ray from middle", ("up and down", 7))),))
DOTS = ((8, 9, ((2, 2, 1), (5, 7, 1))), (9, 8, ((6, 2, 4), (1, 5, 4))), (7, 7, ((3, 3, 5),)), (9, 9, ((4, 2, 1),)))


def draw_dots(rows, columns, dots):
    """Draw dots: row, column and colour of each."""
    grid = np.zeros((rows, columns), dtype=np.uint8)
    for row, column, colour in dots:
        grid[row, column] = colour
    return grid


def build_task(rule):
    """Build a task by a rule of units; its last input is the test. Returns the task and the answer."""
    inputs = [draw_dots(*drawing) for drawing in DOTS]
    outputs = [rule(grid) for grid in inputs]
    pairs = [Pair(*pair) for pair in zip(inputs, outputs, strict=True)]
    return Task("t", tuple(pairs[:-1]), (inputs[-1],)), outputs[-1]


def mark_corners_then_draw_rays(grid):
    """Mark the corners around every dot, then draw lines up and down from the middle of each of these figures."""
    return apply_unit_rule(LINES, apply_unit_rule(CORNERS, grid))


def double_then_draw_rays(grid):
    """Enlarge every cell, then draw diagonals from every dot."""
    return apply_unit_rule(RAYS, PRIMITIVES["scale_2"](grid))


def mark_program(task, name):
    """The first stage of one primitive."""
    grids = [PRIMITIVES[name](grid) for grid in (*(pair.input for pair in task.pairs), *task.test_inputs)]
    return FirstStage((name,), (), 5.0, tuple(grids))


def assert_is_right(explanation, task):
    """Assert that a rule makes the outputs, and its answers."""
    grids = [*(pair.output for pair in task.pairs), *explanation.answers]
    for given, expected in zip([*(pair.input for pair in task.pairs), *task.test_inputs], grids, strict=True):
        program = explanation.rule.program
        start = PRIMITIVES[program[0]](given) if program else given
        assert is_equal(explanation.rule.predict({program: start}), expected)


def test_a_rule_looks_at_what_another_rule_has_made():
    task, answer = build_task(mark_corners_then_draw_rays)
    assert UnitRuleSearch(task).find_rules() == []
    explanations = StagedRuleSearch(task).find_after_rules()
    assert is_equal(explanations[0].answers[0], answer)
    for explanation in explanations:
        assert len(explanation.rule.rules) == 2
        assert_is_right(explanation, task)


def test_a_rule_looks_at_what_a_program_has_made():
    task, answer = build_task(double_then_draw_rays)
    search = StagedRuleSearch(task)
    assert search.find_after_rules() == []
    explanations = search.find_after_programs([mark_program(task, "scale_2")])
    assert is_equal(explanations[0].answers[0], answer)
    for explanation in explanations:
        assert explanation.rule.program == ("scale_2",)
        assert_is_right(explanation, task)


@pytest.mark.parametrize("make", [double_then_draw_rays, mark_corners_then_draw_rays])
def test_a_pair_left_out_is_predicted_before_the_tests(make):
    task, answer = build_task(make)
    search = StagedRuleSearch(task)
    programs = [mark_program(task, "scale_2")] if make is double_then_draw_rays else []
    assert [*search.find_after_rules(), *search.find_after_programs(programs)]
    for pair in range(2):
        first = search.find_rules_without(pair)[0]
        assert is_equal(first.answers[0], task.pairs[pair].output)
        assert is_equal(first.answers[1], answer)


def test_no_rule_without_time():
    task, _ = build_task(double_then_draw_rays)
    search = StagedRuleSearch(task, deadline=0.0)
    assert search.find_after_programs([mark_program(task, "scale_2")]) == []
    assert search.find_after_rules() == []


def test_steps_and_grids_of_a_staged_rule_lead_to_its_output():
    grid = draw_dots(*DOTS[0])
    rule = StagedRule(("scale_2",), (RAYS,))
    steps, [grids], _ = trace_candidate((), None, (), rule, [grid])
    assert steps == ("scale_2", "each object: ray four diagonals 2")
    assert len(grids) == 3
    assert is_equal(grids[-1], double_then_draw_rays(grid))
    assert rule.description == "scale_2, then each object: ray four diagonals 2"


def test_a_stage_that_does_not_apply_ends_the_grids_and_a_primitive_is_skipped():
    blank = np.zeros((2, 2), dtype=np.uint8)
    rule = StagedRule((), (RAYS, RAYS))
    assert rule.predict({(): blank}) is None
    assert len(trace_candidate((), None, (), rule, [blank]).states[0]) == 1
    too_large = np.ones((30, 30), dtype=np.uint8)
    first, second, _ = trace_candidate((), None, (), StagedRule(("tile_3",), (RAYS,)), [too_large]).states[0]
    assert np.array_equal(first, second)


@pytest.mark.parametrize("stages", [True, False])
def test_a_search_finds_it_where_stages_are_on(stages):
    task, answer = build_task(double_then_draw_rays)
    wide = get_vocabulary("wide")
    settings = SearchSettings(stages=stages, cells=False, forms=False)
    budget = SearchBudget(nodes=1500, seconds=60, length=2)
    outcome = solve(task, wide, Prior.uniform(len(wide.names)), budget, settings)
    staged = [candidate for candidate in outcome.candidates if candidate.family == "units"]
    assert bool(staged) == stages
    for candidate in staged[:1]:
        assert is_equal(candidate.answers[0], answer)
        assert is_equal(apply_candidate(candidate, task, task.test_inputs)[0], answer)
