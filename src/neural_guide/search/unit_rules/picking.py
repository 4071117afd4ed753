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


def take_picture(_scene: Scene, _unit: int, picture: str) -> Grid:
    """Take a picture that is the same for all inputs: rows of colours, divided by slashes."""
    return np.array([[int(colour) for colour in row] for row in picture.split("/")], dtype=np.uint8)


_COSTS: dict[Callable[..., Grid | None], float] = {
    take: 1.0,
    take_box: 1.2,
    take_interior: 2.0,
    take_mirrored: 2.5,
    take_upside_down: 2.5,
    take_colour: 1.5,
    take_window: 3.0,
    take_picture: 2.0,
}
TAKING = {function.__name__.replace("_", " "): function for function in _COSTS}
TAKING_COSTS = {function.__name__.replace("_", " "): cost for function, cost in _COSTS.items()}
"""Nats of each way of taking."""


def list_takings(outputs: Sequence[Grid]) -> list[Action]:
    """List the ways to take a unit: with windows where all outputs have one size."""
    shapes = {output.shape for output in outputs}
    windows = [Action("take window", (place, *shape)) for shape in shapes for place in ANCHORS]
    plain = [Action(verb) for verb in TAKING if verb not in ("take window", "take picture")]
    return [*plain, *windows] if len(shapes) == 1 else plain


def list_pictures(outputs: Sequence[Grid]) -> list[Action]:
    """List the pictures to choose from; none unless there are several, and one is the output of several pairs."""
    pictures = list(dict.fromkeys("/".join("".join(map(str, row)) for row in output.tolist()) for output in outputs))
    return [Action("take picture", (picture,)) for picture in pictures] if 1 < len(pictures) < len(outputs) else []


def pick(scene: Scene, actions: Sequence[Action], *, leniently: bool = False) -> Grid | None:
    """Return the taken grid; None if no unit is taken, or units with different grids.

    Args:
        scene: units of the grid.
        actions: way to take each unit, or `LEAVE`.
        leniently: whether the first grid is taken of different ones.
    """
    chosen = [(unit, action) for unit, action in enumerate(actions) if action.verb != LEAVE]
    taken = [TAKING[action.verb](scene, unit, *action.arguments) for unit, action in chosen]
    known = [grid for grid in taken if grid is not None]
    if not known or (not leniently and len(known) < len(taken)):
        return None
    is_one = leniently or all(is_equal(grid, known[0]) for grid in known)
    return np.ascontiguousarray(known[0]) if is_one else None
