"""Outputs made of several units: laid beside or below each other in an order, whole or as one cell each.

The units of a rule that are taken all have the same action, `lay ...`; the others are left out. What is laid may fill
the first part of a grid of constant size, as a count does.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import numpy as np

from neural_guide.arc.grid import Grid, is_equal
from neural_guide.search.unit_rules.arguments import Action
from neural_guide.search.unit_rules.own_features import height, size, width
from neural_guide.search.unit_rules.picking import LEAVE, take, take_box, take_colour
from neural_guide.search.unit_rules.position_features import left, top
from neural_guide.search.unit_rules.units import Mask, Scene

LAYING = ("lay beside", "lay below", "lay diagonally", "lay in rows")
"""Verbs: units from left to right, from top to bottom, along the diagonal, or cells line by line in a fixed grid."""
ORDERS = {"top": top, "left": left, "size": size, "height": height, "width": width}
PARTS: dict[str, Callable[[Scene, int], Grid]] = {"cells": take, "box": take_box, "colour": take_colour}
"""What is laid of a unit: its cells, all cells of its box, or one cell of its main colour."""
LAYING_COST = 4.0


def list_layings(scenes: Sequence[Scene], outputs: Sequence[Grid]) -> Iterator[Action]:
    """List the arrangements that may make the outputs: verb, part, order, its sense, and the size of the grid or 0."""
    shapes = {output.shape for output in outputs}
    sizes = [(0, 0), *shapes] if len(shapes) == 1 else [(0, 0)]
    for verb, part, order, sense, (rows, columns) in product(LAYING, PARTS, ORDERS, ("up", "down"), sizes):
        needs_size = verb == "lay in rows"
        if (verb in ("lay diagonally", "lay in rows") and part != "colour") or (needs_size and not rows):
            continue
        if all(
            match(scene, output, Action(verb, (part, order, sense, rows, columns))) is not None
            for scene, output in zip(scenes, outputs, strict=True)
        ):
            yield Action(verb, (part, order, sense, rows, columns))


def match(scene: Scene, output: Grid, action: Action) -> Mask | None:
    """Find units that make the output if they are laid, bool [unit]: the first ones that fit; None: none do."""
    take_part = PARTS[str(action.arguments[0])]
    parts = [take_part(scene, unit) for unit in range(len(scene))]
    taken: list[int] = []
    for unit in order_units(scene, action):
        if _begins_with(output, [parts[number] for number in (*taken, unit)], action):
            taken.append(unit)
    result = _lay([parts[unit] for unit in taken], action) if taken else None
    if result is None or not is_equal(result, output):
        return None
    mask = np.zeros(len(scene), dtype=np.bool_)
    mask[taken] = True
    return mask


def arrange(scene: Scene, actions: Sequence[Action]) -> Grid | None:
    """Return the grid of the units that are laid; None if there are none, or they do not fit together."""
    taken = [unit for unit, action in enumerate(actions) if action.verb != LEAVE]
    if not taken:
        return None
    action = actions[taken[0]]
    if any(actions[unit] != action for unit in taken):
        return None
    take_part = PARTS[str(action.arguments[0])]
    return _lay([take_part(scene, unit) for unit in order_units(scene, action) if unit in set(taken)], action)


def order_units(scene: Scene, action: Action) -> list[int]:
    """Return the units in the order of an arrangement."""
    numbers = ORDERS[str(action.arguments[1])](scene)
    ordered = sorted(range(len(scene)), key=lambda unit: (numbers[unit], unit))
    return ordered if action.arguments[2] == "up" else ordered[::-1]


def _lay(parts: Sequence[Grid], action: Action) -> Grid | None:
    rows, columns = int(action.arguments[3]), int(action.arguments[4])
    laid = _join(parts, action.verb, columns)
    if laid is None or not rows:
        return laid
    if laid.shape[0] > rows or laid.shape[1] > columns:
        return None
    grid = np.zeros((rows, columns), dtype=np.uint8)
    grid[: laid.shape[0], : laid.shape[1]] = laid
    return grid


def _join(parts: Sequence[Grid], verb: str, columns: int) -> Grid | None:
    if verb == "lay diagonally":
        return np.diag([int(part[0, 0]) for part in parts]).astype(np.uint8)
    if verb == "lay in rows":
        cells = [int(part[0, 0]) for part in parts]
        cells += [0] * (-len(cells) % columns)
        return np.array(cells, dtype=np.uint8).reshape(-1, columns)
    axis = 1 if verb == "lay beside" else 0
    if len({part.shape[1 - axis] for part in parts}) > 1:
        return None
    return np.concatenate(parts, axis=axis)


def _begins_with(output: Grid, parts: Sequence[Grid], action: Action) -> bool:
    """Return whether the output begins with some laid units, so that more of them may complete it."""
    if action.verb == "lay in rows":
        first: list[int] = output.ravel()[: len(parts)].tolist()
        return first == [int(part[0, 0]) for part in parts]
    laid = _join(parts, action.verb, output.shape[1])
    if laid is None or not is_equal(output[: laid.shape[0], : laid.shape[1]], laid):
        return False
    across = {"lay beside": 0, "lay below": 1}.get(action.verb)
    return across is None or action.arguments[3] != 0 or bool(laid.shape[across] == output.shape[across])
