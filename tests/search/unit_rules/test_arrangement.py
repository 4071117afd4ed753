"""Outputs of several units: drawn examples of each way to lay them, and rules for all of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_guide.arc.grid import is_grid
from neural_guide.search.unit_rules.arguments import Action
from neural_guide.search.unit_rules.arrangement import LAYING, ORDERS, PARTS, arrange, list_layings, match
from neural_guide.search.unit_rules.picking import LEAVE
from neural_guide.search.unit_rules.units import split_into_units
from search.unit_rules.drawing import build_grid, split_drawing
from search.unit_rules.drawn_arrangements import ARRANGEMENTS, UNREACHABLE
from search.unit_rules.scenes import list_scenes
from support.strategies import grids

ACTIONS = st.builds(
    lambda verb, part, order, sense, shape: Action(verb, (part, order, sense, *shape)),
    st.sampled_from(LAYING[:2]),
    st.sampled_from(["colour", *PARTS]),
    st.sampled_from(list(ORDERS)),
    st.sampled_from(["up", "down"]),
    st.sampled_from([(0, 0), (6, 9)]),
)


def parse(drawn):
    """Parse a drawing to its units, its output and the action."""
    before, output = map(build_grid, split_drawing(drawn.drawing))
    return split_into_units(before, drawn.kind), output, Action(drawn.verb, drawn.arguments)


def lay(scene, laid, action):
    """Lay some units and leave the others out."""
    return arrange(scene, [action if unit in laid else Action(LEAVE) for unit in range(len(scene))])


def test_each_way_to_lay_units_has_a_drawing():
    assert set(LAYING) == {drawn.verb for drawn in ARRANGEMENTS}
    for place, words in enumerate((PARTS, ORDERS, ("up", "down"))):
        assert set(words) == {drawn.arguments[place] for drawn in ARRANGEMENTS}


@pytest.mark.parametrize("drawn", ARRANGEMENTS, ids=lambda drawn: drawn.id)
def test_units_are_laid_as_drawn(drawn):
    scene, output, action = parse(drawn)
    assert lay(scene, drawn.laid, action).tolist() == output.tolist()


@pytest.mark.parametrize("drawn", ARRANGEMENTS, ids=lambda drawn: drawn.id)
def test_the_units_that_make_an_output_are_found(drawn):
    scene, output, action = parse(drawn)
    assert np.flatnonzero(match(scene, output, action)).tolist() == list(drawn.laid)
    assert action in list(list_layings([scene], [output]))


@pytest.mark.parametrize("drawn", UNREACHABLE, ids=lambda drawn: drawn.drawing)
def test_no_units_are_found_for_an_output_that_they_do_not_make(drawn):
    scene, output, action = parse(drawn)
    assert match(scene, output, action) is None
    assert action not in list(list_layings([scene], [output]))


def test_units_need_one_action_and_sides_of_equal_length():
    scene = split_into_units(np.array([[1, 0, 2], [1, 0, 0]], dtype=np.uint8), "object")
    beside, below = (Action(verb, ("cells", "left", "up", 0, 0)) for verb in ("lay beside", "lay below"))
    assert arrange(scene, [beside, beside]) is None
    assert arrange(scene, [beside, below]) is None
    assert arrange(scene, [Action(LEAVE), Action(LEAVE)]) is None
    assert arrange(scene, [below, below]).tolist() == [[1], [1], [2]]


def test_more_units_than_the_output_has_cells_do_not_fit():
    scene = split_into_units(np.array([[1, 0, 1, 0, 1]], dtype=np.uint8), "object")
    beside = Action("lay beside", ("colour", "left", "up", 1, 2))
    assert lay(scene, [0, 2], beside).tolist() == [[1, 1]]
    assert lay(scene, [0, 1, 2], beside) is None


@settings(max_examples=40, deadline=None)
@given(grids(max_side=6, colours=4), ACTIONS, st.sets(st.integers(0, 40), min_size=1))
def test_what_is_laid_is_matched(grid, action, chosen):
    """The units that are found need not be those that were laid; cells of different widths may hide one another."""
    before = grid.copy()
    for scene in list_scenes(grid):
        output = lay(scene, [unit % len(scene) for unit in chosen], action)
        if output is not None:
            assert is_grid(output)
            found = match(scene, output, action)
            assert found is not None or action.arguments[0] != "colour"
            if found is not None:
                assert lay(scene, np.flatnonzero(found), action).tolist() == output.tolist()
    assert np.array_equal(grid, before)
