"""Features of every cell of a grid, of all kinds, with their costs."""

from collections.abc import Iterator, Mapping, Set
from functools import cache, lru_cache
from types import MappingProxyType

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


def compute_features(grid: Grid) -> Mapping[str, Feature]:
    """Compute the features of a grid by name. Features of content, objects and panels need a grid that has them."""
    return _compute_features(grid.tobytes(), grid.shape)


@lru_cache(maxsize=64)
def _compute_features(cells: bytes, shape: tuple[int, int]) -> Mapping[str, Feature]:
    """Compute the features of a grid; a guide and the rules of cells need those of the same inputs."""
    # A copy: compiled code takes no read-only arrays.
    grid = np.frombuffer(cells, dtype=np.uint8).reshape(shape).copy()
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
    return MappingProxyType(features)


@cache
def list_feature_names() -> tuple[str, ...]:
    """List the names of all features: those of a grid with objects, gaps and panels."""
    grid = np.zeros((7, 7), dtype=np.uint8)
    grid[3], grid[:, 3] = 5, 5  # the walls between four panels
    grid[1, 1] = 1
    return tuple(compute_features(grid))


def evaluate_features(grid: Grid, names: Set[str | Stencil]) -> dict[str | Stencil, Grid]:
    """Evaluate some features of a grid.

    Args:
        grid: uint8 [row, column].
        names: names of the features, or stencils to apply.

    Returns:
        Values by name, uint8 of the grid's shape; without the features that the grid does not have, see
        `compute_features`.
    """
    values: dict[str | Stencil, Grid] = {COLOUR: grid, CONTENT: (grid != 0).view(np.uint8)}
    values |= {name: apply_stencil(name, grid) for name in names if isinstance(name, Stencil)}
    if not values.keys() >= names:
        values |= {name: feature.values for name, feature in compute_features(grid).items()}
    return {name: values[name] for name in names if name in values}


def _compute_grid_features(grid: Grid, near: dict[str, Feature]) -> Iterator[NamedValues]:
    yield from compute_row_and_column_features(grid)
    yield from compute_colour_features(grid)
    yield from compute_panel_features(grid)
    yield from compute_object_features(grid)
    yield from compute_direction_features(grid, {name: feature.values for name, feature in near.items()})
    yield from compute_content_features(grid)
