"""Colour augmentation: training on outputs in other colours, with one colour map per task.

A search may relabel the colours of a result as its last step, so the guide meets such outputs in real tasks too.
Records stay unchanged, because their programs replay exactly; only training sees the augmented outputs.
"""

import math

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS
from neural_guide.data.store.store import Store

MERGED_SHARE = 0.5  # share of the maps that merge all colours into a few; the others permute all ten
MERGED_COLOURS = (2, 3)  # least and greatest number of colours left by a map that merges
CHUNK_RECORDS = 4096  # records whose cells are read together
SEED = 0

ColourMaps = npt.NDArray[np.uint8]


def draw_colour_maps(store: Store) -> ColourMaps:
    """Draw a map of all colours, the background included, for every task; a function of the store.

    Returns:
        uint8 [task, 256]: the new value of each cell value. Values that are no colours map to themselves, so that
        padded canvases can be mapped. An output of two colours or more keeps at least two, merged or not.
    """
    rng = np.random.default_rng(SEED)
    present = find_output_colours(store)
    permuted = rng.permuted(np.tile(np.arange(COLOURS), (len(present), 1)), axis=1)
    # Colours present in the outputs come first, in random order, and take the remaining colours in turn.
    ranks = np.argsort(np.argsort(rng.random(present.shape) + ~present, axis=1), axis=1)
    counts = rng.integers(MERGED_COLOURS[0], MERGED_COLOURS[1] + 1, size=(len(present), 1))
    merged = np.take_along_axis(permuted, ranks % counts, axis=1)
    maps = np.tile(np.arange(256, dtype=np.uint8), (len(present), 1))
    maps[:, :COLOURS] = np.where(rng.random((len(present), 1)) < MERGED_SHARE, merged, permuted)
    return maps


def apply_colour_maps(outputs: npt.NDArray[np.uint8], maps: ColourMaps) -> npt.NDArray[np.uint8]:
    """Map the colours of outputs uint8 [task, ...] by maps uint8 [task, 256]; returns a copy."""
    flat = outputs.reshape(len(outputs), math.prod(outputs.shape[1:]))  # -1 is refused where there are no tasks
    return np.take_along_axis(maps, flat, axis=1).reshape(outputs.shape)


def find_output_colours(store: Store) -> npt.NDArray[np.bool_]:
    """Find the colours of all outputs of each task, bool [task, COLOURS]."""
    present = np.zeros((len(store.lengths), COLOURS), bool)
    for start in range(0, store.n_records, CHUNK_RECORDS):
        records = np.arange(start, min(start + CHUNK_RECORDS, store.n_records))
        _, outputs = store.gather(records)
        bits = np.bitwise_or.reduce(np.left_shift(np.uint16(1), outputs), axis=(1, 2))
        for colour in range(COLOURS):
            present[store.task_of[records[bits >> colour & 1 > 0]], colour] = True
    return present
