"""Input grids for synthetic tasks: real ARC-1 training grids, recoloured and turned, and procedural ones.

Evaluation tasks are never read: a guide trained on these inputs has not seen them.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from neural_guide.arc import collections
from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.data.generation import procedural_grids

Pool = tuple[Grid, ...]
"""Grids of one kind: the inputs, or the outputs, of one ARC task."""

OUTPUT_SHARE = 0.2  # of the ARC input sets, those drawn from outputs: cleaner and smaller than inputs
_DRAWS = 25  # grids tried for each input wanted, before another kind of grids is drawn


def arc_pools() -> tuple[list[Pool], list[Pool]]:
    """The grids of the 400 ARC-1 training tasks, test pairs included: pools of inputs, pools of outputs."""
    tasks = collections.load_tasks("arc1-training")
    inputs = [(*(pair.input for pair in task.task.pairs), *task.task.test_inputs) for task in tasks]
    outputs = [(*(pair.output for pair in task.task.pairs), *(task.answers or ())) for task in tasks]
    return inputs, outputs


def recolour(grid: Grid, palette: Grid) -> Grid:
    """The grid with colour `c` replaced by `palette[c]`; palette: uint8 [10]."""
    return palette[grid]


def turn(grid: Grid, way: int) -> Grid:
    """One of the eight ways to lay a grid down: `way % 4` quarter turns, mirrored first where `way >= 4`."""
    return np.ascontiguousarray(np.rot90(grid[:, ::-1] if way >= 4 else grid, way % 4))


def draw_palette(rng: np.random.Generator) -> Grid:
    """A random permutation of colours 1 to 9 that leaves the background: uint8 [10]."""
    return np.concatenate([[0], 1 + rng.permutation(COLOURS - 1)]).astype(np.uint8)


class InputSource:
    """Draws the input grids of tasks: alike within a task, as in ARC, and all different.

    Args:
        arc_share: share of tasks whose inputs come from ARC-1 training grids, [0, 1].
    """

    def __init__(self, arc_share: float) -> None:
        self.arc_share = arc_share
        self._inputs, self._outputs = arc_pools()
        self._families = list(procedural_grids.FAMILIES.values())

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Grid, ...]:
        """`count` different grids of one kind, each with two colours or more."""
        while True:
            make = self._arc(rng) if rng.random() < self.arc_share else self._procedural(rng)
            chosen: dict[tuple[tuple[int, ...], bytes], Grid] = {}
            for _ in range(_DRAWS * count):
                grid = next(make)
                if grid.min() != grid.max():
                    chosen.setdefault((grid.shape, grid.tobytes()), grid)
                if len(chosen) == count:
                    return tuple(chosen.values())

    def _arc(self, rng: np.random.Generator) -> Iterator[Grid]:
        """Grids of one ARC task in one palette, laid down one way until they run out, then in others."""
        pools: Sequence[Pool] = self._outputs if rng.random() < OUTPUT_SHARE else self._inputs
        pool = pools[int(rng.integers(len(pools)))]
        palette = draw_palette(rng)
        while True:
            way = int(rng.integers(8))
            for position in rng.permutation(len(pool)):
                yield turn(recolour(pool[position], palette), way)

    def _procedural(self, rng: np.random.Generator) -> Iterator[Grid]:
        family: Callable[[procedural_grids.Style, np.random.Generator], procedural_grids.Maker]
        family = self._families[int(rng.integers(len(self._families)))]
        make = family(procedural_grids.draw_style(rng), rng)
        while True:
            yield np.ascontiguousarray(make(rng))
