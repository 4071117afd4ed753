"""What is seen of cells: every view is a small number a cell, and says what its name says."""

import numpy as np
import pytest
from hypothesis import given, settings

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.grid import COLOURS
from neural_guide.search.cell_rules.feature import VALUES
from neural_guide.search.cell_rules.features import views_of
from support.strategies import grids

DRAWN = np.array([[0, 2, 0, 0], [0, 2, 0, 3], [0, 0, 0, 0], [5, 0, 0, 3]], dtype=np.uint8)
KNOWN = {
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
def test_every_view_is_a_small_number_a_cell(grid):
    before = grid.copy()
    for name, view in views_of(grid).items():
        assert view.cells.shape == grid.shape, name
        assert view.cells.dtype == np.uint8
        most = COLOURS + name.startswith(("next", "other")) if view.is_colour else VALUES
        assert view.cells.max() < most, name
        assert view.cost > 0
    assert np.array_equal(grid, before)


@pytest.mark.parametrize("name", KNOWN)
def test_a_view_sees_what_its_name_says(name):
    assert views_of(DRAWN)[name].cells.tolist() == KNOWN[name]


def test_places_in_boxes_and_panels():
    square = np.zeros((5, 5), dtype=np.uint8)
    square[1:4, 1:4] = 1
    corner, side = views_of(square)["place in box of object"].cells[[1, 1], [1, 2]]
    assert (corner, side) == (3, 2)
    seen = views_of(square)
    assert seen["odd row in box of object"].cells[1:4, 2].tolist() == [1, 2, 1]
    assert seen["column from end in box of object"].cells[2].tolist() == [0, 3, 2, 1, 0]
    assert seen["ring in box of object"].cells[2].tolist() == [0, 1, 2, 1, 0]
    assert seen["side of all content"].cells[0].tolist() == [0, 1, 1, 1, 2]
    assert seen["rings around all content"].cells[:, 2].tolist() == [1, 0, 0, 0, 1]
    walled = np.array([[1, 0, 7, 2, 2], [0, 0, 7, 0, 2]], dtype=np.uint8)
    assert views_of(walled)["content of panel"].cells.tolist() == [[2, 2, 0, 4, 4]] * 2
    assert views_of(walled)["commonest colour of panel"].cells.tolist() == [[1, 1, 0, 2, 2]] * 2


def test_views_of_turned_grids_turn():
    for arc in load_tasks("arc1-training")[::40]:
        grid = arc.task.pairs[0].input
        here, turned = views_of(grid), views_of(np.ascontiguousarray(grid.T))
        for one, other in (
            ("seen up", "seen left"),
            ("next down", "next right"),
            ("content of row", "content of column"),
        ):
            assert np.array_equal(here[one].cells.T, turned[other].cells)
