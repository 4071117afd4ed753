"""Quality and complexity of a task: scores of how well it teaches its program and how hard it is, both in [0, 1].

Both are formulas over measured properties. They are equal for all records of a task, so a threshold keeps or drops
whole tasks. The constants were chosen once so that the default dataset keeps about three records in four at 0.7, one in
three at 0.85 and one in five at 0.9.
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

GridMeans = tuple[float, float, float]
"""Means over grids: side in cells, number of colours, background share."""


def compute_quality(inputs: Sequence[Grid], outputs: Sequence[Grid], rivals: Sequence[int], n_programs: int) -> float:
    """Score how well the pairs teach their program, rounded to 4 decimals.

    `certainty ** 0.3 * (1 / n_programs) ** 0.15 * change ** 0.2 * likeness ** 0.5`: a product, so a task needs a high
    value of each factor.

    Args:
        inputs: input grids of the pairs.
        outputs: outputs of the program, in the same order.
        rivals: for each pair, number of other results, of programs no longer than this, with the same output on it.
        n_programs: number of programs of the same length that explain all pairs, itself included; at least 1.
    """
    clarity = math.pow(compute_certainty(rivals), 0.3) * math.pow(n_programs, -0.15)
    fitness = math.pow(compute_change(inputs, outputs), 0.2) * math.pow(compute_likeness((*inputs, *outputs)), 0.5)
    return round(clarity * fitness, 4)


def compute_complexity(inputs: Sequence[Grid], outputs: Sequence[Grid], length: int) -> float:
    """Score the size of the program and of the grids, rounded to 4 decimals.

    `0.6 * (length - 1) / 3 + 0.25 * side / 30 + 0.15 * (colours - 1) / 9`, where side and colours are the means over
    all grids of the task, and lengths above 4 count as 4.
    """
    side, colours, _ = measure_grids((*inputs, *outputs))
    steps = (min(length, 4) - 1) / 3
    return round(0.6 * steps + 0.25 * side / MAX_SIDE + 0.15 * (colours - 1) / (COLOURS - 1), 4)


def compute_certainty(rivals: Sequence[int]) -> float:
    """Score how well one pair alone distinguishes the result from all others within reach, (0, 1].

    The mean over pairs of `1 / (1 + rivals)`: the chance to name the result of all pairs from that pair alone, drawing
    uniformly among the results that agree with it. 1 if every pair alone is enough.
    """
    return sum(1 / (1 + count) for count in rivals) / len(rivals)


def compute_change(inputs: Sequence[Grid], outputs: Sequence[Grid]) -> float:
    """Score how much of the grids the program changes, mean over pairs, [0, 1].

    1 if the size changes; else the share of cells that change, divided by `ENOUGH_CHANGE`, at most 1.
    """
    shares = [
        1.0 if before.shape != after.shape else min(1.0, float((before != after).mean()) / ENOUGH_CHANGE)
        for before, after in zip(inputs, outputs, strict=True)
    ]
    return sum(shares) / len(shares)


def compute_likeness(grids: Sequence[Grid]) -> float:
    """Score how close side, colours and background share are to those of ARC-1, (0, 1].

    `exp(-z2 / 2)`, where `z2` is the mean of the three squared distances of the task's means from ARC's means, in ARC's
    standard deviations.
    """
    means = measure_grids(grids)
    arc = (ARC_SIDE, ARC_COLOURS, ARC_BACKGROUND)
    squares = [((value - mean) / spread) ** 2 for value, (mean, spread) in zip(means, arc, strict=True)]
    return math.exp(-sum(squares) / 2 / len(squares))


def measure_grids(grids: Sequence[Grid]) -> GridMeans:
    """Mean over the grids of side (cells), colours (count, background included) and background (share)."""
    side = colours = background = 0.0
    for grid in grids:
        counts = np.bincount(grid.ravel(), minlength=COLOURS)
        side += (grid.shape[0] + grid.shape[1]) / 2
        colours += float(np.count_nonzero(counts))
        background += float(counts[BACKGROUND]) / grid.size
    return side / len(grids), colours / len(grids), background / len(grids)
