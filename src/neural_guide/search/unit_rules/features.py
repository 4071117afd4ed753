"""All features of the units of a grid, with their costs: by themselves, in their grid, and compared with the others."""

from collections.abc import Sequence
from functools import lru_cache
from types import ModuleType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.runtime.public_functions import list_public_functions
from neural_guide.search.rule_learning.tree import VALUE_COUNT
from neural_guide.search.unit_rules import colour_features, own_features, position_features, relations
from neural_guide.search.unit_rules.comparisons import COMPARISON_COSTS, COMPARISONS, list_comparisons
from neural_guide.search.unit_rules.template_features import MARKER_FEATURES, TEMPLATE_FEATURES, FeatureFunction
from neural_guide.search.unit_rules.units import Scene

Values = tuple[int, ...]


def _list_features(module: ModuleType) -> dict[str, FeatureFunction]:
    """List the features of a module by their name in words: its public functions that are no verbs."""
    functions = list_public_functions(module).items()
    return {
        name.replace("_", " "): function
        for name, function in functions
        if not name.startswith(("find_", "list_", "relate"))
    }


COLOUR_FEATURES = _list_features(colour_features)
DIRECTION_FEATURES = {name: value for name, value in _list_features(relations).items() if name.startswith("direction ")}
_GROUPS: tuple[tuple[float, dict[str, FeatureFunction]], ...] = (
    (2.0, _list_features(own_features)),
    (2.5, COLOUR_FEATURES),
    (3.0, _list_features(relations)),
    (3.5, _list_features(position_features)),
    (3.5, TEMPLATE_FEATURES),
    (4.0, MARKER_FEATURES),
)
"""Nats of a feature, and the features of that cost."""
FUNCTIONS: dict[str, FeatureFunction] = {name: function for _, group in _GROUPS for name, function in group.items()}
"""All features but comparisons, by name."""


def list_costs() -> dict[str, float]:
    """List all features by name, with their cost in nats."""
    costs = {name: cost for cost, functions in _GROUPS for name in functions}
    return costs | {f"{compare} {base}": COMPARISON_COSTS[compare] for compare, base in list_comparisons()}


@lru_cache(maxsize=256)
def compute_unit_features(scene: Scene) -> dict[str, Values]:
    """Compute all features of the units of a scene by name, one value below `VALUE_COUNT` a unit."""
    numbers = {name: function(scene) for name, function in FUNCTIONS.items()}
    values = {name: tuple(min(number, VALUE_COUNT - 1) for number in row) for name, row in numbers.items()}
    compared = {f"{compare} {base}": tuple(COMPARISONS[compare](numbers[base])) for compare, base in list_comparisons()}
    return values | compared


class FeatureValues(NamedTuple):
    """Features that differ between units, in all units of some scenes.

    Attributes:
        names: names of the features.
        costs: float64 [feature], nats.
        values: uint8 [feature, unit].
    """

    names: tuple[str, ...]
    costs: npt.NDArray[np.float64]
    values: npt.NDArray[np.uint8]


def compare_scenes(scenes: Sequence[Scene]) -> FeatureValues:
    """Compute the features of all units, the cheapest of those with the same values, without constant ones."""
    costs, features = list_costs(), [compute_unit_features(scene) for scene in scenes]
    chosen: dict[bytes, str] = {}
    for name in sorted(costs, key=lambda name: costs[name]):
        values = bytes(value for computed in features for value in computed[name])
        if len(set(values)) > 1:
            chosen.setdefault(values, name)
    rows = [np.frombuffer(values, dtype=np.uint8) for values in chosen]
    units = sum(map(len, scenes))
    return FeatureValues(
        names=tuple(chosen.values()),
        costs=np.array([costs[name] for name in chosen.values()], dtype=np.float64),
        values=np.stack(rows) if rows else np.zeros((0, units), dtype=np.uint8),
    )
