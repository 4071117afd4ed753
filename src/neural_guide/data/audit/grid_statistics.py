"""Statistics of grids: sizes, colours, background and change, for a dataset and for ARC alike."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.grid import BACKGROUND, COLOURS, MAX_SIDE, PAD
from neural_guide.arc.task import Pair
from neural_guide.data.audit.pair_cells import PairCells, extract_cells

BINS = 10  # bins of shares: 0 to 10 %, ..., 90 to 100 %
Counts = npt.NDArray[np.int64]


@dataclass
class GridTally:
    """Running counts over the input grids, or over the output grids, of pairs.

    Attributes:
        grids: number of grids.
        sides: int64 [31], histogram of heights and widths together, in cells.
        colours: int64 [11], histogram of the number of colours, background included.
        background: int64 [10], histogram of the share of background cells, in tenths.
        background_sum: sum of those shares.
    """

    grids: int = 0
    sides: Counts = field(default_factory=lambda: np.zeros(MAX_SIDE + 1, np.int64))
    colours: Counts = field(default_factory=lambda: np.zeros(COLOURS + 1, np.int64))
    background: Counts = field(default_factory=lambda: np.zeros(BINS, np.int64))
    background_sum: float = 0.0

    def add(self, cells: PairCells, counts: npt.NDArray[np.intp], role: int) -> None:
        """Count the inputs (role 0) or the outputs (role 1) of some pairs; `counts` are those of `cells`."""
        colour_counts = counts[:, role]
        shares = colour_counts[:, BACKGROUND] / colour_counts.sum(axis=1)
        self.grids += len(shares)
        for size in (cells.heights[:, role], cells.widths[:, role]):
            self.sides += np.bincount(size, minlength=MAX_SIDE + 1)
        self.colours += np.bincount((colour_counts > 0).sum(axis=1), minlength=COLOURS + 1)
        self.background += count_tenths(shares)
        self.background_sum += float(shares.sum())

    def as_dict(self) -> dict[str, Any]:
        """Means, quartiles and histograms, as values of JSON."""
        return {
            "mean_side": compute_mean(self.sides),
            "side_quartiles": compute_quartiles(self.sides),
            "mean_colours": compute_mean(self.colours),
            "mean_background": self.background_sum / max(self.grids, 1),
            "sides": self.sides.tolist(),
            "colours": self.colours.tolist(),
            "background": self.background.tolist(),
        }


@dataclass
class PairTally:
    """Running counts over pairs.

    Attributes:
        inputs, outputs: counts over their grids.
        same_size: number of pairs whose output has the sides of the input.
        smaller, larger: number of pairs whose output has fewer, or more, cells.
        equal: number of pairs whose output equals the input.
        changed: int64 [10], histogram of the share of cells that change, in tenths, over pairs of one size.
        changed_sum: sum of those shares.
    """

    inputs: GridTally = field(default_factory=GridTally)
    outputs: GridTally = field(default_factory=GridTally)
    same_size: int = 0
    smaller: int = 0
    larger: int = 0
    equal: int = 0
    changed: Counts = field(default_factory=lambda: np.zeros(BINS, np.int64))
    changed_sum: float = 0.0

    @property
    def pairs(self) -> int:
        """Number of pairs counted."""
        return self.inputs.grids

    def add(
        self, inputs: npt.NDArray[np.uint8], outputs: npt.NDArray[np.uint8], cells: PairCells
    ) -> npt.NDArray[np.bool_]:
        """Count some pairs; return a mask of those whose output equals the input, bool [n].

        Args:
            inputs: uint8 [n, side, side], padded.
            outputs: uint8 [n, side, side], padded.
            cells: cells of the same grids, without padding.
        """
        counts = cells.counts
        self.inputs.add(cells, counts, 0)
        self.outputs.add(cells, counts, 1)
        areas = cells.heights * cells.widths
        self.smaller += int((areas[:, 1] < areas[:, 0]).sum())
        self.larger += int((areas[:, 1] > areas[:, 0]).sum())
        changed = (inputs != outputs).sum(axis=(1, 2))
        same_size = (cells.heights[:, 0] == cells.heights[:, 1]) & (cells.widths[:, 0] == cells.widths[:, 1])
        self.same_size += int(same_size.sum())
        shares = changed[same_size] / areas[same_size, 0]
        self.changed += count_tenths(shares)
        self.changed_sum += float(shares.sum())
        equal: npt.NDArray[np.bool_] = changed == 0
        self.equal += int(equal.sum())
        return equal

    def as_dict(self) -> dict[str, Any]:
        """Shares, means and histograms, as values of JSON."""
        pairs = max(self.pairs, 1)
        return {
            "pairs": self.pairs,
            "inputs": self.inputs.as_dict(),
            "outputs": self.outputs.as_dict(),
            "same_size": self.same_size / pairs,
            "smaller": self.smaller / pairs,
            "larger": self.larger / pairs,
            "equal": self.equal / pairs,
            "mean_changed": self.changed_sum / max(self.same_size, 1),
            "changed": self.changed.tolist(),
        }


def count_tenths(shares: npt.NDArray[np.float64]) -> Counts:
    """Count the shares in each tenth of [0, 1], int64 [10]; 1 counts with the last."""
    return np.bincount(np.minimum((shares * BINS).astype(np.intp), BINS - 1), minlength=BINS)


def compute_mean(histogram: Counts) -> float:
    """Compute the mean of whole numbers from their histogram; 0 for an empty one."""
    return float(histogram @ np.arange(len(histogram))) / max(int(histogram.sum()), 1)


def compute_quartiles(histogram: Counts) -> list[int]:
    """Compute lower quartile, median and upper quartile of whole numbers from their histogram."""
    cumulative = np.cumsum(histogram)
    return [int(np.searchsorted(cumulative, share * cumulative[-1])) for share in (0.25, 0.5, 0.75)]


def tally_pairs(pairs: Iterable[Pair]) -> PairTally:
    """Count pairs given one by one."""
    tally, pairs = PairTally(), list(pairs)
    canvas = np.full((2, len(pairs), MAX_SIDE, MAX_SIDE), PAD, np.uint8)
    for index, pair in enumerate(pairs):
        for role, grid in enumerate((pair.input, pair.output)):
            canvas[role, index, : grid.shape[0], : grid.shape[1]] = grid
    tally.add(canvas[0], canvas[1], extract_cells(canvas[0], canvas[1]))
    return tally


@cache
def tally_arc_pairs() -> PairTally:
    """Count all pairs of the 400 ARC-1 training tasks, test pairs included."""
    tasks = load_tasks("arc1-training")
    train_pairs = [pair for arc in tasks for pair in arc.task.pairs]
    test_pairs = [
        Pair(grid, answer)
        for arc in tasks
        for grid, answer in zip(arc.task.test_inputs, arc.answers or (), strict=True)
    ]
    return tally_pairs([*train_pairs, *test_pairs])
