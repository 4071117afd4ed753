"""Unit rules for people: what they say in a line, and the steps and grids on the way to the output."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural_guide.search.trace import trace_candidate
from neural_guide.search.unit_rules.arguments import Action
from neural_guide.search.unit_rules.picking import LEAVE
from neural_guide.search.unit_rules.rule import UnitCase, UnitRule, apply_unit_rule
from neural_guide.search.unit_rules.stages import StagedRule
from neural_guide.search.unit_rules.units import NO_UNIT, split_into_units
from support.strategies import grids

KEEP, RECOLOUR, REMOVE = Action("keep"), Action("recolour", (4,)), Action("remove")
GRID = np.array([[1, 1, 0, 2, 0, 3, 0, 5]], dtype=np.uint8)
TWO_CHANGES = UnitRule(
    "object",
    ("size", "own colour"),
    (
        UnitCase((2,), KEEP),
        UnitCase((1, 2), REMOVE),
        UnitCase((1, 3), RECOLOUR),
        UnitCase((1, 5), RECOLOUR),
    ),
)
LAY = Action("lay beside", ("colour", "left", "up", 0, 0))


def trace(rule, grid):
    """Return the steps of a rule in words, and the grids along them as lists."""
    steps, [grids], _ = trace_candidate((), None, (), StagedRule((), (rule,)), [grid])
    return steps, [state.tolist() for state in grids]


def list_outlines(rule, grid):
    """List the outlines of a rule's steps as rows of numbers, None where there is none."""
    [row] = trace_candidate((), None, (), StagedRule((), (rule,)), [grid]).outlines
    return [None if outline is None else outline.tolist() for outline in row]


def test_a_description_lists_the_conditions_of_each_action():
    assert TWO_CHANGES.description == (
        "each object: keep if size 2; remove if size 1 and own colour 2; "
        "recolour 4 if size 1 and own colour 3 or size 1 and own colour 5"
    )
    assert UnitRule("gap", (), (UnitCase((), KEEP),)).description == "each gap: keep"


def test_a_description_of_a_flag_says_whether_it_holds():
    cases = (UnitCase((0,), KEEP), UnitCase((1,), RECOLOUR), UnitCase((2,), REMOVE))
    rule = UnitRule("shape", ("most size",), cases)
    assert rule.description == "each shape: keep if not most size; recolour 4 if most size; remove if joint most size"


def test_a_description_lists_four_conditions_of_an_action():
    rule = UnitRule("object", ("size",), tuple(UnitCase((size,), RECOLOUR) for size in range(1, 8)))
    assert rule.description == "each object: recolour 4 if size 1 or size 2 or size 3 or size 4 or 3 more"


def test_each_changing_action_is_a_step_and_the_last_grid_is_the_output():
    steps, grids = trace(TWO_CHANGES, GRID)
    assert steps == (
        "each object, size 1 and own colour 2: remove",
        "each object, size 1 and own colour 3 or size 1 and own colour 5: recolour 4",
    )
    assert grids == [GRID.tolist(), [[1, 1, 0, 0, 0, 3, 0, 5]], [[1, 1, 0, 0, 0, 4, 0, 4]]]
    assert grids[-1] == apply_unit_rule(TWO_CHANGES, GRID).tolist()


def test_a_rule_without_features_has_a_step_for_all_units():
    rule = UnitRule("shape", (), (UnitCase((), RECOLOUR),))
    assert trace(rule, GRID) == (("each shape: recolour 4",), [GRID.tolist(), [[4, 4, 0, 4, 0, 4, 0, 4]]])


@pytest.mark.parametrize(
    ("action", "cases", "output", "words"),
    [
        (Action("take"), ((1,), (0,)), [[1, 1]], "most size: take"),
        (LAY, ((0,), (1,)), [[2, 3, 5]], "not most size: lay beside colour left up 0 0"),
    ],
)
def test_an_output_of_units_has_one_step(action, cases, output, words):
    rule = UnitRule("object", ("most size",), (UnitCase(cases[0], action), UnitCase(cases[1], Action(LEAVE))))
    assert trace(rule, GRID) == ((f"each object, {words}",), [GRID.tolist(), output])


def test_a_rule_that_changes_nothing_has_no_step_and_one_grid():
    assert trace(UnitRule("object", (), (UnitCase((), KEEP),)), GRID) == ((), [GRID.tolist()])


def test_the_grids_end_where_a_unit_has_no_action_and_a_unit_that_cannot_act_stays():
    partial = UnitRule("object", ("size",), TWO_CHANGES.unit_cases[:1])
    assert trace(partial, GRID)[1] == [GRID.tolist()]
    assert trace(UnitRule("panel", (), (UnitCase((), RECOLOUR),)), GRID)[1] == [GRID.tolist()]
    away = UnitCase((1, 5), Action("move by", (0, 1)))
    outside = UnitRule("object", TWO_CHANGES.features, (*TWO_CHANGES.unit_cases[:3], away))
    steps, grids = trace(outside, GRID)
    assert len(steps) == 3
    moved = [[1, 1, 0, 0, 0, 4, 0, 5]]
    assert grids == [GRID.tolist(), [[1, 1, 0, 0, 0, 3, 0, 5]], moved, moved]


def test_the_units_that_act_next_are_outlined():
    assert list_outlines(TWO_CHANGES, GRID) == [
        [[-1, -1, -1, 1, -1, -1, -1, -1]],
        [[-1, -1, -1, -1, -1, 2, -1, 3]],
        None,
    ]


@pytest.mark.parametrize(
    ("actions", "outline"),
    [
        ({1: Action("take"), 2: Action(LEAVE), 3: Action(LEAVE)}, [[0, 0, -1, -1, -1, -1]]),
        ({1: Action(LEAVE), 2: LAY, 3: LAY}, [[-1, -1, -1, 1, -1, 2]]),
        ({1: Action(LEAVE), 2: Action("take box"), 3: Action("take colour")}, [[-1, -1, -1, 1, -1, 2]]),
    ],
)
def test_the_units_that_make_the_output_are_outlined_in_the_input(actions, outline):
    rule = UnitRule("object", ("own colour",), tuple(UnitCase((colour,), actions[colour]) for colour in actions))
    assert list_outlines(rule, GRID[:, :6])[0] == outline


def test_units_that_cannot_act_are_outlined_and_a_grid_without_units_is_not():
    away = UnitRule("object", (), (UnitCase((), Action("move by", (0, 1))),))
    assert list_outlines(away, GRID) == [[[0, 0, -1, 1, -1, 2, -1, 3]], None]
    assert list_outlines(UnitRule("panel", (), (UnitCase((), RECOLOUR),)), GRID) == [None]


@given(grids(max_side=6, colours=4), st.sampled_from(["object", "shape", "side shape", "colour"]))
def test_outlines_cover_whole_units_and_just_the_cells_that_change(grid, kind):
    actions = {0: KEEP, 1: Action("recolour", (9,)), 2: Action("remove"), 3: KEEP}
    rule = UnitRule(kind, ("own colour",), tuple(UnitCase((colour,), action) for colour, action in actions.items()))
    steps, [states], [outlines] = trace_candidate((), None, (), StagedRule((), (rule,)), [grid])
    scene = split_into_units(grid, kind)
    assert outlines[-1] is None
    assert len(outlines) == len(states) == (1 if scene is None else 1 + len(steps))
    for before, after, outline in zip(states, states[1:], outlines, strict=False):
        np.testing.assert_array_equal(outline != NO_UNIT, before != after)
        for unit in set(outline[outline != NO_UNIT].tolist()):
            np.testing.assert_array_equal(outline == unit, scene.masks[unit])
