"""Arguments of actions: colours and directions, each a constant or a feature of the unit."""

from typing import NamedTuple

from neural_guide.search.unit_rules.features import COLOUR_FEATURES, DIRECTION_FEATURES, compute_unit_features
from neural_guide.search.unit_rules.relations import DIRECTIONS
from neural_guide.search.unit_rules.units import Scene

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


__all__ = ["COLOUR_FEATURES", "DIRECTION_FEATURES", "Action", "Argument", "resolve_colour", "resolve_steps"]
