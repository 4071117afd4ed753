"""Actions: drawn examples of each verb and of each way to take a unit, and rules for all of them."""

from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings

from neural_guide.arc.grid import COLOURS, is_grid
from neural_guide.search.unit_rules.actions.motion import EDGES, ORDERS
from neural_guide.search.unit_rules.arguments import Action
from neural_guide.search.unit_rules.canvas import UNTOUCHED
from neural_guide.search.unit_rules.catalogue import ERASING, VERBS, compute_cost, list_actions, perform
from neural_guide.search.unit_rules.picking import LEAVE, TAKING, TAKING_COSTS, list_takings
from neural_guide.search.unit_rules.relations import TEMPLATES
from neural_guide.search.unit_rules.rule import perform_all
from neural_guide.search.unit_rules.units import MAX_UNITS, split_into_units
from search.unit_rules.drawing import build_grid, split_drawing
from search.unit_rules.drawn_actions import ACTIONS, NOT_APPLICABLE
from search.unit_rules.drawn_actions import TAKING as DRAWN_TAKING
from search.unit_rules.scenes import iterate_real_scenes, list_scenes
from support.strategies import grids

ALL_ACTIONS = list(list_actions([1, 4], [(0, 1), (-2, 0)], [3], paints=True))


def act_alone(drawn, others):
    """Return the drawn output, and the grid after one unit has done the action and all others another one."""
    before, after = map(build_grid, split_drawing(drawn.drawing))
    scene = split_into_units(before, drawn.kind)
    actions = [Action(others)] * len(scene)
    actions[drawn.unit] = Action(drawn.verb, drawn.arguments)
    return after, perform_all(scene, actions)


def test_each_verb_has_a_drawing():
    assert set(VERBS) == {drawn.verb for drawn in ACTIONS}
    assert set(TAKING) == {drawn.verb for drawn in DRAWN_TAKING}


def test_each_way_to_name_another_unit_has_a_drawing():
    assert set(TEMPLATES) <= {drawn.arguments[0] for drawn in ACTIONS if drawn.verb == "stamp"}
    assert set(EDGES) <= {drawn.arguments[0] for drawn in ACTIONS if drawn.verb == "move in line"}
    assert set(ORDERS) <= {drawn.arguments[1] for drawn in ACTIONS if drawn.verb == "move to rank"}


def test_each_verb_is_tried_and_has_a_cost():
    assert {action.verb for action in ALL_ACTIONS} == set(VERBS) >= ERASING
    assert set(TAKING_COSTS) == set(TAKING)
    assert len(set(ALL_ACTIONS)) == len(ALL_ACTIONS)
    assert all(compute_cost(action) > 0 for action in ALL_ACTIONS)


@pytest.mark.parametrize("drawn", ACTIONS, ids=lambda drawn: drawn.id)
def test_an_action_draws_its_output(drawn):
    output, result = act_alone(drawn, "keep")
    assert result is not None
    assert result.tolist() == output.tolist()


@pytest.mark.parametrize("drawn", DRAWN_TAKING, ids=lambda drawn: drawn.id)
def test_a_taken_unit_is_the_output(drawn):
    output, result = act_alone(drawn, LEAVE)
    assert result is not None
    assert result.tolist() == output.tolist()


@pytest.mark.parametrize("drawn", NOT_APPLICABLE, ids=lambda drawn: drawn.id)
def test_a_unit_that_cannot_do_its_action_gives_no_output(drawn):
    scene = split_into_units(build_grid(split_drawing(drawn.drawing)[0]), drawn.kind)
    action = Action(drawn.verb, drawn.arguments)
    assert perform(action, scene, 0) is None
    assert perform_all(scene, [action, *[Action("keep")] * (len(scene) - 1)]) is None


def test_a_unit_moves_into_the_place_of_another_moving_one():
    scene = split_into_units(np.array([[1, 0, 2, 0]], dtype=np.uint8), "object")
    swapped = perform_all(scene, [Action("move by", (0, 2)), Action("move by", (0, -2))])
    assert swapped.tolist() == [[2, 0, 1, 0]]


def test_outputs_of_several_taken_units_must_be_equal():
    scene = split_into_units(np.array([[1, 0, 1, 0, 2]], dtype=np.uint8), "object")
    take, leave = Action("take"), Action(LEAVE)
    assert perform_all(scene, [take, take, leave]).tolist() == [[1]]
    assert perform_all(scene, [take, leave, take]) is None
    assert perform_all(scene, [leave, leave, leave]) is None


@settings(max_examples=15, deadline=None)
@given(grids(max_side=7, colours=4))
def test_every_action_paints_a_canvas_or_does_not_apply(grid):
    before = grid.copy()
    for scene in list_scenes(grid):
        for unit in range(min(len(scene), 4)):
            for action in ALL_ACTIONS:
                canvas = perform(action, scene, unit)
                if canvas is not None:
                    assert canvas.dtype == np.uint8, action
                    assert canvas.shape == grid.shape, action
                    assert ((canvas < COLOURS) | (canvas == UNTOUCHED)).all(), action
                    assert not np.shares_memory(canvas, scene.grid), action
        assert np.array_equal(scene.grid, before)
    assert np.array_equal(grid, before)


@settings(max_examples=60, deadline=None)
@given(grids(colours=4))
def test_every_unit_can_be_taken_or_not(grid):
    before = grid.copy()
    for scene in list_scenes(grid):
        assert len(scene) <= MAX_UNITS
        for unit in range(len(scene)):
            for taking in list_takings([np.zeros((2, 3), dtype=np.uint8)]):
                actions = [Action(LEAVE)] * len(scene)
                actions[unit] = taking
                taken = perform_all(scene, actions)
                assert taken is None or (is_grid(taken) and taken.flags.c_contiguous), taking
        assert np.array_equal(scene.grid, before)


def split_by_results(actions, scene, unit):
    """Split actions into groups of equal results; those without a result come first."""
    groups = {None: []}
    for action in actions:
        canvas = perform(action, scene, unit)
        groups.setdefault(None if canvas is None else canvas.tobytes(), []).append(action)
    return groups.pop(None), list(groups.values())


def test_every_action_applies_and_none_repeats_another_one():
    """Real and drawn grids split the actions into ever smaller groups of equal results."""
    drawn_grids = [build_grid(split_drawing(drawn.drawing)[0]) for drawn in ACTIONS]
    drawn_scenes = (scene for grid in drawn_grids for scene in list_scenes(grid))
    groups = [[action for action in ALL_ACTIONS if (action.verb in ERASING) == flag] for flag in (False, True)]
    unused = set(ALL_ACTIONS)
    for scene in chain(iterate_real_scenes(tasks=40), drawn_scenes):
        for unit in range(min(len(scene), 5)):
            split = []
            for group in groups:
                without_result, with_result = split_by_results(group, scene, unit)
                unused.difference_update(*with_result)
                split += [without_result, *with_result]
            groups = [group for group in split if len(group) > 1 or unused.intersection(group)]
        if not groups:
            break
    assert [[action.description for action in group] for group in groups] == []
