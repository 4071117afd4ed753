"""Input sets of synthetic tasks: ARC-1 training grids in other colours and orientations, and procedural grids.

Evaluation tasks are never read, so a guide trained on these inputs has not seen them.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from neural_guide.arc import collections
from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.data.generation import procedural_grids

Pool = tuple[Grid, ...]
"""Grids of one kind: the inputs, or the outputs, of one ARC task."""

OUTPUT_SHARE = 0.2  # share of the ARC input sets drawn from outputs, which are cleaner and smaller than inputs
_DRAWS = 25  # grids drawn for each input, before another kind of grids is chosen


def load_arc_pools() -> tuple[list[Pool], list[Pool]]:
    """Load the grids of the 400 ARC-1 training tasks, test pairs included: pools of inputs, pools of outputs."""
    tasks = collections.load_tasks("arc1-training")
    inputs = [(*(pair.input for pair in task.task.pairs), *task.task.test_inputs) for task in tasks]
    outputs = [(*(pair.output for pair in task.task.pairs), *(task.answers or ())) for task in tasks]
    return inputs, outputs


def apply_palette(grid: Grid, palette: Grid) -> Grid:
    """Replace each colour `c` by `palette[c]`; palette: uint8 [10]."""
    return palette[grid]


def apply_symmetry(grid: Grid, symmetry: int) -> Grid:
    """Apply one of the eight symmetries of the square: `symmetry % 4` quarter turns, mirrored first if it is 4 to 7."""
    return np.ascontiguousarray(np.rot90(grid[:, ::-1] if symmetry >= 4 else grid, symmetry % 4))


def draw_palette(rng: np.random.Generator) -> Grid:
    """Draw a permutation of colours 1 to 9 that keeps the background: uint8 [10]."""
    return np.concatenate([[0], 1 + rng.permutation(COLOURS - 1)]).astype(np.uint8)


class InputSource:
    """Source of input sets: the grids of one set are similar, as in ARC, and all different.

    Args:
        arc_share: share of input sets that come from ARC-1 training grids, [0, 1].
    """

    def __init__(self, arc_share: float) -> None:
        self.arc_share = arc_share
        self._inputs, self._outputs = load_arc_pools()
        self._families = list(procedural_grids.FAMILIES.values())

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Grid, ...]:
        """Draw `count` different grids of one kind, each with two colours or more."""
        while True:
            candidates = self._draw_arc(rng) if rng.random() < self.arc_share else self._draw_procedural(rng)
            grids: dict[tuple[tuple[int, ...], bytes], Grid] = {}
            for _ in range(_DRAWS * count):
                grid = next(candidates)
                if grid.min() != grid.max():
                    grids.setdefault((grid.shape, grid.tobytes()), grid)
                if len(grids) == count:
                    return tuple(grids.values())

    def _draw_arc(self, rng: np.random.Generator) -> Iterator[Grid]:
        """Draw grids of one ARC task in one palette: all of them under one symmetry, then all under another."""
        pools: Sequence[Pool] = self._outputs if rng.random() < OUTPUT_SHARE else self._inputs
        pool = pools[int(rng.integers(len(pools)))]
        palette = draw_palette(rng)
        while True:
            symmetry = int(rng.integers(8))
            for position in rng.permutation(len(pool)):
                yield apply_symmetry(apply_palette(pool[position], palette), symmetry)

    def _draw_procedural(self, rng: np.random.Generator) -> Iterator[Grid]:
        build = self._families[int(rng.integers(len(self._families)))]
        draw_grid = build(procedural_grids.draw_style(rng), rng)
        while True:
            yield np.ascontiguousarray(draw_grid(rng))
