"""All actions: verbs with every argument, and their costs in nats."""

from collections.abc import Callable, Iterator, Sequence
from inspect import signature

from neural_guide.arc.grid import Grid
from neural_guide.runtime.public_functions import list_public_functions
from neural_guide.search.unit_rules.actions import copies, growth, marking, motion
from neural_guide.search.unit_rules.arguments import (
    DIRECTION_NAMES,
    OWN_COLOURS,
    SIDES,
    Action,
    Argument,
    is_direction_feature,
)
from neural_guide.search.unit_rules.features import COLOUR_FEATURES, DIRECTION_FEATURES
from neural_guide.search.unit_rules.relations import TEMPLATES
from neural_guide.search.unit_rules.units import Scene

Verb = Callable[..., Grid | None]

VERBS: dict[str, Verb] = {
    name.replace("_", " "): function
    for module in (marking, motion, growth, copies)
    for name, function in list_public_functions(module).items()
}
ERASING = {
    "remove",
    "turn",
    "move by",
    "move until stopped",
    "move until touching",
    "move to border",
    "move by own size",
    "move to centre",
    "move in line",
    "move onto",
    "move to edge",
    "move to rank",
}
"""Verbs that take the unit's own cells away before they paint."""
_LAST_PARAMETERS = {name: [*signature(verb).parameters][-1] for name, verb in VERBS.items()}
_KEEP_COST, _REMOVE_COST, _VERB_COST = 0.3, 0.7, 1.5
_CONSTANT_COST, _FEATURE_COST = 0.7, 1.5  # nats of an argument
_COLOURED = ("recolour", "recolour outline", "recolour interior", "fill holes", "fill box", "frame box", "cover box")
_RARE = {
    *(
        "hollow",
        "swap colours",
        "complete",
        "stamp",
        "mirror across",
        "repeat",
        "ray over",
        "ray through box",
        "cover box",
        "mirror about",
    ),
    *("move in line", "move to rank", "move to edge", "mark edge"),
}
"""Verbs that are seldom meant."""
_RARE_COST = 1.0


def perform(action: Action, scene: Scene, unit: int) -> Grid | None:
    """Return what an action paints for a unit, see `actions`; None if it does not apply."""
    return VERBS[action.verb](scene, unit, *action.arguments)


def paints_one_colour(action: Action) -> bool:
    """Return whether the last argument of an action is the one colour that it paints in."""
    last = _LAST_PARAMETERS[action.verb]
    return last == "colour" or (last == "paint" and action.arguments[-1] != OWN_COLOURS)


def compute_cost(action: Action) -> float:
    """Compute the nats of an action."""
    if action.verb == "keep":
        return _KEEP_COST
    if action.verb == "remove":
        return _REMOVE_COST
    features = sum(argument in COLOUR_FEATURES or is_direction_feature(argument) for argument in action.arguments)
    constants = len(action.arguments) - features
    return _VERB_COST + _RARE_COST * (action.verb in _RARE) + _CONSTANT_COST * constants + _FEATURE_COST * features


def list_actions(
    colours: Sequence[int], offsets: Sequence[tuple[int, int]], markers: Sequence[int], *, paints: bool
) -> Iterator[Action]:
    """List the actions to try for a task.

    Args:
        colours: colours of the output cells that change, ascending; without background.
        offsets: rows and columns by which some unit may have moved.
        markers: colours that may name a unit.
        paints: whether a cell becomes content.
    """
    yield Action("keep")
    yield Action("remove")
    yield Action("hollow")
    if not paints:
        return
    all_colours: list[Argument] = [*colours, *COLOUR_FEATURES]
    towards: list[Argument] = [*DIRECTION_FEATURES, *(f"direction to {colour}" for colour in markers)]
    directions: list[Argument] = [*DIRECTION_NAMES, *towards]
    single: list[Argument] = [*list(DIRECTION_NAMES)[:8], *towards]
    for verb in _COLOURED:
        yield from (Action(verb, (colour,)) for colour in all_colours)
    yield Action("swap colours")
    near: list[Argument] = [*colours, "own colour", "colour of touched", "colour of nearest"]
    for verb in ("ray from middle", "ray through box"):
        yield from (Action(verb, (direction, colour)) for direction in directions[8:12] for colour in near)
    for verb in ("connect", "connect alike", "mark halfway"):
        yield from (Action(verb, (colour,)) for colour in near)
    yield from (Action("halo", (shape, colour)) for shape in growth.HALOS for colour in near)
    for verb in ("ray", "ray behind", "ray over"):
        yield from (
            Action(verb, (direction, colour)) for direction in directions for colour in near[: len(colours) + 1]
        )
    for verb in ("move until stopped", "move until touching", "move to border", "move by own size"):
        yield from (Action(verb, (direction,)) for direction in single)
    yield from (Action("move by", offset) for offset in offsets)
    targets: list[Argument] = [*motion.MOVE_TEMPLATES, *markers]
    yield Action("move to centre")
    yield from (Action("move in line", (edge, name)) for edge in motion.EDGES for name in targets)
    for verb in ("move onto", "move to edge", "mark edge"):
        yield from (Action(verb, (name,)) for name in targets)
    yield from (
        Action("move to rank", (axis, name, sense))
        for axis in ("down", "right")
        for name in motion.ORDERS
        for sense in ("rising", "falling")
    )
    yield from (Action("recolour centre", (colour,)) for colour in near)
    for verb in ("turn", "complete"):
        yield from (Action(verb, (way,)) for way in copies.TURNS)
    yield from (Action("mirror across", (way,)) for way in copies.TURNS[:4])
    yield from (Action("mirror beside", (side,)) for side in SIDES)
    painted: list[Argument] = [OWN_COLOURS, "own colour", "colour of touched", "colour of nearest"]
    for verb in ("copy beside", "repeat"):
        yield from (
            Action(verb, (direction, gap, paint)) for direction in single for gap in (0, 1) for paint in painted
        )
    templates: list[Argument] = [*TEMPLATES, *markers]
    yield from (Action("mirror about", (name, way)) for name in templates for way in copies.TURNS[:3])
    yield from (Action("stamp", (template, paint)) for template in templates for paint in painted)
