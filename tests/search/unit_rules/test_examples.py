"""Right actions of units, found by comparison with the outputs."""

import itertools

import pytest

from neural_guide.arc.collections import load_tasks
from neural_guide.search.unit_rules.canvas import UNTOUCHED
from neural_guide.search.unit_rules.catalogue import perform
from neural_guide.search.unit_rules.examples import find_right_actions
from neural_guide.search.unit_rules.units import SEGMENTATIONS, split_into_units
from search.unit_rules.drawing import build_grid, split_drawing
from search.unit_rules.drawn_tasks import UNEXPLAINED


def find_right(drawings, kind="object"):
    """Find the right actions for drawn pairs."""
    grids = [[build_grid(tokens) for tokens in split_drawing(drawing)] for drawing in drawings]
    return find_right_actions([split_into_units(grid, kind) for grid, _ in grids], [output for _, output in grids])


def list_descriptions(right, flags):
    """List the descriptions of the right actions of each unit."""
    return [{right.actions[index].description for index in row.nonzero()[0]} for row in flags]


def test_a_changed_unit_must_change_and_another_one_may_stay():
    right = find_right(["1 . 2 2 | 4 . 2 2"])
    first, second = list_descriptions(right, right.readings[0])
    assert "recolour 4" in first
    assert not first & {"keep", "remove", "hollow"}
    assert "keep" in second
    assert not second & {"recolour 4", "remove"}


def test_a_cell_that_two_units_can_explain_needs_one_of_them():
    right = find_right(["1 . . 1 | 1 1 1 1"])
    for descriptions in list_descriptions(right, right.readings[0]):
        assert {"keep", "connect 1"} <= descriptions
    for descriptions in list_descriptions(right, right.readings[-1]):
        assert "keep" not in descriptions
        assert "connect 1" in descriptions


def test_a_unit_leaves_its_place_if_another_one_takes_it():
    right = find_right(["1 2 . | . 1 2"], "shape")
    for descriptions in list_descriptions(right, right.readings[0]):
        assert "move by 0 1" in descriptions
    alone = find_right(["1 1 . | 1 1 1"])
    assert "move by 0 1" not in list_descriptions(alone, alone.readings[0])[0]


def test_an_offset_fits_every_changed_pair():
    right = find_right(["1 . . 2 | . 1 . 2", "3 . . . | . 3 . 3"])
    offsets = {action.arguments for action in right.actions if action.verb == "move by"}
    assert offsets == {(0, 1)}


@pytest.mark.parametrize("kind", [kind for kind in SEGMENTATIONS if kind != "panel"])  # no line divides the grids
def test_no_kind_of_unit_with_a_changed_cell_that_none_explains(kind):
    assert find_right(UNEXPLAINED, kind) is None


def test_a_colour_names_a_unit_if_every_pair_has_exactly_one_of_it():
    right = find_right(["1 . . 3 . | . . . 1 .", "3 . 3 . 1 | 3 . 3 . 1"])
    assert not any("move onto 3" in words for words in list_descriptions(right, right.readings[0]))
    right = find_right(["1 . . 3 . | . . . 1 .", ". . 3 . 1 | . . 1 . ."])
    first, second = (list_descriptions(right, right.readings[0])[unit] for unit in (0, 3))
    assert "move onto 3" in first & second
    assert {"move in line left 3", "move in line right 3"} <= first & second


@pytest.mark.parametrize(
    ("drawing", "description", "unit"),
    [
        ("1 . . . 2 . . | . . . 1 2 . .", "move to centre", 0),
        ("1 . . . 1 | 1 . 4 . 1", "mark halfway 4", 0),
        ("1 1 1 . 2 | 1 4 1 . 2", "recolour centre 4", 0),
        (". 1 . 2 . | 4 1 4 2 4", "ray from middle to both sides 4", 0),
        ("1 2 . 3 | 4 4 . 3", "cover box 4", 0),
    ],
)
def test_an_action_that_makes_the_change_is_right(drawing, description, unit):
    right = find_right([drawing])
    assert description in list_descriptions(right, right.readings[0])[unit]


@pytest.mark.parametrize("kind", ["object", "side shape"])
def test_on_real_pairs_right_actions_are_those_that_paint_what_the_output_has(kind):
    """Also for colours and directions that another feature names too, which are performed once."""
    compared = 0
    for arc in load_tasks("arc1-training")[:60]:
        pair = arc.task.pairs[0]
        scene = split_into_units(pair.input, kind)
        if pair.input.shape != pair.output.shape or scene is None or len(scene) > 6:
            continue
        right = find_right_actions([scene], [pair.output])
        for unit, action in itertools.product(range(len(scene)), right.actions if right else ()):
            canvas = perform(action, scene, unit)
            is_wrong = canvas is None or (canvas != pair.output)[canvas != UNTOUCHED].any()
            is_right = any(reading[unit, right.actions.index(action)] for reading in right.readings)
            assert not (is_wrong and is_right)
            compared += is_right
    assert compared > 100


def test_units_that_change_places_by_their_sizes_move_to_their_ranks():
    drawing = """
        1 1 1 . | . . . 3
        . . . . | . . . .
        2 2 . . | 2 2 . .
        . . . . | . . . .
        . . . 3 | 1 1 1 .
        """
    right = find_right([drawing])
    for words in list_descriptions(right, right.readings[0]):
        assert "move to rank down size rising" in words
