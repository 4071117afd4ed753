"""Lists of pieces: cuts lose nothing, functions are pure and give grids, what is chosen is what was meant."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_guide.arc.grid import is_equal, is_grid
from neural_guide.dsl.interning import NO_GRID
from neural_guide.dsl.vocabulary import PRIMITIVES
from neural_guide.search.piece_lists.composition import join_product, lay_scaled
from neural_guide.search.piece_lists.prior import chances_of_pieces
from neural_guide.search.piece_lists.segmentation import CUTS, Cut
from neural_guide.search.piece_lists.values import LISTS, Values, piece_functions
from neural_guide.search.state_space import Space
from support.strategies import grids

NAMES = ("rot90", "outline", "crop_content", "fill_holes")
POSITIONS = {name: place for place, name in enumerate((*NAMES, *piece_functions()))}
SCENE = np.array(
    [
        [3, 3, 3, 0, 0, 0, 0],
        [3, 0, 3, 0, 5, 0, 0],
        [3, 3, 3, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 2, 2],
        [5, 0, 0, 0, 0, 2, 2],
    ],
    dtype=np.uint8,
)


def values():
    return Values([PRIMITIVES[name] for name in NAMES])


def made(grid, *steps):
    """What the steps make of a grid, lists painted; None where one does not apply."""
    known = values()
    number = known.interned.intern(grid)
    for name in steps:
        number = known.step(number, POSITIONS[name])
        if number == NO_GRID:
            return None
    return known.shown(number)


@pytest.mark.parametrize("name", ["cut_objects", "cut_objects_by_sides", "cut_shapes", "cut_shapes_by_sides"])
@given(grid=grids())
def test_objects_painted_where_they_were_are_the_grid(name, grid):
    again = made(grid, name, "paint")
    assert again is None or is_equal(again, grid)


@given(grids())
def test_colours_and_layers_hold_the_whole_grid(grid):
    for name in ("cut_colours", "cut_layers"):
        again = made(grid, name, "paint")
        assert again is None or is_equal(again, grid)
    assert (
        made(grid, "cut_colours", "erase_from_source") is None
        or not made(grid, "cut_colours", "erase_from_source").any()
    )


@given(grids())
def test_equal_parts_in_their_lattice_are_the_grid(grid):
    for name, apart in (("cut_quarters", 2), ("cut_rows", 1), ("cut_columns", 1), ("cut_squares", 1)):
        if not any(side % apart for side in grid.shape):
            again = made(grid, name, "join_lattice")
            assert again is None or is_equal(again, grid)


@pytest.mark.parametrize("cut", CUTS)
@settings(max_examples=15, deadline=None)
@given(grid=grids(), steps=st.lists(st.sampled_from(list(POSITIONS)), max_size=3))
def test_every_function_is_total_and_pure(cut, grid, steps):
    known, before = values(), grid.copy()
    number = known.step(known.interned.intern(grid), POSITIONS[cut])
    if number == NO_GRID:
        return
    functions = [POSITIONS[name] for name in steps] + list(range(known.functions))
    for function in functions:
        after = known.step(number, function)
        assert after == known.step(number, function)
        if after == NO_GRID:
            continue
        assert is_grid(known.shown(after))
        if after >= LISTS and function in functions[: len(steps)]:
            number = after
    assert is_equal(grid, before)
    assert all(is_grid(kept) for kept in known.interned.grids)


def test_cells_lie_between_lines():
    grid = np.array([[1, 5, 2], [5, 5, 5], [3, 5, 0]], dtype=np.uint8)
    assert is_equal(made(grid, "cut_cells", "join_lattice"), np.array([[1, 2], [3, 0]], dtype=np.uint8))


def test_what_is_chosen_is_what_was_meant():
    assert is_equal(made(SCENE, "cut_shapes", "take_most_holes"), SCENE[:3, :3])
    assert is_equal(made(SCENE, "cut_shapes", "take_odd_holes"), SCENE[:3, :3])
    assert made(SCENE, "cut_shapes", "take_odd_main_colour") is None  # 3 and 2 are there once each
    fives = SCENE * (SCENE == 5)
    assert is_equal(made(SCENE, "cut_shapes", "keep_least_content", "paint"), fives)
    assert is_equal(made(SCENE, "cut_shapes", "drop_least_content", "paint"), SCENE - fives)
    assert made(SCENE, "cut_shapes", "take_least_content") is None  # there are two


def test_ranks_are_colours():
    ranked = made(SCENE, "cut_shapes", "rank_up_content")
    assert [int(ranked[at]) for at in ((1, 4), (4, 0), (3, 5), (0, 0))] == [1, 1, 2, 3]


def test_a_primitive_is_mapped_over_pieces_where_they_are():
    turned = made(SCENE, "cut_shapes", "fill_holes", "paint")
    assert turned[1, 1] != 0
    assert is_equal(np.delete(turned.ravel(), 8), np.delete(SCENE.ravel(), 8))


def test_a_primitive_mapped_over_pieces_is_a_node_for_each():
    few = SCENE[:3].copy()
    space = Space([SCENE, few], [SCENE, few], [PRIMITIVES[name] for name in NAMES], pieces=True)
    cut = space.step(0, POSITIONS["cut_shapes"])
    assert space.nodes == 1
    space.step(cut, POSITIONS["rot90"])
    assert space.nodes == 1 + 4  # of lists of four and two pieces
    space.step(cut, POSITIONS["rot90"])
    space.step(cut, POSITIONS["paint"])
    assert space.nodes == 1 + 4 + 1


def test_pairs_that_became_one_are_not_gone_on_with():
    grids_ = [np.array([[0, 1]], dtype=np.uint8), np.array([[1, 0]], dtype=np.uint8)]
    space = Space(grids_, grids_, [PRIMITIVES["crop_content"], PRIMITIVES["vmirror"]], pieces=True)
    assert not space.is_hopeless(0)
    assert space.is_hopeless(space.step(0, 0))
    assert not space.is_hopeless(space.step(0, 1))


def test_two_pieces_make_a_product():
    mask, tile = np.array([[1, 0], [1, 1]], dtype=np.uint8), np.array([[2, 3]], dtype=np.uint8)
    pieces = [Cut(0, 0, mask), Cut(0, 2, tile)]
    assert is_equal(join_product(mask, pieces), np.array([[2, 3, 0, 0], [2, 3, 2, 3]], dtype=np.uint8))
    assert is_equal(lay_scaled(mask, pieces[::-1]), np.array([[2, 0], [2, 3]], dtype=np.uint8))
    assert lay_scaled(mask, pieces[:1]) is None


def test_chances_leave_nothing_out():
    on_grids, on_lists = chances_of_pieces()
    assert on_grids.sum() < 1
    assert on_lists.sum() < 1
    assert ((on_grids > 0) ^ (on_lists > 0)).all()  # each applies to one of the two
