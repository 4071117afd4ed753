"""Small input sets that several tests enumerate in full."""

import numpy as np

from neural_guide.data.generation.input_sets import InputSource


def draw_input_sets(count, pairs, seed=0, cells=150):
    rng, source = np.random.default_rng(seed), InputSource(0.5)
    input_sets = []
    while len(input_sets) < count:
        grids = source.draw(pairs, rng)
        if max(grid.size for grid in grids) <= cells:
            input_sets.append(grids)
    return input_sets
