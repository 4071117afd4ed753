"""What grids look like: sizes, colours, background and change, for a dataset and for ARC alike."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.grid import BACKGROUND, COLOURS, MAX_SIDE, PAD
from neural_guide.arc.task import Pair
from neural_guide.data.audit.pair_cells import LooseCells, loose_cells

BINS = 10  # of shares: 0 to 10 %, ..., 90 to 100 %
Counts = npt.NDArray[np.int64]


@dataclass
class GridTally:
    """Running counts over the input grids, or over the output grids, of pairs.

    Attributes:
        grids: how many.
        sides: int64 [31], heights and widths together, by cells.
        colours: int64 [11], grids by how many colours they hold, background included.
        background: int64 [10], grids by the share of their cells that are background, in tenths.
        background_sum: of those shares.
    """

    grids: int = 0
    sides: Counts = field(default_factory=lambda: np.zeros(MAX_SIDE + 1, np.int64))
    colours: Counts = field(default_factory=lambda: np.zeros(COLOURS + 1, np.int64))
    background: Counts = field(default_factory=lambda: np.zeros(BINS, np.int64))
    background_sum: float = 0.0

    def add(self, cells: LooseCells, counts: npt.NDArray[np.intp], which: int) -> None:
        """Count the inputs (0) or the outputs (1) of some pairs; `counts` are those of `cells`."""
        of_colour = counts[:, which]
        shares = of_colour[:, BACKGROUND] / of_colour.sum(axis=1)
        self.grids += len(shares)
        for size in (cells.heights[:, which], cells.widths[:, which]):
            self.sides += np.bincount(size, minlength=MAX_SIDE + 1)
        self.colours += np.bincount((of_colour > 0).sum(axis=1), minlength=COLOURS + 1)
        self.background += in_tenths(shares)
        self.background_sum += float(shares.sum())

    def as_dict(self) -> dict[str, Any]:
        """Means, quartiles and histograms, as JSON holds them."""
        return {
            "mean_side": mean_of(self.sides),
            "side_quartiles": quartiles(self.sides),
            "mean_colours": mean_of(self.colours),
            "mean_background": self.background_sum / max(self.grids, 1),
            "sides": self.sides.tolist(),
            "colours": self.colours.tolist(),
            "background": self.background.tolist(),
        }


@dataclass
class PairTally:
    """Running counts over pairs.

    Attributes:
        inputs, outputs: of their grids.
        same_size: pairs whose output is as large as the input.
        smaller, larger: pairs whose output has fewer, or more, cells.
        equal: pairs whose output equals the input.
        changed: int64 [10], pairs of one size by the share of cells that change, in tenths.
        changed_sum: of those shares.
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
        """How many were counted."""
        return self.inputs.grids

    def add(
        self, inputs: npt.NDArray[np.uint8], outputs: npt.NDArray[np.uint8], cells: LooseCells
    ) -> npt.NDArray[np.bool_]:
        """Count some pairs; returns which of them have an output that equals the input, bool [n].

        Args:
            inputs: uint8 [n, side, side], padded.
            outputs: uint8 [n, side, side], padded.
            cells: the same, without padding.
        """
        counts = cells.counts
        self.inputs.add(cells, counts, 0)
        self.outputs.add(cells, counts, 1)
        areas = cells.heights * cells.widths
        self.smaller += int((areas[:, 1] < areas[:, 0]).sum())
        self.larger += int((areas[:, 1] > areas[:, 0]).sum())
        differ = (inputs != outputs).sum(axis=(1, 2))
        alike = (cells.heights[:, 0] == cells.heights[:, 1]) & (cells.widths[:, 0] == cells.widths[:, 1])
        self.same_size += int(alike.sum())
        shares = differ[alike] / areas[alike, 0]
        self.changed += in_tenths(shares)
        self.changed_sum += float(shares.sum())
        equal: npt.NDArray[np.bool_] = differ == 0
        self.equal += int(equal.sum())
        return equal

    def as_dict(self) -> dict[str, Any]:
        """Shares, means and histograms, as JSON holds them."""
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


def in_tenths(shares: npt.NDArray[np.float64]) -> Counts:
    """How many shares lie in each tenth of [0, 1], int64 [10]; 1 counts with the last."""
    return np.bincount(np.minimum((shares * BINS).astype(np.intp), BINS - 1), minlength=BINS)


def mean_of(histogram: Counts) -> float:
    """Mean of whole numbers, given how often each occurs; 0 where none does."""
    return float(histogram @ np.arange(len(histogram))) / max(int(histogram.sum()), 1)


def quartiles(histogram: Counts) -> list[int]:
    """Lower quartile, median and upper quartile of whole numbers, given how often each occurs."""
    reached = np.cumsum(histogram)
    return [int(np.searchsorted(reached, share * reached[-1])) for share in (0.25, 0.5, 0.75)]


def tally_pairs(pairs: Iterable[Pair]) -> PairTally:
    """Counts over pairs given one by one."""
    tally, chunk = PairTally(), list(pairs)
    canvas = np.full((2, len(chunk), MAX_SIDE, MAX_SIDE), PAD, np.uint8)
    for at, pair in enumerate(chunk):
        for which, grid in enumerate((pair.input, pair.output)):
            canvas[which, at, : grid.shape[0], : grid.shape[1]] = grid
    tally.add(canvas[0], canvas[1], loose_cells(canvas[0], canvas[1]))
    return tally


@cache
def tally_arc_pairs() -> PairTally:
    """Counts over all pairs of the 400 ARC-1 training tasks, test pairs included."""
    tasks = load_tasks("arc1-training")
    shown = [pair for arc in tasks for pair in arc.task.pairs]
    asked = [Pair(*both) for arc in tasks for both in zip(arc.task.test_inputs, arc.answers or (), strict=True)]
    return tally_pairs([*shown, *asked])
