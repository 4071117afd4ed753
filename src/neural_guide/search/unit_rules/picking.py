"""Outputs that are one of the units: the ways to take a unit as the output."""

from collections.abc import Callable, Sequence

import numpy as np

from neural_guide.arc.grid import Grid, is_equal
from neural_guide.search.unit_rules.arguments import Action
from neural_guide.search.unit_rules.units import Scene

LEAVE = "leave"
"""The unit is not part of the output."""


def take(scene: Scene, unit: int) -> Grid:
    """Take the cells of the unit, other cells of its box blank."""
    return scene.units[unit].cells


def take_box(scene: Scene, unit: int) -> Grid:
    """Take all cells of the grid in the unit's box."""
    return scene.grid[scene.units[unit].box]


def take_interior(scene: Scene, unit: int) -> Grid | None:
    """Take all cells of the grid in the unit's box except the outermost ones; None for a side below three cells."""
    box = scene.grid[scene.units[unit].box]
    return box[1:-1, 1:-1] if min(box.shape) > 2 else None


def take_mirrored(scene: Scene, unit: int) -> Grid | None:
    """Take the mirror image of the unit to the side."""
    return scene.units[unit].cells[:, ::-1]


def take_upside_down(scene: Scene, unit: int) -> Grid | None:
    """Take the mirror image of the unit below."""
    return scene.units[unit].cells[::-1]


def take_colour(scene: Scene, unit: int) -> Grid:
    """Take one cell of the unit's main colour."""
    return np.array([[scene.colours[unit]]], dtype=np.uint8)


TAKING: dict[str, Callable[[Scene, int], Grid | None]] = {
    function.__name__.replace("_", " "): function
    for function in (take, take_box, take_interior, take_mirrored, take_upside_down, take_colour)
}
TAKING_COSTS = dict(zip(TAKING, (1.0, 1.2, 2.0, 2.5, 2.5, 1.5), strict=True))
"""Nats of each way of taking."""


def pick(scene: Scene, actions: Sequence[Action]) -> Grid | None:
    """Return the taken grid; None if no unit is taken, or units with different grids."""
    taken = [TAKING[action.verb](scene, unit) for unit, action in enumerate(actions) if action.verb != LEAVE]
    if not taken or taken[0] is None:
        return None
    first = taken[0]
    return np.ascontiguousarray(first) if all(grid is not None and is_equal(grid, first) for grid in taken) else None
