"""Primitives that move objects of one colour (corners join) straight to another one until they touch it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.dsl.objects import Box, Objects, find_single_colour_objects, find_unique_index

_MAX_OBJECTS = 40  # objects

_Goals = Sequence[int | None]
"""Index of the object that each object moves to; None if it does not move."""


def draw_to_largest(grid: Grid) -> Grid | None:
    """Each object moved to the largest one. None for a tie, one object, or more than 40."""
    objects = find_single_colour_objects(grid)
    areas = [box.area for box in objects.boxes]
    largest = find_unique_index(areas, max(areas, default=0))
    if largest is None or not 2 <= len(objects) <= _MAX_OBJECTS:
        return None
    goals = [None if number == largest else largest for number in range(len(objects))]
    return _move_objects(objects, goals, [goal is None for goal in goals])


def draw_to_own_colour(grid: Grid) -> Grid | None:
    """Each object moved to the largest of its colour if that is at least twice as large; dots without one vanish.

    None if no object moves, or above 40 objects.
    """
    objects = find_single_colour_objects(grid)
    goals = _find_goals(objects)
    if goals is None:
        return None
    stays = [goal is None and box.area > 1 for box, goal in zip(objects.boxes, goals, strict=True)]
    return _move_objects(objects, goals, stays)


def _find_goals(objects: Objects) -> _Goals | None:
    """Find the goal of each object; None if none has one, or for one object, or more than 40."""
    if not 2 <= len(objects) <= _MAX_OBJECTS:
        return None
    areas, tones = [box.area for box in objects.boxes], objects.main_colours
    largest = {tone: number for _, tone, number in sorted(zip(areas, tones, range(len(tones)), strict=True))}
    goals = [
        largest[tone] if areas[largest[tone]] >= 2 * area else None for area, tone in zip(areas, tones, strict=True)
    ]
    return goals if any(goal is not None for goal in goals) else None


def _move_objects(objects: Objects, goals: _Goals, stays: list[bool]) -> Grid:
    """Draw the objects that stay, then move those with a goal to it, nearest first, without overlap."""
    canvas = objects.keep(stays)
    assert canvas is not None  # some objects have a goal, and goals stay
    paths = {number: _find_path(objects, number, goal) for number, goal in enumerate(goals) if goal is not None}
    boxes = objects.boxes
    nearest_first = sorted(paths, key=lambda number: (paths[number][2], boxes[number].top, boxes[number].left))
    for number in nearest_first:
        down, right, steps = paths[number]
        box, crop = boxes[number], objects.crops[number]
        target = _view_moved_box(canvas, box, steps * down, steps * right)
        while steps and (target[crop != 0] != 0).any():
            steps -= 1
            target = _view_moved_box(canvas, box, steps * down, steps * right)
        np.copyto(target, crop, where=crop != 0)
    return canvas


def _find_path(objects: Objects, number: int, goal: int) -> tuple[int, int, int]:
    """Find the step to the goal and the number of steps: (rows down, columns right, steps); all 0 if not straight."""
    box, other = objects.boxes[number], objects.boxes[goal]
    if box.left < other.left + other.width and other.left < box.left + box.width:
        down, right = (1 if box.top < other.top else -1), 0
    elif box.top < other.top + other.height and other.top < box.top + box.height:
        down, right = 0, (1 if box.left < other.left else -1)
    else:
        return 0, 0, 0
    lines, mask = objects.labels[:, box.left : box.left + box.width], objects.masks[number]
    first = box.top
    if right:
        lines, mask, first = objects.labels[box.top : box.top + box.height].T, mask.T, box.left
    if down + right < 0:
        lines, mask, first = lines[::-1], mask[::-1], len(lines) - first - len(mask)
    return down, right, _measure_gap(mask, lines[first:] == goal + 1)


def _measure_gap(mask: Grid, ahead: npt.NDArray[np.bool_]) -> int:
    """Measure the steps down until the moving object touches its goal or the border; 0 if the goal is not below it.

    Args:
        mask: uint8, cells of the moving object in its box; each column has one, since the object is connected.
        ahead: bool, cells of the goal in the columns of the box, from its first row to the border.
    """
    meets = ahead.any(axis=0)
    if not meets.any():
        return 0
    lowest = len(mask) - 1 - np.argmax(mask[::-1], axis=0)
    gap = int((np.argmax(ahead, axis=0) - lowest)[meets].min()) - 1
    return max(0, min(gap, len(ahead) - len(mask)))


def _view_moved_box(grid: Grid, box: Box, down: int, right: int) -> Grid:
    """Return a view of the grid at the box moved by `down` rows and `right` columns."""
    top, left = box.top + down, box.left + right
    return grid[top : top + box.height, left : left + box.width]
