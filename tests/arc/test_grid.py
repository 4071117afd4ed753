"""Grids: parsing, validity and equality."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural_guide.arc.grid import GridError, is_equal, is_equal_list, is_grid, parse_grid
from support.strategies import grids, large_grids


@given(large_grids())
def test_parse_grid_restores_the_rows_of_a_grid(grid):
    parsed = parse_grid(grid.tolist())
    assert is_grid(parsed)
    assert is_equal(parsed, grid)


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        (None, "not a list of rows"),
        ("12", "not a list of rows"),
        ([1, 2], "not a list of rows"),
        ([(1, 2)], "not a list of rows"),
        ([], "grid is empty"),
        ([[]], "grid is empty"),
        ([[1], []], "grid is empty"),
        ([[1, 2, 3], [1, 2, 3, 4]], "rows of 3 and 4 cells"),
        ([[0]] * 31, "31 x 1"),
        ([[0] * 31], "1 x 31"),
        ([[1.0]], "no integer"),
        ([["1"]], "no integer"),
        ([[True]], "no integer"),
        ([[None]], "no integer"),
        ([[10]], "outside 0 to 9"),
        ([[-1]], "outside 0 to 9"),
        ([[2**70]], "outside 0 to 9"),
    ],
)
def test_invalid_rows_are_refused_with_the_rule(rows, rule):
    with pytest.raises(GridError, match=rule):
        parse_grid(rows)


@pytest.mark.parametrize(
    "value",
    [
        [[1]],
        np.zeros((2, 2), dtype=np.int64),
        np.zeros(4, dtype=np.uint8),
        np.zeros((0, 3), dtype=np.uint8),
        np.zeros((31, 1), dtype=np.uint8),
        np.full((1, 1), 10, dtype=np.uint8),
    ],
)
def test_is_grid_rejects_invalid_arrays(value):
    assert not is_grid(value)


@given(grids(max_side=3, colours=2), grids(max_side=3, colours=2))
def test_is_equal_is_equality_of_rows(left, right):
    assert is_equal(left, right) == (left.tolist() == right.tolist())


@given(st.lists(grids(max_side=2, colours=2), max_size=3), st.lists(grids(max_side=2, colours=2), max_size=3))
def test_is_equal_list_is_equality_of_lists(left, right):
    assert is_equal_list(left, right) == ([grid.tolist() for grid in left] == [grid.tolist() for grid in right])
    assert is_equal_list(left, left)
