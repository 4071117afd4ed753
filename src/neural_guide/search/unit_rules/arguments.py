"""Arguments of actions: colours, directions and other units, each a constant or a feature of the unit."""

from typing import NamedTuple

import numpy as np

from neural_guide.search.unit_rules.features import compute_unit_features
from neural_guide.search.unit_rules.relations import DIRECTIONS, find_templates
from neural_guide.search.unit_rules.units import NO_UNIT, Scene

Step = tuple[int, int]
Argument = str | int
OWN_COLOURS = "own colours"
"""As a colour: every cell keeps its colour."""

DIRECTIONS_IN_WORDS = ("up", "up right", "right", "down right", "down", "down left", "left", "up left")
"""Names of `relations.DIRECTIONS`."""
DIRECTION_NAMES: dict[str, tuple[Step, ...]] = {
    **{name: (step,) for name, step in zip(DIRECTIONS_IN_WORDS, DIRECTIONS, strict=True)},
    "to both sides": ((0, 1), (0, -1)),
    "up and down": ((-1, 0), (1, 0)),
    "four ways": ((-1, 0), (0, 1), (1, 0), (0, -1)),
    "four diagonals": ((-1, 1), (1, 1), (1, -1), (-1, -1)),
    "eight ways": DIRECTIONS,
}
SIDES = ("up", "right", "down", "left")


class Action(NamedTuple):
    """An action of a unit: a verb and its arguments.

    Attributes:
        verb: name of the function, see `actions.VERBS`.
        arguments: its arguments, constants or names of features.
    """

    verb: str
    arguments: tuple[Argument, ...] = ()

    @property
    def description(self) -> str:
        """One line for people."""
        return " ".join([self.verb, *map(str, self.arguments)])


def resolve_colour(scene: Scene, unit: int, argument: Argument) -> int | None:
    """Return a colour from 1 to 9, or None if the unit has no such colour."""
    if isinstance(argument, int):
        return argument
    return compute_unit_features(scene)[argument][unit] or None


def resolve_steps(scene: Scene, unit: int, argument: Argument) -> tuple[Step, ...]:
    """Return steps of rows and columns; empty if the unit has no such direction."""
    if argument in DIRECTION_NAMES:
        return DIRECTION_NAMES[str(argument)]
    value = compute_unit_features(scene)[str(argument)][unit]
    return (DIRECTIONS[value - 1],) if value else ()


def resolve_step(scene: Scene, unit: int, argument: Argument) -> Step | None:
    """Return the step of a single direction; None if the unit has no such direction, or it is several."""
    steps = resolve_steps(scene, unit, argument)
    return steps[0] if len(steps) == 1 else None


def resolve_other(scene: Scene, unit: int, argument: Argument) -> int | None:
    """Return the index of the other unit that a template names, see `relations.find_templates`; None: there is none."""
    other = find_templates(scene, argument)[unit]
    return None if other == NO_UNIT else other


def find_nearest_cell(scene: Scene, unit: int, template: Argument) -> tuple[int, int] | None:
    """Find the cell of another unit that is the fewest steps away; None: no such unit, or several such cells."""
    other = resolve_other(scene, unit, template)
    if other is None:
        return None
    own, cells = np.argwhere(scene.masks[unit]), np.argwhere(scene.masks[other])
    steps = np.abs(cells[:, None] - own[None]).sum(axis=2).min(axis=1)
    nearest = np.flatnonzero(steps == steps.min())
    return (int(cells[nearest[0], 0]), int(cells[nearest[0], 1])) if len(nearest) == 1 else None


def is_direction_feature(argument: Argument) -> bool:
    """Return whether an argument is a direction that depends on the unit."""
    return str(argument).startswith("direction ")


def name_directions(action: Action, scene: Scene, unit: int) -> Action | None:
    """Replace the features that are directions by the direction that the unit has; None if it has none."""
    arguments: list[Argument] = []
    for argument in action.arguments:
        if is_direction_feature(argument):
            value = compute_unit_features(scene)[str(argument)][unit]
            if not value:
                return None
            argument = DIRECTIONS_IN_WORDS[value - 1]
        arguments.append(argument)
    return Action(action.verb, tuple(arguments))
