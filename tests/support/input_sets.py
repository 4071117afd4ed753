"""Small input sets that several tests expand in full."""

import numpy as np

from neural_guide.data.generation.input_sets import InputSource


def input_sets(count, pairs, seed=0, cells=150):
    rng, source = np.random.default_rng(seed), InputSource(0.5)
    sets = []
    while len(sets) < count:
        grids = source.draw(pairs, rng)
        if max(grid.size for grid in grids) <= cells:
            sets.append(grids)
    return sets
