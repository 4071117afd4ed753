"""Features of every cell of a grid, of all kinds, with their costs."""

from collections.abc import Iterator

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.search.cell_rules.colour_features import compute_colour_features, compute_row_and_column_features
from neural_guide.search.cell_rules.feature import COLOUR, CONTENT, Feature, NamedValues
from neural_guide.search.cell_rules.neighbour_features import compute_direction_features, compute_neighbour_features
from neural_guide.search.cell_rules.position_features import compute_content_features, compute_position_features
from neural_guide.search.cell_rules.region_features import compute_object_features, compute_panel_features
from neural_guide.search.cell_rules.stencils import Stencil, apply_stencil

_NEIGHBOUR_COST = 2.0  # nats of a feature of the surrounding cells
_GRID_COST = 3.0  # nats of a feature of the whole grid
_POSITION_COST = 4.0  # nats of a feature that depends on little but the position of a cell


def compute_features(grid: Grid) -> dict[str, Feature]:
    """Compute the features of a grid by name. Features of content, objects and panels need a grid that has them."""
    features = {
        name: Feature(values, _NEIGHBOUR_COST, is_colour)
        for name, values, is_colour in compute_neighbour_features(grid)
    }
    features |= {
        name: Feature(values, _POSITION_COST, is_colour) for name, values, is_colour in compute_position_features(grid)
    }
    features |= {
        name: Feature(values, _GRID_COST, is_colour)
        for name, values, is_colour in _compute_grid_features(grid, features)
    }
    return features


def evaluate_feature(grid: Grid, feature: str | Stencil) -> Grid:
    """Evaluate one feature of a grid.

    Args:
        grid: uint8 [row, column].
        feature: name of the feature, or a stencil to apply.

    Returns:
        uint8 of the grid's shape.

    Raises:
        KeyError: the grid does not have this feature, see `compute_features`.
    """
    if isinstance(feature, Stencil):
        return apply_stencil(feature, grid)
    if feature == COLOUR:
        return grid
    return (grid != 0).view(np.uint8) if feature == CONTENT else compute_features(grid)[feature].values


def _compute_grid_features(grid: Grid, near: dict[str, Feature]) -> Iterator[NamedValues]:
    yield from compute_row_and_column_features(grid)
    yield from compute_colour_features(grid)
    yield from compute_panel_features(grid)
    yield from compute_object_features(grid)
    yield from compute_direction_features(grid, {name: feature.values for name, feature in near.items()})
    yield from compute_content_features(grid)
