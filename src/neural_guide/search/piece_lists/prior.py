"""Prior probabilities of the steps on pieces, which a prior over primitives leaves open."""

from functools import cache

import numpy as np
import numpy.typing as npt

from neural_guide.search.piece_lists.segmentation import SEGMENTATIONS
from neural_guide.search.piece_lists.values import list_piece_functions

Floats = npt.NDArray[np.float64]

SEGMENTATION_SHARE = 0.07  # of the steps from a grid; primitives have the rest. More costs short searches tasks
MAP_SHARE = 0.2  # of the steps from a list: primitives mapped over its pieces
LIST_SHARES = {  # of the other steps from a list, by the first word of their names
    ("take",): 0.34,
    ("keep", "drop"): 0.18,
    ("sort",): 0.04,
    ("rank", "number"): 0.14,
    ("paint", "erase", "join", "lay", "colours"): 0.30,
}


@cache
def compute_piece_prior() -> tuple[Floats, Floats]:
    """Compute the prior probabilities of the piece functions on a grid and on a list.

    Returns:
        Two arrays, float64 [function], in the order of `list_piece_functions`. The first sums to `SEGMENTATION_SHARE`,
        the second to 1 - `MAP_SHARE`; 0 where a function does not apply. `docs/log.md` has the measurements behind the
        shares.
    """
    names = list_piece_functions()
    first_words = [name.split("_")[0] for name in names]
    on_grids = np.array([SEGMENTATION_SHARE / len(SEGMENTATIONS) if name in SEGMENTATIONS else 0.0 for name in names])
    on_lists = np.zeros(len(names))
    for words, share in LIST_SHARES.items():
        is_member = [word in words for word in first_words]
        on_lists[is_member] = (1 - MAP_SHARE) * share / sum(is_member)
    return on_grids, on_lists
