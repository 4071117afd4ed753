"""All features of the units of a grid, with their costs: by themselves, in their grid, and compared with the others."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from types import ModuleType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS
from neural_guide.search.rule_learning.tree import VALUE_COUNT
from neural_guide.search.unit_rules import colour_features, own_features, position_features, relations
from neural_guide.search.unit_rules.units import NO_UNIT, Scene

Values = tuple[int, ...]
FeatureFunction = Callable[[Scene], list[int]]


def _list_functions(module: ModuleType, prefix: str = "") -> dict[str, FeatureFunction]:
    """List the public functions of one scene of a module, by their name in words."""
    return {
        name.replace("_", " "): value
        for name, value in vars(module).items()
        if callable(value)
        and getattr(value, "__module__", "") == module.__name__
        and not name.startswith(("_", "find_", "list_", "relate", "Relations"))
        and name.startswith(prefix)
    }


def _compare_with(template: str, aspect: str) -> FeatureFunction:
    """Make a feature: 1 if a unit has the colour, shape or size of the unit that a template names for it, else 0."""

    def compare_with(scene: Scene) -> list[int]:
        related = relations.relate(scene)
        sizes = np.array(own_features.size(scene))
        is_same = {
            "colour": related.is_same_colour,
            "shape": related.is_same_shape,
            "size": sizes[:, None] == sizes,
        }[aspect]
        others = [relations.find_template(scene, unit, template) for unit in range(len(scene))]
        return [int(other not in (NO_UNIT, unit) and is_same[unit, other]) for unit, other in enumerate(others)]

    return compare_with


def _relate_to(colour: int, relation: str) -> FeatureFunction:
    """Make a feature: whether a unit touches or lies inside a unit of a colour, or the direction of the nearest one."""

    def relate_to(scene: Scene) -> list[int]:
        related = relations.relate(scene)
        is_wanted = np.array(scene.colours) == colour
        if relation == "direction to":
            return relations.list_directions(scene, related.distance, is_wanted)
        flags = (related.touches if relation == "is touching" else related.is_inside) & is_wanted
        return [int(flag) for flag in flags.any(axis=1)]

    return relate_to


_TEMPLATE_FEATURES = {
    f"is {aspect} of {template}": _compare_with(template, aspect)
    for template in ("largest", "smallest", "nearest", "touched", "container")
    for aspect in ("colour", "shape", "size")
    if (aspect, template) != ("shape", "container")  # never
}
_MARKER_FEATURES = {
    f"{relation} {colour}": _relate_to(colour, relation)
    for relation in ("direction to", "is touching", "is inside")
    for colour in range(1, COLOURS)
}
COLOUR_FEATURES = _list_functions(colour_features)
DIRECTION_FEATURES = _list_functions(relations, "direction_")
_GROUPS: tuple[tuple[float, dict[str, FeatureFunction]], ...] = (
    (2.0, _list_functions(own_features)),
    (2.5, COLOUR_FEATURES),
    (3.0, _list_functions(relations)),
    (3.5, _list_functions(position_features)),
    (3.5, _TEMPLATE_FEATURES),
    (4.0, _MARKER_FEATURES),
)
"""Nats of a feature, and the features of that cost."""
_FLAGS = {"is rectangle", "is line", "symmetry beside", "symmetry below", "symmetry any", "orientation", "in line"}
_COMPARED = {
    **_list_functions(own_features),
    **{
        name: function
        for name, function in _list_functions(position_features).items()
        if name in ("top", "left", "rows below", "columns beside", "distance to centre", "distance to border")
    },
    **{
        name: _list_functions(relations)[name] for name in ("alike in shape", "alike in colour", "contained", "touched")
    },
}
_PLACES = {"top", "left", "rows below", "columns beside"}
_COMPARISON_COST = 2.0  # nats of a comparison
_RANK_COST = 3.0


def list_costs() -> dict[str, float]:
    """List all features by name, with their cost in nats."""
    costs = {name: cost for cost, functions in _GROUPS for name in functions}
    return costs | {f"{compare} {base}": _COMPARISON_COSTS[compare] for compare, base in _list_comparisons()}


@lru_cache(maxsize=256)
def compute_unit_features(scene: Scene) -> dict[str, Values]:
    """Compute all features of the units of a scene by name, one value below `VALUE_COUNT` a unit."""
    numbers = {name: function(scene) for _, functions in _GROUPS for name, function in functions.items()}
    values = {name: tuple(min(number, VALUE_COUNT - 1) for number in row) for name, row in numbers.items()}
    compared = {
        f"{compare} {base}": tuple(COMPARISONS[compare](numbers[base])) for compare, base in _list_comparisons()
    }
    return values | compared


Comparison = Callable[[Sequence[int]], list[int]]


def is_most(numbers: Sequence[int]) -> list[int]:
    """1 for the highest number, 2 if several have it, else 0."""
    return _mark(numbers, max(numbers))


def is_least(numbers: Sequence[int]) -> list[int]:
    """1 for the lowest number, 2 if several have it, else 0."""
    return _mark(numbers, min(numbers))


def is_odd(numbers: Sequence[int]) -> list[int]:
    """1 for a number that no other unit has while all others share one, else 0."""
    counts = Counter(numbers)
    is_single = len(counts) == 2 and len(numbers) > 2
    return [int(is_single and counts[number] == 1) for number in numbers]


def is_middle(numbers: Sequence[int]) -> list[int]:
    """1 for the median of an odd number of different numbers, else 0."""
    if len(set(numbers)) < len(numbers) or len(numbers) % 2 == 0:
        return [0] * len(numbers)
    middle = sorted(numbers)[len(numbers) // 2]
    return [int(number == middle) for number in numbers]


def rank(numbers: Sequence[int]) -> list[int]:
    """Rank among the different numbers: 1 for the lowest."""
    ranks = {number: place for place, number in enumerate(sorted(set(numbers)), start=1)}
    return [min(ranks[number], VALUE_COUNT - 1) for number in numbers]


def _mark(numbers: Sequence[int], wanted: int) -> list[int]:
    value = 1 if list(numbers).count(wanted) == 1 else 2
    return [value * (number == wanted) for number in numbers]


COMPARISONS: dict[str, Comparison] = {
    "most": is_most,
    "least": is_least,
    "odd": is_odd,
    "rank by": rank,
    "middle by": is_middle,
}
"""Comparisons with the other units of a grid, by the first words of their features."""
_COMPARISON_COSTS = dict.fromkeys(COMPARISONS, _COMPARISON_COST) | dict.fromkeys(("rank by", "middle by"), _RANK_COST)


def _list_comparisons() -> Iterator[tuple[str, str]]:
    """List each comparison and the feature that it compares."""
    for base in _COMPARED:
        if base not in _FLAGS:
            yield "most", base
            yield "least", base
        if base not in _PLACES:
            yield "odd", base
    for base in ("top", "left", "size", "height", "width"):
        yield "rank by", base
        yield "middle by", base
    yield "odd", "own colour"


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
