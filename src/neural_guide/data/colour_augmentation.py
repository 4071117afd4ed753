"""Outputs in other colours, one map of colours a task: a search binds such a map last, so real tasks look like that.

The records stay as they are, since replaying their programs is exact. What is made of them here is for training.
"""

import math

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS
from neural_guide.data.store.store import Store

MERGED_SHARE = 0.5  # of the maps, those onto a few colours; the others permute all ten
FEW = (2, 3)  # colours that are left of an output where colours are merged
AT_ONCE = 4096  # records whose cells are looked at together
SEED = 0

ColourMaps = npt.NDArray[np.uint8]


def draw_colour_maps(store: Store) -> ColourMaps:
    """A map of colours for every task, the background's too; a function of the store.

    Returns:
        uint8 [task, 256]: what becomes of each value of a cell. What is no colour stays, so that whole canvases can be
        mapped. Merged or not, an output of two colours or more keeps two at least.
    """
    rng = np.random.default_rng(SEED)
    seen = find_output_colours(store)
    permuted = rng.permuted(np.tile(np.arange(COLOURS), (len(seen), 1)), axis=1)
    # The colours that are seen come first in a random order, and take the few that are left in turn.
    place = np.argsort(np.argsort(rng.random(seen.shape) + ~seen, axis=1), axis=1)
    few = rng.integers(FEW[0], FEW[1] + 1, size=(len(seen), 1))
    merged = np.take_along_axis(permuted, place % few, axis=1)
    maps = np.tile(np.arange(256, dtype=np.uint8), (len(seen), 1))
    maps[:, :COLOURS] = np.where(rng.random((len(seen), 1)) < MERGED_SHARE, merged, permuted)
    return maps


def apply_colour_maps(outputs: npt.NDArray[np.uint8], maps: ColourMaps) -> npt.NDArray[np.uint8]:
    """Outputs uint8 [task, ...] under the map of each, uint8 [task, 256]; a copy."""
    flat = outputs.reshape(len(outputs), math.prod(outputs.shape[1:]))  # -1 is refused where there are no tasks
    return np.take_along_axis(maps, flat, axis=1).reshape(outputs.shape)


def find_output_colours(store: Store) -> npt.NDArray[np.bool_]:
    """The colours of all outputs of each task, bool [task, COLOURS]."""
    seen = np.zeros((len(store.lengths), COLOURS), bool)
    for start in range(0, store.n_records, AT_ONCE):
        records = np.arange(start, min(start + AT_ONCE, store.n_records))
        _, outputs = store.gather(records)
        marks = np.bitwise_or.reduce(np.left_shift(np.uint16(1), outputs), axis=(1, 2))
        for colour in range(COLOURS):
            seen[store.task_of[records[marks >> colour & 1 > 0]], colour] = True
    return seen
