"""Actions that grow a unit: rays, halos, connections to other units."""

from functools import lru_cache
from typing import Literal

import cv2
import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.search.unit_rules.arguments import Argument, Step, resolve_colour, resolve_steps
from neural_guide.search.unit_rules.canvas import make_canvas, paint_mask
from neural_guide.search.unit_rules.relations import relate
from neural_guide.search.unit_rules.units import Integers, Mask, Scene

_KERNELS = {
    "around": np.ones((3, 3), dtype=np.uint8),
    "at its sides": np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], dtype=np.uint8),
    "at its corners": np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]], dtype=np.uint8),
}
HALOS = tuple(_KERNELS)
_Course = Literal["stopped", "behind", "over"]
"""What content does to a ray: it stops it, hides it, or is painted over."""


def ray(scene: Scene, unit: int, direction: Argument, colour: Argument) -> Grid | None:
    """Draw rays over background until content or the border stops them."""
    return _draw_rays(scene, unit, direction, colour, "stopped")


def ray_behind(scene: Scene, unit: int, direction: Argument, colour: Argument) -> Grid | None:
    """Draw rays to the border on background cells, and continue behind content."""
    return _draw_rays(scene, unit, direction, colour, "behind")


def ray_over(scene: Scene, unit: int, direction: Argument, colour: Argument) -> Grid | None:
    """Draw rays to the border, over content too."""
    return _draw_rays(scene, unit, direction, colour, "over")


def ray_from_middle(scene: Scene, unit: int, direction: Argument, colour: Argument) -> Grid | None:
    """Draw rays over background from the middle of each side of the box to the border; None for a side without one."""
    return _draw_from_middle(scene, unit, direction, colour, inside=False)


def ray_through_box(scene: Scene, unit: int, direction: Argument, colour: Argument) -> Grid | None:
    """Draw rays over background from the middle of the box to the border, in the box too; None without a middle."""
    return _draw_from_middle(scene, unit, direction, colour, inside=True)


