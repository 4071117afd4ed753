"""Targets of rules over cells, of layerings, and of programs on pieces."""

from collections.abc import Sequence

import numpy as np

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.dsl.program import Program
from neural_guide.dsl.vocabulary import PRIMITIVES, WIDE
from neural_guide.search.application import ProgramRunner
from neural_guide.search.cell_rules.features import compute_features
from neural_guide.search.piece_lists.composition import COMPOSITIONS
from neural_guide.search.piece_lists.properties import PROPERTIES
from neural_guide.search.piece_lists.segmentation import SEGMENTATIONS
from neural_guide.search.piece_lists.selection import NUMBERINGS, SELECTIONS

_PLACES = ("content", "background", "all")  # cells that a rule over cells may paint
_MOST_PAINTED = 0.6  # share of the cells
_FINISHING = (*(name for name, way in SELECTIONS.items() if way.is_single), *NUMBERINGS)
"""Ways to choose by a property that return a grid."""
_FINISHING_SHARE = 0.5  # of programs on pieces
_LISTED = tuple(name for name, way in SELECTIONS.items() if not way.is_single)
_DIRECT_SHARE = 0.3  # of the others, those that compose all pieces as they are

DrawnCells = tuple[str, str, list[Grid | None]]
"""Name of a feature, the cells that may be painted, and the outputs."""


def draw_cell_rule(inputs: Sequence[Grid], rng: np.random.Generator) -> DrawnCells | None:
    """Draw a rule that paints the cells with one value of a feature; None: the feature does not part the cells.

    Args:
        inputs: different grids.
        rng: source of every draw.
    """
    features = [compute_features(grid) for grid in inputs]
    names = [name for name in features[0] if all(name in others for others in features)]
    weights = np.exp([-features[0][name].cost / 2 for name in names])
    name = names[int(rng.choice(len(names), p=weights / weights.sum()))]
    values = np.unique(features[0][name].values)
    value, colour = int(values[int(rng.integers(len(values)))]), int(rng.integers(COLOURS))
    place = _PLACES[int(rng.integers(len(_PLACES)))]
    outputs: list[Grid | None] = []
    for grid, others in zip(inputs, features, strict=True):
        painted = others[name].values == value
        if place != "all":
            painted &= (grid != 0) if place == "content" else (grid == 0)
        if not 0 < painted.mean() < _MOST_PAINTED:
            return None
        outputs.append(np.where(painted, colour, grid).astype(np.uint8))
    return name, place, outputs


def draw_layering(inputs: Sequence[Grid], rng: np.random.Generator) -> tuple[tuple[str, str], list[Grid | None]]:
    """Draw two primitives, and the results of the first laid over those of the second."""
    upper, lower = (WIDE.names[int(position)] for position in rng.choice(len(WIDE), size=2, replace=False))
    outputs: list[Grid | None] = []
    for grid in inputs:
        over, under = PRIMITIVES[upper](grid), PRIMITIVES[lower](grid)
        fits = over is not None and under is not None and over.shape == under.shape
        outputs.append(np.where(over > 0, over, under) if fits and over is not None and under is not None else None)
    return (upper, lower), outputs


def draw_piece_program(inputs: Sequence[Grid], rng: np.random.Generator) -> tuple[Program, list[Grid | None]]:
    """Draw a program that cuts grids into pieces, selects or changes them, and composes a grid."""
    cut = _choose(tuple(SEGMENTATIONS), rng)
    if rng.random() < _FINISHING_SHARE:
        program: Program = (cut, _name_step(_FINISHING, rng))
    elif rng.random() < _DIRECT_SHARE:
        program = (cut, _choose(tuple(COMPOSITIONS), rng))
    else:
        program = (cut, _name_step(_LISTED, rng), _choose(tuple(COMPOSITIONS), rng))
    runner = ProgramRunner([program])
    return program, [runner.run(program, grid) for grid in inputs]


def _name_step(ways: Sequence[str], rng: np.random.Generator) -> str:
    """Draw the name of a step that chooses pieces by a property."""
    return f"{_choose(ways, rng)}_{_choose(tuple(PROPERTIES), rng)}"


def _choose(names: Sequence[str], rng: np.random.Generator) -> str:
    return names[int(rng.integers(len(names)))]
