"""Actions that move a unit."""

from functools import lru_cache

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.search.unit_rules.arguments import Argument, Step, resolve_steps
from neural_guide.search.unit_rules.canvas import make_canvas, paint_cells
from neural_guide.search.unit_rules.units import Scene


def move_by(scene: Scene, unit: int, rows: Argument, columns: Argument) -> Grid | None:
    """Move the unit by rows and columns."""
    return place(scene, unit, (int(rows), int(columns)))


def move_until_stopped(scene: Scene, unit: int, direction: Argument) -> Grid | None:
    """Move the unit until content or the border stops it."""
    steps = resolve_steps(scene, unit, direction)
    return place(scene, unit, _slide(scene, unit, steps[0])[0]) if len(steps) == 1 else None


def move_until_touching(scene: Scene, unit: int, direction: Argument) -> Grid | None:
    """Move the unit until content stops it; None if only the border would stop it."""
    steps = resolve_steps(scene, unit, direction)
    if len(steps) != 1:
        return None
    moved, is_stopped = _slide(scene, unit, steps[0])
    return place(scene, unit, moved) if is_stopped else None


def move_to_border(scene: Scene, unit: int, direction: Argument) -> Grid | None:
    """Move the unit to the border, over content in its way."""
    steps = resolve_steps(scene, unit, direction)
    if len(steps) != 1:
        return None
    part, (rows, columns) = scene.units[unit], scene.grid.shape
    room = {-1: (part.top, part.left), 1: (rows - part.bottom, columns - part.right)}
    limits = [room[way][axis] for axis, way in enumerate(steps[0]) if way]
    return place(scene, unit, (steps[0][0] * min(limits), steps[0][1] * min(limits)))


def move_by_own_size(scene: Scene, unit: int, direction: Argument) -> Grid | None:
    """Move the unit by its height or width."""
    steps = resolve_steps(scene, unit, direction)
    if len(steps) != 1:
        return None
    height, width = scene.units[unit].mask.shape
    return place(scene, unit, (steps[0][0] * height, steps[0][1] * width))


def place(scene: Scene, unit: int, moved: Step) -> Grid | None:
    """Paint the unit at another place; None if that is outside the grid."""
    part, canvas = scene.units[unit], make_canvas(scene)
    is_inside = paint_cells(canvas, part.top + moved[0], part.left + moved[1], part.cells, part.mask)
    return canvas if is_inside else None


@lru_cache(maxsize=4096)
def _slide(scene: Scene, unit: int, step: Step) -> tuple[Step, bool]:
    """Return how far the unit moves before content or the border stops it, and whether content did."""
    part, others = scene.units[unit], (scene.grid != 0) & ~scene.masks[unit]
    rows, columns = scene.grid.shape
    top, left = part.top, part.left
    while True:
        next_top, next_left = top + step[0], left + step[1]
        bottom, right = next_top + part.mask.shape[0], next_left + part.mask.shape[1]
        if next_top < 0 or next_left < 0 or bottom > rows or right > columns:
            return (top - part.top, left - part.left), False
        if np.any(others[next_top:bottom, next_left:right] & part.mask):
            return (top - part.top, left - part.left), True
        top, left = next_top, next_left
