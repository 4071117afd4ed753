"""Actions that move a unit."""

from functools import lru_cache

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.search.unit_rules.arguments import Argument, Step, find_nearest_cell, resolve_other, resolve_step
from neural_guide.search.unit_rules.canvas import make_canvas, paint_cells
from neural_guide.search.unit_rules.own_features import height, size, width
from neural_guide.search.unit_rules.relations import TEMPLATES
from neural_guide.search.unit_rules.units import Scene

EDGES = {"top": (0, 0), "bottom": (0, 2), "left": (1, 1), "right": (1, 3)}
"""Edges of a bounding box: axis and index in `Scene.boxes`."""
ORDERS = {"size": size, "height": height, "width": width}
MOVE_TEMPLATES = tuple(name for name in TEMPLATES if name != "touched")


def move_by(scene: Scene, unit: int, rows: Argument, columns: Argument) -> Grid | None:
    """Move the unit by rows and columns."""
    return _place(scene, unit, (int(rows), int(columns)))


def move_until_stopped(scene: Scene, unit: int, direction: Argument) -> Grid | None:
    """Move the unit until content or the border stops it."""
    step = resolve_step(scene, unit, direction)
    return None if step is None else _place(scene, unit, _slide(scene, unit, step)[0])


def move_until_touching(scene: Scene, unit: int, direction: Argument) -> Grid | None:
    """Move the unit until content stops it; None if only the border would stop it."""
    step = resolve_step(scene, unit, direction)
    if step is None:
        return None
    moved, is_stopped = _slide(scene, unit, step)
    return _place(scene, unit, moved) if is_stopped else None


def move_to_border(scene: Scene, unit: int, direction: Argument) -> Grid | None:
    """Move the unit to the border, over content in its way."""
    step = resolve_step(scene, unit, direction)
    if step is None:
        return None
    part, (rows, columns) = scene.units[unit], scene.grid.shape
    room = {-1: (part.top, part.left), 1: (rows - part.bottom, columns - part.right)}
    limits = [room[way][axis] for axis, way in enumerate(step) if way]
    return _place(scene, unit, (step[0] * min(limits), step[1] * min(limits)))


def move_by_own_size(scene: Scene, unit: int, direction: Argument) -> Grid | None:
    """Move the unit by its height or width."""
    step = resolve_step(scene, unit, direction)
    if step is None:
        return None
    height, width = scene.units[unit].mask.shape
    return _place(scene, unit, (step[0] * height, step[1] * width))


def move_to_centre(scene: Scene, unit: int) -> Grid | None:
    """Move the unit to the middle of the grid; None if its sides leave no middle."""
    part = scene.units[unit]
    room = [side - own for side, own in zip(scene.grid.shape, part.mask.shape, strict=True)]
    if room[0] % 2 or room[1] % 2:
        return None
    return _place(scene, unit, (room[0] // 2 - part.top, room[1] // 2 - part.left))


def move_in_line(scene: Scene, unit: int, edge: Argument, template: Argument) -> Grid | None:
    """Move the unit until an edge of its box is in line with that of another unit."""
    other = resolve_other(scene, unit, template)
    if other is None:
        return None
    axis, side = EDGES[str(edge)]
    distance = int(scene.boxes[other][side] - scene.boxes[unit][side])
    return _place(scene, unit, (distance, 0) if axis == 0 else (0, distance))


def move_onto(scene: Scene, unit: int, template: Argument) -> Grid | None:
    """Move the unit so that its centre is that of another unit; None if it cannot be."""
    other = resolve_other(scene, unit, template)
    if other is None:
        return None
    part, target = scene.units[unit], scene.units[other]
    rows = target.top + target.bottom - part.top - part.bottom
    columns = target.left + target.right - part.left - part.right
    return None if rows % 2 or columns % 2 else _place(scene, unit, (rows // 2, columns // 2))


def move_to_edge(scene: Scene, unit: int, template: Argument) -> Grid | None:
    """Move a unit of one cell onto the nearest cell of another unit; None if that is not a single one."""
    cell, part = find_nearest_cell(scene, unit, template), scene.units[unit]
    if cell is None or part.mask.size > 1:
        return None
    return _place(scene, unit, (cell[0] - part.top, cell[1] - part.left))


def move_to_rank(scene: Scene, unit: int, axis: Argument, feature: Argument, sense: Argument) -> Grid | None:
    """Take the place, along one axis, of the unit whose place there has the rank that the feature gives this unit.

    None if two units have the same place or the same number.
    """
    numbers = [-number if sense == "falling" else number for number in ORDERS[str(feature)](scene)]
    side = 0 if axis == "down" else 1
    places = scene.boxes[:, side].tolist()
    if len(set(places)) < len(scene) or len(set(numbers)) < len(scene):
        return None
    rank = sorted(numbers).index(numbers[unit])
    distance = sorted(places)[rank] - places[unit]
    return _place(scene, unit, (distance, 0) if side == 0 else (0, distance))


def _place(scene: Scene, unit: int, moved: Step) -> Grid | None:
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
