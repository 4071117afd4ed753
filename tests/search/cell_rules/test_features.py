"""Features of cells: every feature has one small number a cell, with the values that its name promises."""

import numpy as np
import pytest
from hypothesis import given, settings

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.grid import COLOURS
from neural_guide.search.cell_rules.feature import VALUE_COUNT
from neural_guide.search.cell_rules.features import compute_features
from support.strategies import grids

SCENE = np.array([[0, 2, 0, 0], [0, 2, 0, 3], [0, 0, 0, 0], [5, 0, 0, 3]], dtype=np.uint8)
EXPECTED = {
    "next right": [[2, 0, 0, 10], [2, 0, 3, 10], [0, 0, 0, 10], [0, 0, 3, 10]],
    "seen up": [[0, 0, 0, 0], [0, 2, 0, 0], [0, 2, 0, 3], [0, 2, 0, 3]],
    "seen left": [[0, 0, 2, 2], [0, 0, 2, 2], [0, 0, 0, 0], [0, 5, 5, 5]],
    "seen down right": [[2, 0, 3, 0], [0, 3, 0, 0], [0, 0, 3, 0], [0, 0, 0, 0]],
    "content beside": [[1, 1, 1, 1], [1, 1, 2, 0], [1, 1, 0, 2], [0, 1, 1, 0]],
    "content of row": [[1, 1, 1, 1], [2, 2, 2, 2], [0, 0, 0, 0], [2, 2, 2, 2]],
    "commonest colour of column": [[5, 2, 0, 3]] * 4,
    "border bottom": [[5, 0, 0, 3]] * 4,
    "area of object": [[0, 2, 0, 0], [0, 2, 0, 1], [0, 0, 0, 0], [1, 0, 0, 1]],
    "whether at border of object": [[0, 2, 0, 0], [0, 2, 0, 2], [0, 0, 0, 0], [2, 0, 0, 2]],
    "from border": [[0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]],
    "side of diagonal": [[1, 0, 0, 0], [2, 1, 0, 0], [2, 2, 1, 0], [2, 2, 2, 1]],
    "other colour seen of four": [[10, 0, 2, 10], [10, 3, 10, 2], [5, 2, 0, 3], [3, 10, 10, 5]],
    "highest other colour seen of eight": [[5, 0, 3, 5], [5, 3, 5, 2], [5, 5, 3, 3], [3, 5, 5, 5]],
    "steps up": [[0, 0, 0, 0], [0, 1, 0, 0], [0, 1, 0, 1], [0, 2, 0, 2]],
    "odd steps right": [[2, 0, 0, 0], [2, 1, 2, 0], [0, 0, 0, 0], [2, 1, 2, 0]],
    "distance in steps": [[1, 0, 1, 1], [1, 0, 1, 0], [1, 1, 2, 1], [0, 1, 1, 0]],
    "nearest content in rings": [[2, 2, 2, 3], [2, 2, 2, 3], [2, 2, 2, 3], [5, 5, 3, 3]],
    "rank of colour": [[0, 1, 0, 0], [0, 1, 0, 2], [0, 0, 0, 0], [3, 0, 0, 2]],
}


@settings(max_examples=60, deadline=None)
@given(grids())
def test_every_feature_has_one_small_number_a_cell(grid):
    before = grid.copy()
    for name, feature in compute_features(grid).items():
        assert feature.values.shape == grid.shape, name
        assert feature.values.dtype == np.uint8
        limit = COLOURS + name.startswith(("next", "other")) if feature.is_colour else VALUE_COUNT
        assert feature.values.max() < limit, name
        assert feature.cost > 0
    assert np.array_equal(grid, before)


