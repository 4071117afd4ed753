"""Families of features: is a unit like a named other one, and how is it related to the units of a colour."""

from collections.abc import Callable

import numpy as np

from neural_guide.arc.grid import COLOURS
from neural_guide.search.unit_rules import own_features, relations
from neural_guide.search.unit_rules.units import NO_UNIT, Scene

FeatureFunction = Callable[[Scene], list[int]]
ASPECTS = ("colour", "shape", "size")
MARKER_RELATIONS = ("direction to", "is touching", "is inside")


def _compare_with(template: str, aspect: str) -> FeatureFunction:
    """Make a feature: 1 if a unit has the colour, shape or size of the unit that a template names for it, else 0."""

    def compare_with(scene: Scene) -> list[int]:
        """1 if the unit has the same colour, shape or size as the unit that the template names, else 0."""
        related = relations.relate(scene)
        sizes = np.array(own_features.size(scene))
        is_same = {
            "colour": related.is_same_colour,
            "shape": related.is_same_shape,
            "size": sizes[:, None] == sizes,
        }[aspect]
        others = relations.find_templates(scene, template)
        return [int(other != NO_UNIT and is_same[unit, other]) for unit, other in enumerate(others)]

    return compare_with


def _relate_to(colour: int, relation: str) -> FeatureFunction:
    """Make a feature: whether a unit touches or lies inside a unit of a colour, or the direction of the nearest one."""

    def relate_to(scene: Scene) -> list[int]:
        """1 if the unit touches or lies inside a unit of the colour, else 0; or the direction of the nearest one."""
        related = relations.relate(scene)
        is_wanted = np.array(scene.colours) == colour
        if relation == "direction to":
            return relations.list_directions(scene, is_wanted)
        flags = (related.touches if relation == "is touching" else related.is_inside) & is_wanted
        return [int(flag) for flag in flags.any(axis=1)]

    return relate_to


TEMPLATE_FEATURES = {
    f"is {aspect} of {template}": _compare_with(template, aspect)
    for template in ("largest", "smallest", "nearest", "touched", "container")
    for aspect in ASPECTS
    if (aspect, template) != ("shape", "container")  # never
}
"""Whether a unit is like another one that is named, see `relations.TEMPLATES`."""
MARKER_FEATURES = {
    f"{relation} {colour}": _relate_to(colour, relation)
    for relation in MARKER_RELATIONS
    for colour in range(1, COLOURS)
}
"""Relations to the units of a colour."""
