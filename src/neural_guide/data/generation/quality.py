"""How much a task teaches, and how hard it is: `quality` and `complexity`, both in [0, 1].

Both are formulas over measured properties and are the same for all records of a task, so that a
threshold keeps or drops whole tasks. The constants were chosen once so that the default dataset keeps
about three records in four at 0.7, one in three at 0.85 and one in five at 0.9.
"""

import math
from collections.abc import Sequence

import numpy as np

from neural_guide.arc.grid import BACKGROUND, COLOURS, MAX_SIDE, Grid

# Mean and standard deviation over all input and output grids of the 400 ARC-1 training tasks.
ARC_SIDE = (9.84, 5.89)  # cells, mean of rows and columns
ARC_COLOURS = (3.45, 1.64)  # different colours, background included
ARC_BACKGROUND = (0.549, 0.326)  # share of cells

ENOUGH_CHANGE = 0.15  # share of cells; ARC-1 tasks that keep their size change 16 % in the median

Measures = tuple[float, float, float]
"""Mean side in cells, number of colours, background share."""


def quality(inputs: Sequence[Grid], outputs: Sequence[Grid], rivals: Sequence[int], programs: int) -> float:
    """How well the pairs teach their program, rounded to 4 decimals.

    `certainty ** 0.3 * (1 / programs) ** 0.15 * change ** 0.2 * likeness ** 0.5`: a product, so a task
    must do well at each.

    Args:
        inputs: grids of the pairs.
        outputs: what the program makes of them, in the same order.
        rivals: for each pair, how many other results that no longer programs reach agree on this pair.
        programs: how many programs as short as this one explain all pairs, itself included; at least 1.
    """
    told = math.pow(certainty(rivals), 0.3) * math.pow(programs, -0.15)
    shown = math.pow(change(inputs, outputs), 0.2) * math.pow(likeness((*inputs, *outputs)), 0.5)
    return round(told * shown, 4)


def complexity(inputs: Sequence[Grid], outputs: Sequence[Grid], length: int) -> float:
    """How much there is to see and to find, rounded to 4 decimals.

    `0.6 * (length - 1) / 3 + 0.25 * side / 30 + 0.15 * (colours - 1) / 9`, with side and colours the
    means over all grids of the task, and lengths above 4 counted as 4.
    """
    side, colours, _ = measures((*inputs, *outputs))
    steps = (min(length, 4) - 1) / 3
    return round(0.6 * steps + 0.25 * side / MAX_SIDE + 0.15 * (colours - 1) / (COLOURS - 1), 4)


def certainty(rivals: Sequence[int]) -> float:
    """How surely one pair tells the result from all others within reach, (0, 1].

    The mean over pairs of `1 / (1 + rivals)`: the chance to name the result of all pairs from that pair
    alone, drawing evenly among the results that agree with it. 1 where every pair alone is enough.
    """
    return sum(1 / (1 + count) for count in rivals) / len(rivals)


def change(inputs: Sequence[Grid], outputs: Sequence[Grid]) -> float:
    """How much of the grids the program touches, mean over pairs, [0, 1].

    1 where the size changes; else the share of cells that change, over `ENOUGH_CHANGE` and at most 1.
    """
    shares = [
        1.0 if before.shape != after.shape else min(1.0, float((before != after).mean()) / ENOUGH_CHANGE)
        for before, after in zip(inputs, outputs, strict=True)
    ]
    return sum(shares) / len(shares)


def likeness(grids: Sequence[Grid]) -> float:
    """How close side, colours and background share lie to ARC-1's, (0, 1].

    `exp(-z2 / 2)`, where `z2` is the mean of the three squared distances of the task's means from ARC's
    means, in ARC's standard deviations.
    """
    found = measures(grids)
    arc = (ARC_SIDE, ARC_COLOURS, ARC_BACKGROUND)
    squares = [((value - mean) / spread) ** 2 for value, (mean, spread) in zip(found, arc, strict=True)]
    return math.exp(-sum(squares) / 2 / len(squares))


def measures(grids: Sequence[Grid]) -> Measures:
    """Mean over the grids of side (cells), colours (count, background included) and background (share)."""
    side = colours = background = 0.0
    for grid in grids:
        counts = np.bincount(grid.ravel(), minlength=COLOURS)
        side += (grid.shape[0] + grid.shape[1]) / 2
        colours += float(np.count_nonzero(counts))
        background += float(counts[BACKGROUND]) / grid.size
    return side / len(grids), colours / len(grids), background / len(grids)
