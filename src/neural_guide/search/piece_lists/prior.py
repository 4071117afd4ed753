"""How likely the steps are that a prior over primitives says nothing about: cuts, choices, joins."""

from functools import cache

import numpy as np
import numpy.typing as npt

from neural_guide.search.piece_lists.segmentation import CUTS
from neural_guide.search.piece_lists.values import piece_functions

Floats = npt.NDArray[np.float64]

CUT_SHARE = 0.05  # of the steps from a grid; primitives have the rest. More costs short searches tasks (docs/log.md)
MAP_SHARE = 0.2  # of the steps from a list are primitives mapped over it
LIST_SHARES = {  # of the other steps from a list, by the beginning of their names
    ("take",): 0.34,
    ("keep", "drop"): 0.18,
    ("sort",): 0.04,
    ("rank", "number"): 0.14,
    ("paint", "erase", "join", "lay", "colours"): 0.30,
}


@cache
def chances_of_pieces() -> tuple[Floats, Floats]:
    """Chances of the functions beside the primitives, float64 [function] each: on a grid, and on a list.

    The first sum to `CUT_SHARE`, the second to 1 - `MAP_SHARE`; 0 where a function does not apply.
    """
    names = piece_functions()
    kinds = [name.split("_")[0] for name in names]
    on_grids = np.array([CUT_SHARE / len(CUTS) if name in CUTS else 0.0 for name in names])
    on_lists = np.zeros(len(names))
    for beginnings, share in LIST_SHARES.items():
        members = [kind in beginnings for kind in kinds]
        on_lists[members] = (1 - MAP_SHARE) * share / sum(members)
    return on_grids, on_lists