def mark_halfway(scene: Scene, unit: int, colour: Argument) -> Grid | None:
    """Draw on the middle cell between the unit and each unit of its colour in the same rows or columns."""
    value = resolve_colour(scene, unit, colour)
    if value is None:
        return None
    relations, mask, boxes = relate(scene), np.zeros(scene.grid.shape, dtype=np.bool_), scene.boxes
    is_near = relations.is_same_colour & (relations.shares_rows | relations.shares_columns)
    for other in np.flatnonzero(is_near[unit]).tolist():
        row, column = (boxes[unit][:2] + boxes[unit][2:] + boxes[other][:2] + boxes[other][2:] - 2).tolist()
        if row % 4 == 0 and column % 4 == 0:
            mask[row // 4, column // 4] = True
    return paint_mask(scene, mask & (scene.grid == 0), value)


def halo(scene: Scene, unit: int, shape: Argument, colour: Argument) -> Grid | None:
    """Draw on the background next to the unit."""
    value = resolve_colour(scene, unit, colour)
    if value is None:
        return None
    grown = cv2.dilate(scene.masks[unit].view(np.uint8), _KERNELS[str(shape)])
    return paint_mask(scene, (grown != 0) & (scene.grid == 0) & ~scene.masks[unit], value)


def frame_box(scene: Scene, unit: int, colour: Argument) -> Grid | None:
    """Draw a frame on the background around the bounding box of the unit."""
    value = resolve_colour(scene, unit, colour)
    if value is None:
        return None
    part, mask = scene.units[unit], np.zeros(scene.grid.shape, dtype=np.bool_)
    mask[max(0, part.top - 1) : part.bottom + 1, max(0, part.left - 1) : part.right + 1] = True
    mask[part.box] = False
    return paint_mask(scene, mask & (scene.grid == 0), value)


def connect(scene: Scene, unit: int, colour: Argument) -> Grid | None:
    """Fill the background between the unit and the others in the same rows or columns."""
    return _connect(scene, unit, colour, ~np.eye(len(scene), dtype=np.bool_))


def connect_alike(scene: Scene, unit: int, colour: Argument) -> Grid | None:
    """Fill the background between the unit and those of its colour in the same rows or columns."""
    return _connect(scene, unit, colour, relate(scene).is_same_colour)


def _connect(scene: Scene, unit: int, colour: Argument, is_wanted: Mask) -> Grid | None:
    value = resolve_colour(scene, unit, colour)
    if value is None:
        return None
    relations, mask = relate(scene), np.zeros(scene.grid.shape, dtype=np.bool_)
    part = scene.units[unit]
    for other in np.flatnonzero(is_wanted[unit] & (relations.shares_rows | relations.shares_columns)[unit]).tolist():
        target = scene.units[other]
        rows = slice(max(part.top, target.top), min(part.bottom, target.bottom))
        columns = slice(max(part.left, target.left), min(part.right, target.right))
        if rows.start >= rows.stop:
            rows = slice(rows.stop, rows.start)
        elif columns.start >= columns.stop:
            columns = slice(columns.stop, columns.start)
        else:  # the boxes overlap
            continue
        gap = scene.grid[rows, columns]
        if gap.size and not gap.any():
            mask[rows, columns] = True
    return paint_mask(scene, mask, value)


def _draw_from_middle(scene: Scene, unit: int, direction: Argument, colour: Argument, *, inside: bool) -> Grid | None:
    value, steps = resolve_colour(scene, unit, colour), resolve_steps(scene, unit, direction)
    part = scene.units[unit]
    rows, columns = part.top + part.bottom - 1, part.left + part.right - 1
    if value is None or not steps or rows % 2 or columns % 2:
        return None
    height, width = scene.grid.shape
    mask = np.zeros((height, width), dtype=np.bool_)
    for down, right in steps:
        row, column = rows // 2, columns // 2
        while 0 <= row < height and 0 <= column < width:
            mask[row, column] = True
            row, column = row + down, column + right
    mask[part.box] &= inside
    return paint_mask(scene, mask & (scene.grid == 0), value)


def _draw_rays(scene: Scene, unit: int, direction: Argument, colour: Argument, course: _Course) -> Grid | None:
    value, steps = resolve_colour(scene, unit, colour), resolve_steps(scene, unit, direction)
    if value is None or not steps:
        return None
    canvas = make_canvas(scene)
    cells = canvas.ravel()
    for step in steps:
        cells[_trace(scene, unit, step, course)] = value
    return canvas


@lru_cache(maxsize=4096)
def _trace(scene: Scene, unit: int, step: Step, course: _Course) -> Integers:
    """Return the cells that the rays from the unit's edge paint, flat indices."""
    cells, traced = scene.grid.ravel(), []
    for line in _list_rays(scene, unit, step):
        for cell in line:
            if course == "over" or not cells[cell]:
                traced.append(cell)
            elif course == "stopped":
                break
    return np.array(traced, dtype=np.int64)


def _list_rays(scene: Scene, unit: int, step: Step) -> list[list[int]]:
    """List the flat indices of each ray from the unit's edge to the border, nearest cell first."""
    part, (rows, columns) = scene.units[unit], scene.grid.shape
    rays = []
    for row, column in _list_starts(part.mask, step):
        line = []
        row, column = part.top + row + step[0], part.left + column + step[1]
        while 0 <= row < rows and 0 <= column < columns:
            line.append(row * columns + column)
            row, column = row + step[0], column + step[1]
        rays.append(line)
    return rays


def _list_starts(mask: Mask, step: Step) -> list[Step]:
    """List the cells of a unit that face a direction: of each row or column, or the corner of a diagonal one."""
    height, width = mask.shape
    if step[0] and step[1]:
        corner = (height - 1 if step[0] > 0 else 0, width - 1 if step[1] > 0 else 0)
        return [corner] if mask[corner] else []
    if step[0]:
        return [(row, column) for column, row in _list_starts(mask.T, step[::-1])]
    ordered = mask[:, ::-1] if step[1] > 0 else mask
    first = ordered.argmax(axis=1).tolist()
    return [(row, width - 1 - place if step[1] > 0 else place) for row, place in enumerate(first) if mask[row].any()]
