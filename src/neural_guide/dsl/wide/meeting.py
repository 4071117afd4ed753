"""Objects of one colour (corners join) that move straight to another one until they touch it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.dsl.objects import Box, Objects, find_single_colour_objects, find_unique_index

_MOST = 40  # objects

_Goals = Sequence[int | None]
"""For each object the one that it moves to; None: it does not move."""


def draw_to_largest(grid: Grid) -> Grid | None:
    """Each object moves to the largest one. None where the largest is not one, or of more than 40 objects."""
    objects = find_single_colour_objects(grid)
    areas = [box.area for box in objects.boxes]
    largest = find_unique_index(areas, max(areas, default=0))
    if largest is None or not 2 <= len(objects) <= _MOST:
        return None
    goals = [None if number == largest else largest for number in range(len(objects))]
    return _drawn(objects, goals, [goal is None for goal in goals])


def draw_to_own_colour(grid: Grid) -> Grid | None:
    """Each object moves to the largest of its colour, if that is twice as large; dots without such a one vanish.

    None where no object has one.
    """
    objects = find_single_colour_objects(grid)
    goals = _largest_of_own_colour(objects)
    if goals is None:
        return None
    stays = [goal is None and box.area > 1 for box, goal in zip(objects.boxes, goals, strict=True)]
    return _drawn(objects, goals, stays)


def _largest_of_own_colour(objects: Objects) -> _Goals | None:
    """Goals of the objects; None where none has one."""
    if not 2 <= len(objects) <= _MOST:
        return None
    areas, tones = [box.area for box in objects.boxes], objects.main_colours
    largest = {tone: number for _, tone, number in sorted(zip(areas, tones, range(len(tones)), strict=True))}
    goals = [
        largest[tone] if areas[largest[tone]] >= 2 * area else None for area, tone in zip(areas, tones, strict=True)
    ]
    return goals if any(goal is not None for goal in goals) else None


def _drawn(objects: Objects, goals: _Goals, stays: list[bool]) -> Grid:
    """Those that stay where they are, those with a goal at it, the nearest first; none on another one."""
    made = objects.keep(stays)
    assert made is not None  # some have a goal, and a goal stays
    ways = {number: _way(objects, number, goal) for number, goal in enumerate(goals) if goal is not None}
    boxes = objects.boxes
    nearest_first = sorted(ways, key=lambda number: (ways[number][2], boxes[number].top, boxes[number].left))
    for number in nearest_first:
        down, right, steps = ways[number]
        box, crop = boxes[number], objects.crops[number]
        there = _part(made, box, steps * down, steps * right)
        while steps and (there[crop != 0] != 0).any():
            steps -= 1
            there = _part(made, box, steps * down, steps * right)
        np.copyto(there, crop, where=crop != 0)
    return made


def _way(objects: Objects, number: int, goal: int) -> tuple[int, int, int]:
    """Rows down and columns right of a step to the goal, and how many steps it takes; none where it is not straight."""
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
    return down, right, _room(mask, lines[first:] == goal + 1)


def _room(mask: Grid, ahead: npt.NDArray[np.bool_]) -> int:
    """Steps that a mover can fall until it lies on its goal or on the border; 0 where the goal is not below.

    Args:
        mask: cells of the mover in its box; each column has one, since they are joined.
        ahead: cells of the goal, the columns of the box from its first row on.
    """
    meets = ahead.any(axis=0)
    if not meets.any():
        return 0
    lowest = len(mask) - 1 - np.argmax(mask[::-1], axis=0)
    gap = int((np.argmax(ahead, axis=0) - lowest)[meets].min()) - 1
    return max(0, min(gap, len(ahead) - len(mask)))


def _part(grid: Grid, box: Box, down: int, right: int) -> Grid:
    """Where the box lies once it has moved."""
    top, left = box.top + down, box.left + right
    return grid[top : top + box.height, left : left + box.width]
