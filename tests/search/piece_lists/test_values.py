"""Lists of pieces: segmentations lose no cells, functions are pure and total, selections pick the intended pieces."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_guide.arc.grid import is_equal, is_grid
from neural_guide.dsl.interning import NO_GRID
from neural_guide.dsl.vocabulary import PRIMITIVES
from neural_guide.search.piece_lists.composition import (
    join_beside,
    join_product,
    lay_common,
    lay_counts,
    lay_over,
    lay_scaled,
    lay_single,
    lay_under,
)
from neural_guide.search.piece_lists.prior import compute_piece_prior
from neural_guide.search.piece_lists.segmentation import SEGMENTATIONS, Segment
from neural_guide.search.piece_lists.values import LIST_OFFSET, Values, list_piece_functions
from neural_guide.search.state_space import StateSpace
from support.strategies import grids

NAMES = ("rot90", "outline", "crop_content", "fill_holes")
POSITIONS = {name: position for position, name in enumerate((*NAMES, *list_piece_functions()))}
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


def build_values():
    return Values([PRIMITIVES[name] for name in NAMES])


def run(grid, *steps):
    """Run steps on a grid and render the result, lists painted; None if a step does not apply."""
    values = build_values()
    number = values.interned.intern(grid)
    for name in steps:
        number = values.apply(number, POSITIONS[name])
        if number == NO_GRID:
            return None
    return values.render(number)


@pytest.mark.parametrize("name", ["cut_objects", "cut_objects_by_sides", "cut_shapes", "cut_shapes_by_sides"])
@given(grid=grids())
def test_components_painted_in_place_give_the_grid(name, grid):
    result = run(grid, name, "paint")
    assert result is None or is_equal(result, grid)


@given(grids())
def test_colours_and_layers_cover_the_whole_grid(grid):
    for name in ("cut_colours", "cut_layers"):
        result = run(grid, name, "paint")
        assert result is None or is_equal(result, grid)
    assert (
        run(grid, "cut_colours", "erase_from_source") is None or not run(grid, "cut_colours", "erase_from_source").any()
    )


@given(grids())
def test_equal_parts_joined_in_a_lattice_give_the_grid(grid):
    for name, divisor in (("cut_quarters", 2), ("cut_rows", 1), ("cut_columns", 1), ("cut_squares", 1)):
        if not any(side % divisor for side in grid.shape):
            result = run(grid, name, "join_lattice")
            assert result is None or is_equal(result, grid)


@pytest.mark.parametrize("segmentation", SEGMENTATIONS)
@settings(max_examples=15, deadline=None)
@given(grid=grids(), steps=st.lists(st.sampled_from(list(POSITIONS)), max_size=3))
def test_every_function_is_total_and_pure(segmentation, grid, steps):
    values, before = build_values(), grid.copy()
    number = values.apply(values.interned.intern(grid), POSITIONS[segmentation])
    if number == NO_GRID:
        return
    functions = [POSITIONS[name] for name in steps] + list(range(values.function_count))
    for function in functions:
        after = values.apply(number, function)
        assert after == values.apply(number, function)
        if after == NO_GRID:
            continue
        assert is_grid(values.render(after))
        if after >= LIST_OFFSET and function in functions[: len(steps)]:
            number = after
    assert is_equal(grid, before)
    assert all(is_grid(interned) for interned in values.interned.grids)


def test_cut_cells_crops_the_cells_between_lines():
    grid = np.array([[1, 5, 2], [5, 5, 5], [3, 5, 0]], dtype=np.uint8)
    assert is_equal(run(grid, "cut_cells", "join_lattice"), np.array([[1, 2], [3, 0]], dtype=np.uint8))


def test_selections_pick_the_intended_pieces():
    assert is_equal(run(SCENE, "cut_shapes", "take_most_holes"), SCENE[:3, :3])
    assert is_equal(run(SCENE, "cut_shapes", "take_odd_holes"), SCENE[:3, :3])
    assert run(SCENE, "cut_shapes", "take_odd_main_colour") is None  # 3 and 2 occur once each
    fives = SCENE * (SCENE == 5)
    assert is_equal(run(SCENE, "cut_shapes", "keep_least_content", "paint"), fives)
    assert is_equal(run(SCENE, "cut_shapes", "drop_least_content", "paint"), SCENE - fives)
    assert run(SCENE, "cut_shapes", "take_least_content") is None  # two pieces tie


def test_numbered_pieces_have_ranks_as_colours():
    ranked = run(SCENE, "cut_shapes", "rank_up_content")
    assert [int(ranked[cell]) for cell in ((1, 4), (4, 0), (3, 5), (0, 0))] == [1, 1, 2, 3]


def test_a_mapped_primitive_keeps_pieces_in_place():
    filled = run(SCENE, "cut_shapes", "fill_holes", "paint")
    assert filled[1, 1] != 0
    assert is_equal(np.delete(filled.ravel(), 8), np.delete(SCENE.ravel(), 8))


def test_a_mapped_primitive_costs_one_node_a_piece():
    small = SCENE[:3].copy()
    space = StateSpace([SCENE, small], [SCENE, small], [PRIMITIVES[name] for name in NAMES], pieces=True)
    pieces = space.step(0, POSITIONS["cut_shapes"])
    assert space.nodes == 1
    space.step(pieces, POSITIONS["rot90"])
    assert space.nodes == 1 + 4  # of lists of four and two pieces
    space.step(pieces, POSITIONS["rot90"])
    space.step(pieces, POSITIONS["paint"])
    assert space.nodes == 1 + 4 + 1


def test_states_that_merge_pairs_of_different_outputs_are_hopeless():
    inputs = [np.array([[0, 1]], dtype=np.uint8), np.array([[1, 0]], dtype=np.uint8)]
    space = StateSpace(inputs, inputs, [PRIMITIVES["crop_content"], PRIMITIVES["vmirror"]], pieces=True)
    assert not space.is_dead_end(0)
    assert space.is_dead_end(space.step(0, 0))
    assert not space.is_dead_end(space.step(0, 1))


@pytest.mark.parametrize("lay", [lay_over, lay_under, lay_common, lay_single, lay_counts])
def test_pieces_of_two_sizes_are_not_laid_over_each_other(lay):
    small, large = np.ones((1, 2), dtype=np.uint8), np.ones((2, 2), dtype=np.uint8)
    for cells in ((small, large), (large, small)):
        assert lay(large, [Segment(0, 3 * number, piece) for number, piece in enumerate(cells)]) is None
    assert lay_over(large, [Segment(0, 0, small), Segment(0, 3, small * np.uint8(2))]).tolist() == [[1, 1]]
    assert lay_under(large, [Segment(0, 0, small), Segment(0, 3, small * np.uint8(2))]).tolist() == [[2, 2]]


@pytest.mark.parametrize(("columns", "result"), [(30, None), (31, 40)])
def test_pieces_of_a_grid_above_the_limit_of_arc_may_make_one(columns, result):
    piece = Segment(0, 0, np.ones((1, 20), dtype=np.uint8))
    joined = join_beside(np.zeros((1, columns), dtype=np.uint8), [piece, piece])
    assert (joined if joined is None else joined.shape[1]) == result


def test_two_pieces_are_composed_by_product_and_scaling():
    mask, tile = np.array([[1, 0], [1, 1]], dtype=np.uint8), np.array([[2, 3]], dtype=np.uint8)
    pieces = [Segment(0, 0, mask), Segment(0, 2, tile)]
    assert is_equal(join_product(mask, pieces), np.array([[2, 3, 0, 0], [2, 3, 2, 3]], dtype=np.uint8))
    assert is_equal(lay_scaled(mask, pieces[::-1]), np.array([[2, 0], [2, 3]], dtype=np.uint8))
    assert lay_scaled(mask, pieces[:1]) is None


def test_every_piece_function_has_a_prior_on_grids_or_lists():
    on_grids, on_lists = compute_piece_prior()
    assert on_grids.sum() < 1
    assert on_lists.sum() < 1
    assert ((on_grids > 0) ^ (on_lists > 0)).all()  # each applies to exactly one of the two
