"""The keys by which copies are found, against canonical forms spelled out by brute force."""

from itertools import permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_guide.arc.grid import PAD
from neural_guide.data.audit.pair_cells import loose_cells, pair_keys
from neural_guide.data.generation.input_sets import turn
from support.strategies import grids, large_grids

SIDE = 30


def padded(pairs):
    canvas = np.full((2, len(pairs), SIDE, SIDE), PAD, np.uint8)
    for at, pair in enumerate(pairs):
        for which, grid in enumerate(pair):
            canvas[which, at, : grid.shape[0], : grid.shape[1]] = grid
    return canvas


def keys(pairs):
    return pair_keys(loose_cells(*padded(pairs)))


def as_text(*pair):
    return tuple((grid.shape, grid.tobytes()) for grid in pair)


def renamed(shown, made):
    """Colours by first appearance, row by row, the input first."""
    names = {}
    for colour in (*shown.ravel().tolist(), *made.ravel().tolist()):
        names.setdefault(colour, len(names))
    palette = np.array([names.get(colour, 0) for colour in range(10)], np.uint8)
    return palette[shown], palette[made]


def canonical(pair):
    return min(as_text(*renamed(*(turn(grid, way) for grid in pair))) for way in range(8))


small = st.tuples(grids(3, 3), grids(2, 3))


@settings(max_examples=60, deadline=None)
@given(st.lists(small, min_size=2, max_size=40))
def test_keys_are_equal_exactly_where_pairs_are(pairs):
    exact, near = keys(pairs)
    texts, forms = [as_text(*pair) for pair in pairs], [canonical(pair) for pair in pairs]
    assert len(set(exact.tolist())) == len(set(texts)) == len(set(zip(texts, exact.tolist(), strict=True)))
    assert len(set(near.tolist())) == len(set(forms)) == len(set(zip(forms, near.tolist(), strict=True)))


@settings(max_examples=50, deadline=None)
@given(large_grids(), large_grids(), st.integers(0, 7), st.permutations(range(10)))
def test_large_pairs_turned_and_recoloured_keep_their_key(shown, made, way, palette):
    palette = np.array(palette, np.uint8)
    other = (turn(palette[shown], way), turn(palette[made], way))
    exact, near = keys([(shown, made), other])
    assert near[0] == near[1]
    assert (exact[0] == exact[1]) == (as_text(shown, made) == as_text(*other))


def test_input_and_output_are_turned_together():
    """Turning only the output makes other pairs; those of conjugate turns are the same."""
    grid = np.array([[1, 2, 3], [4, 5, 6]], np.uint8)
    pairs = [(grid, turn(grid, way)) for way in range(8)]
    _, near = keys(pairs)
    assert len(set(near.tolist())) == len({canonical(pair) for pair in pairs}) == 6


def test_input_and_output_are_recoloured_together():
    """Recolouring only the output makes other pairs; mirroring makes some of them the same."""
    grid = np.array([[0, 1, 2]], np.uint8)
    pairs = [(grid, np.array(palette, np.uint8)[grid]) for palette in permutations(range(3))]
    _, near = keys(pairs)
    assert len(set(near.tolist())) == len({canonical(pair) for pair in pairs}) == 4


def test_many_different_pairs_have_different_keys():
    rng = np.random.default_rng(0)
    pairs = [(rng.integers(0, 10, (5, 6), np.uint8), rng.integers(0, 10, (4, 3), np.uint8)) for _ in range(3000)]
    exact, near = keys(pairs)
    assert len(set(exact.tolist())) == len(set(near.tolist())) == 3000


@settings(max_examples=30, deadline=None)
@given(st.lists(small, min_size=1, max_size=10))
def test_loose_cells_are_the_cells_of_the_grids(pairs):
    cells = loose_cells(*padded(pairs))
    for at, pair in enumerate(pairs):
        for which, grid in enumerate(pair):
            mine = (cells.pair == at) & (cells.which == which)
            rebuilt = np.zeros((cells.heights[at, which], cells.widths[at, which]), np.uint8)
            rebuilt[cells.row[mine], cells.column[mine]] = cells.colour[mine]
            assert np.array_equal(rebuilt, grid)
            assert mine.sum() == grid.size
            assert cells.counts[at, which].tolist() == np.bincount(grid.ravel(), minlength=10).tolist()
