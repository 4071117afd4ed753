"""Colours that a unit can name, its own and those of related units: features, and arguments of actions.

Every public function is a feature, `name(scene) -> colours`, one colour a unit; 0 where there is no such colour.
"""

import numpy as np

from neural_guide.search.unit_rules.own_features import size
from neural_guide.search.unit_rules.relations import find_container, find_first, find_nearest, find_touched, relate
from neural_guide.search.unit_rules.units import NO_UNIT, Integers, Scene


def own_colour(scene: Scene) -> list[int]:
    """Main colour of the unit."""
    return scene.colours


def second_colour(scene: Scene) -> list[int]:
    """Colour of the fewest cells of the unit, if it has several."""
    counts = [np.bincount(unit.cells[unit.cells > 0], minlength=10) for unit in scene.units]
    return [int(np.where(count > 0, count, 10**6).argmin()) if (count > 0).sum() > 1 else 0 for count in counts]


def colour_of_container(scene: Scene) -> list[int]:
    """Main colour of the smallest unit around the unit."""
    return _read_colours(scene, find_container(scene))


def colour_inside(scene: Scene) -> list[int]:
    """Main colour of the first unit inside the unit."""
    return _read_colours(scene, find_first(relate(scene).is_inside.T))


def colour_of_nearest(scene: Scene) -> list[int]:
    """Main colour of the nearest other unit."""
    return _read_colours(scene, find_nearest(scene))


def colour_of_touched(scene: Scene) -> list[int]:
    """Main colour of the unit that the unit touches."""
    return _read_colours(scene, find_touched(scene))


def colour_of_largest(scene: Scene) -> list[int]:
    """Main colour of the largest unit of the grid, the same for all units."""
    return _repeat(scene, int(np.argmax(size(scene))))


def colour_of_smallest(scene: Scene) -> list[int]:
    """Main colour of the smallest unit of the grid, the same for all units."""
    return _repeat(scene, int(np.argmin(size(scene))))


def colour_of_same_shape(scene: Scene) -> list[int]:
    """Main colour of the first unit of another colour with the unit's shape."""
    relations = relate(scene)
    return _read_colours(scene, find_first(relations.is_same_shape & ~relations.is_same_colour))


def paired_colour(scene: Scene) -> list[int]:
    """The one colour that lies beside cells of the unit's main colour anywhere in the grid, as in a legend."""
    left, right = scene.grid[:, :-1], scene.grid[:, 1:]
    is_pair = (left != right) & (left != 0) & (right != 0)
    pairs = {*zip(left[is_pair].tolist(), right[is_pair].tolist(), strict=True)}
    partners: dict[int, set[int]] = {}
    for first, second in pairs:
        partners.setdefault(first, set()).add(second)
        partners.setdefault(second, set()).add(first)
    return [next(iter(known)) if len(known := partners.get(own, set())) == 1 else 0 for own in scene.colours]


def _repeat(scene: Scene, index: int) -> list[int]:
    return [scene.colours[index]] * len(scene)


def _read_colours(scene: Scene, others: Integers) -> list[int]:
    return [0 if other == NO_UNIT else scene.colours[other] for other in others.tolist()]
