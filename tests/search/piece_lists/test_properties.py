"""Properties of pieces: each as its name says, for pieces drawn here."""

import numpy as np
import pytest

from neural_guide.search.piece_lists.properties import PROPERTIES, PlacedPiece, measure

DRAWN = {  # upper left corner: rows
    (0, 0): ("12", "21"),
    (0, 4): ("333", "303", "333"),
    (5, 1): ("040",),
    (6, 6): ("50", "06", "05"),
    (9, 0): ("707",),
    (9, 5): ("707",),
    (11, 2): ("808",),
}
EXPECTED = {
    "content": [4, 8, 1, 3, 2, 2, 2],
    "area": [4, 9, 3, 6, 3, 3, 3],
    "height": [2, 3, 1, 3, 1, 1, 1],
    "width": [2, 3, 3, 2, 3, 3, 3],
    "gaps": [0, 1, 2, 3, 1, 1, 1],
    "colours": [2, 1, 1, 2, 1, 1, 1],
    "main_colour": [1, 3, 4, 5, 7, 7, 8],
    "minor_cells": [2, 0, 0, 1, 0, 0, 0],
    "holes": [0, 1, 0, 0, 0, 0, 0],
    "parts": [1, 1, 1, 1, 2, 2, 2],
    "mirrored": [0, 2, 2, 0, 2, 2, 2],
    "symmetric": [1, 1, 1, 0, 1, 1, 1],
    "square": [1, 1, 0, 0, 0, 0, 0],
    "top": [0, 0, 5, 6, 9, 9, 11],
    "left": [0, 4, 1, 6, 0, 5, 2],
    "bottom": [2, 3, 6, 9, 10, 10, 12],
    "right": [2, 7, 4, 8, 3, 8, 5],
    "copies": [1, 1, 1, 1, 2, 2, 1],
    "like_outlines": [1, 1, 1, 1, 3, 3, 3],
    "like_colours": [1, 1, 1, 1, 2, 2, 1],
    "like_sizes": [1, 1, 1, 1, 3, 3, 3],
}


def test_every_property_is_expected_here():
    assert set(EXPECTED) == set(PROPERTIES)


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_property_is_the_number_that_its_name_says(name):
    grids = [np.array([list(map(int, row)) for row in rows], dtype=np.uint8) for rows in DRAWN.values()]
    pieces = [PlacedPiece(top, left, measure(grid)) for (top, left), grid in zip(DRAWN, grids, strict=True)]
    assert PROPERTIES[name](pieces) == EXPECTED[name]