@pytest.mark.parametrize("shape", [(1, 93), (93, 1), (70, 100), (100, 100)])
def test_features_of_the_largest_grids_are_small_numbers(shape):
    walls = np.zeros(shape, dtype=np.uint8)
    walls[shape[0] // 2], walls[:, shape[1] // 2] = 5, 5
    scattered = np.random.default_rng(0).integers(0, 10, shape, dtype=np.uint8)
    for grid in (walls, np.where(scattered > 8, scattered, walls)):
        assert all(feature.values.max() < VALUE_COUNT for feature in compute_features(grid).values())


@pytest.mark.parametrize("name", EXPECTED)
def test_a_feature_has_the_values_its_name_promises(name):
    assert compute_features(SCENE)[name].values.tolist() == EXPECTED[name]


OBJECTS = np.array(  # a ring, a bar of two colours, a dot and a corner
    [
        [0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 1, 1, 0, 0, 2, 0, 0],
        [0, 1, 0, 1, 0, 0, 4, 0, 0],
        [0, 1, 1, 1, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 5],
        [0, 0, 6, 0, 0, 0, 0, 0, 0],
        [0, 0, 6, 6, 0, 0, 0, 0, 0],
    ],
    dtype=np.uint8,
)
NUMBERS = {  # of these four
    "area": [8, 2, 1, 3],
    "rank": [1, 3, 4, 2],
    "rank from smallest": [4, 2, 1, 3],
    "whether largest": [2, 1, 1, 1],
    "whether smallest": [1, 1, 2, 1],
    "width": [3, 1, 1, 2],
    "height": [3, 2, 1, 2],
    "longer side": [1, 3, 1, 1],
    "holes": [2, 1, 1, 1],
    "whether at border": [1, 1, 2, 2],
    "whether solid": [1, 2, 2, 1],
    "colours": [1, 2, 1, 1],
    "copies": [1, 1, 1, 1],
    "symmetry": [4, 4, 4, 1],
    "place from left": [1, 3, 4, 2],
    "place from top": [1, 1, 2, 3],
}


@pytest.mark.parametrize("name", NUMBERS)
def test_every_cell_of_an_object_has_its_number(name):
    values = compute_features(OBJECTS)[f"{name} of object"].values
    cells = [values[OBJECTS == 1], values[1:3, 6], values[OBJECTS == 5], values[OBJECTS == 6]]
    assert [set(numbers.tolist()) for numbers in cells] == [{number} for number in NUMBERS[name]]
    assert not values[OBJECTS == 0].any()


def test_positions_in_boxes_and_panels():
    square = np.zeros((5, 5), dtype=np.uint8)
    square[1:4, 1:4] = 1
    corner, side = compute_features(square)["place in box of object"].values[[1, 1], [1, 2]]
    assert (corner, side) == (3, 2)
    features = compute_features(square)
    assert features["odd row in box of object"].values[1:4, 2].tolist() == [1, 2, 1]
    assert features["column from end in box of object"].values[2].tolist() == [0, 3, 2, 1, 0]
    assert features["ring in box of object"].values[2].tolist() == [0, 1, 2, 1, 0]
    assert features["side of all content"].values[0].tolist() == [0, 1, 1, 1, 2]
    assert features["rings around all content"].values[:, 2].tolist() == [1, 0, 0, 0, 1]
    walled = np.array([[1, 0, 7, 2, 2], [0, 0, 7, 0, 2]], dtype=np.uint8)
    assert compute_features(walled)["content of panel"].values.tolist() == [[2, 2, 0, 4, 4]] * 2
    assert compute_features(walled)["commonest colour of panel"].values.tolist() == [[1, 1, 0, 2, 2]] * 2


def test_features_of_transposed_grids_are_transposed():
    for arc in load_tasks("arc1-training")[::40]:
        grid = arc.task.pairs[0].input
        features, transposed = compute_features(grid), compute_features(np.ascontiguousarray(grid.T))
        for name, transposed_name in (
            ("seen up", "seen left"),
            ("next down", "next right"),
            ("content of row", "content of column"),
        ):
            assert np.array_equal(features[name].values.T, transposed[transposed_name].values)
