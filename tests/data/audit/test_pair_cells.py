"""Keys that identify copies, compared with canonical forms by brute force."""

from itertools import permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_guide.arc.grid import PAD
from neural_guide.data.audit.pair_cells import extract_cells, hash_pairs
from neural_guide.data.generation.input_sets import apply_symmetry
from support.strategies import grids, large_grids

SIDE = 30


def pad_pairs(pairs):
    canvas = np.full((2, len(pairs), SIDE, SIDE), PAD, np.uint8)
    for index, pair in enumerate(pairs):
        for role, grid in enumerate(pair):
            canvas[role, index, : grid.shape[0], : grid.shape[1]] = grid
    return canvas


def compute_keys(pairs):
    return hash_pairs(extract_cells(*pad_pairs(pairs)))


def encode_pair(*pair):
    return tuple((grid.shape, grid.tobytes()) for grid in pair)


def rename_colours(grid, output):
    """Number colours by first appearance, row by row, the input first."""
    names = {}
    for colour in (*grid.ravel().tolist(), *output.ravel().tolist()):
        names.setdefault(colour, len(names))
    palette = np.array([names.get(colour, 0) for colour in range(10)], np.uint8)
    return palette[grid], palette[output]


def canonicalize(pair):
    turned = ([apply_symmetry(grid, symmetry) for grid in pair] for symmetry in range(8))
    return min(encode_pair(*rename_colours(*grids)) for grids in turned)


small = st.tuples(grids(3, 3), grids(2, 3))


@settings(max_examples=60, deadline=None)
@given(st.lists(small, min_size=2, max_size=40))
def test_keys_are_equal_exactly_if_pairs_are(pairs):
    exact, near = compute_keys(pairs)
    texts, forms = [encode_pair(*pair) for pair in pairs], [canonicalize(pair) for pair in pairs]
    assert len(set(exact.tolist())) == len(set(texts)) == len(set(zip(texts, exact.tolist(), strict=True)))
    assert len(set(near.tolist())) == len(set(forms)) == len(set(zip(forms, near.tolist(), strict=True)))


@settings(max_examples=50, deadline=None)
@given(large_grids(), large_grids(), st.integers(0, 7), st.permutations(range(10)))
def test_symmetries_and_colours_keep_the_key_of_large_pairs(grid, output, symmetry, palette):
    palette = np.array(palette, np.uint8)
    other = (apply_symmetry(palette[grid], symmetry), apply_symmetry(palette[output], symmetry))
    exact, near = compute_keys([(grid, output), other])
    assert near[0] == near[1]
    assert (exact[0] == exact[1]) == (encode_pair(grid, output) == encode_pair(*other))


def test_a_symmetry_applies_to_input_and_output_together():
    """Symmetries of the output alone give different pairs; conjugate symmetries give the same."""
    grid = np.array([[1, 2, 3], [4, 5, 6]], np.uint8)
    pairs = [(grid, apply_symmetry(grid, symmetry)) for symmetry in range(8)]
    _, near = compute_keys(pairs)
    assert len(set(near.tolist())) == len({canonicalize(pair) for pair in pairs}) == 6


def test_a_palette_applies_to_input_and_output_together():
    """Palettes of the output alone give different pairs; mirroring makes some of them equal."""
    grid = np.array([[0, 1, 2]], np.uint8)
    pairs = [(grid, np.array(palette, np.uint8)[grid]) for palette in permutations(range(3))]
    _, near = compute_keys(pairs)
    assert len(set(near.tolist())) == len({canonicalize(pair) for pair in pairs}) == 4


def test_many_different_pairs_have_different_keys():
    rng = np.random.default_rng(0)
    pairs = [(rng.integers(0, 10, (5, 6), np.uint8), rng.integers(0, 10, (4, 3), np.uint8)) for _ in range(3000)]
    exact, near = compute_keys(pairs)
    assert len(set(exact.tolist())) == len(set(near.tolist())) == 3000


@settings(max_examples=30, deadline=None)
@given(st.lists(small, min_size=1, max_size=10))
def test_extracted_cells_are_the_cells_of_the_grids(pairs):
    cells = extract_cells(*pad_pairs(pairs))
    for index, pair in enumerate(pairs):
        for role, grid in enumerate(pair):
            mask = (cells.pair == index) & (cells.role == role)
            rebuilt = np.zeros((cells.heights[index, role], cells.widths[index, role]), np.uint8)
            rebuilt[cells.row[mask], cells.column[mask]] = cells.colour[mask]
            assert np.array_equal(rebuilt, grid)
            assert mask.sum() == grid.size
            assert cells.counts[index, role].tolist() == np.bincount(grid.ravel(), minlength=10).tolist()
