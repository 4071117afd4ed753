"""Outputs that are one of the units: the ways to take a unit as the output."""

from collections.abc import Callable, Sequence

import numpy as np

from neural_guide.arc.grid import Grid, is_equal
from neural_guide.search.canvases import ANCHORS
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


def take_window(scene: Scene, unit: int, place: str, rows: int, columns: int) -> Grid | None:
    """Take a window of a constant size, at a corner of the unit's box or around it; None where it leaves the grid."""
    top, left, bottom, right = scene.boxes[unit].tolist()
    shares = ANCHORS[place]
    spare_rows, spare_columns = shares[0] * (bottom - top - rows), shares[1] * (right - left - columns)
    first_row, first_column = top + spare_rows // 2, left + spare_columns // 2
    window = scene.grid[max(0, first_row) : first_row + rows, max(0, first_column) : first_column + columns]
    is_whole = not (spare_rows % 2 or spare_columns % 2) and window.shape == (rows, columns)
    return window if is_whole and first_row >= 0 and first_column >= 0 else None


TAKING: dict[str, Callable[..., Grid | None]] = {
    function.__name__.replace("_", " "): function
    for function in (take, take_box, take_interior, take_mirrored, take_upside_down, take_colour, take_window)
}
TAKING_COSTS = dict(zip(TAKING, (1.0, 1.2, 2.0, 2.5, 2.5, 1.5, 3.0), strict=True))
"""Nats of each way of taking."""


def list_takings(outputs: Sequence[Grid]) -> list[Action]:
    """List the ways to take a unit: with windows where all outputs have one size."""
    shapes = {output.shape for output in outputs}
    windows = [Action("take window", (place, *shape)) for shape in shapes for place in ANCHORS]
    plain = [Action(verb) for verb in TAKING if verb != "take window"]
    return [*plain, *windows] if len(shapes) == 1 else plain


def pick(scene: Scene, actions: Sequence[Action]) -> Grid | None:
    """Return the taken grid; None if no unit is taken, or units with different grids."""
    chosen = [(unit, action) for unit, action in enumerate(actions) if action.verb != LEAVE]
    taken = [TAKING[action.verb](scene, unit, *action.arguments) for unit, action in chosen]
    if not taken or taken[0] is None:
        return None
    first = taken[0]
    return np.ascontiguousarray(first) if all(grid is not None and is_equal(grid, first) for grid in taken) else None
