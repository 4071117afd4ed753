"""Patterns of which one colour hides a part: what is restored is what was hidden."""

import numpy as np
import pytest

from neural_guide.arc.grid import is_equal
from neural_guide.dsl.vocabulary import PRIMITIVES


@pytest.mark.parametrize("seed", range(20))
def test_a_hidden_part_of_a_pattern_is_restored(seed):
    random = np.random.default_rng(seed)
    down, across = random.integers(2, 5, 2)
    tile = random.integers(1, 5, (down, across), dtype=np.uint8)
    tile[0, :2] = 1, 2  # at least two colours
    half = random.integers(1, 5, (8, 7), dtype=np.uint8)
    half[0, :2] = 1, 2
    patterns = {
        "restore_tiling": np.tile(tile, (4, 4)),
        "restore_symmetry": np.block([[half, half[:, ::-1]], [half[::-1], half[::-1, ::-1]]]),
    }
    for name, pattern in patterns.items():
        height, width = random.integers(2, 4, 2)
        box = slice(1, 1 + height), slice(1, 1 + width)
        hidden = pattern.copy()
        hidden[box] = 9
        assert is_equal(PRIMITIVES[name](hidden), pattern), name
        if name == "restore_symmetry":
            assert is_equal(PRIMITIVES["hidden_pattern"](hidden), pattern[box])


@pytest.mark.parametrize("seed", range(10))
def test_a_pattern_is_restored_about_a_centre_beside_that_of_the_grid(seed):
    random = np.random.default_rng(seed)
    half = random.integers(1, 7, (9, 9), dtype=np.uint8)
    half = np.triu(half) + np.triu(half, 1).T  # equal across the diagonal too
    pattern = np.block([[half, half[:, ::-1]], [half[::-1], half[::-1, ::-1]]])[3:, 3:]
    hidden = pattern.copy()
    hidden[12:15, 5:8] = 9  # part of it only has a mirror image across the diagonal
    hidden[2:4, 0:2] = 9
    assert is_equal(PRIMITIVES["restore_symmetry"](hidden), pattern)


def test_a_slanted_tiling_is_completed():
    pattern = np.array([[(column + row) % 3 + 1 for column in range(8)] for row in range(7)], dtype=np.uint8)
    few = np.where(np.add(*np.indices(pattern.shape)) < 3, pattern, 0)
    assert is_equal(PRIMITIVES["complete_tiling"](few), pattern)


def test_a_hidden_part_of_a_tiling_is_cut_out():
    pattern = np.tile(np.array([[1, 2], [2, 3]], dtype=np.uint8), (3, 3))
    hidden = pattern.copy()
    hidden[3:5, 2:5] = 0
    assert is_equal(PRIMITIVES["hidden_pattern"](hidden), pattern[3:5, 2:5])


def test_nothing_is_restored_where_no_colour_or_any_hides_the_pattern():
    for name in ("restore_tiling", "restore_symmetry", "hidden_pattern"):
        for rows in ([[1, 2, 1, 2]] * 4, [[0, 0, 0], [0, 3, 0], [0, 0, 0]], [[1, 2, 3, 4], [5, 6, 7, 8]]):
            assert PRIMITIVES[name](np.array(rows, dtype=np.uint8)) is None, name
