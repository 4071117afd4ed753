"""Features of a unit among the other units of its grid.

Every public function is a feature, `name(scene) -> numbers`, one number a unit, 0 or more.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.search.unit_rules.own_features import colour_count, size
from neural_guide.search.unit_rules.units import NO_UNIT, Integers, Mask, Scene

DIRECTIONS = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
"""Steps of rows and columns: up, up right, right and so on clockwise. As a feature a direction is 1 plus its index."""


TEMPLATES = (
    "largest",
    "smallest",
    "most colourful",
    "nearest",
    "nearest of another colour",
    "touched",
    "container",
)
"""Ways to name another unit."""
_FAR = np.iinfo(np.int64).max


class Relations(NamedTuple):
    """Relations between all units of a grid, [unit, other unit]; no unit is related to itself.

    Attributes:
        touches: bool, a cell of one lies beside or at a corner of a cell of the other.
        is_inside: bool, the box lies within that of the other and is smaller.
        distance: int64, cells between the boxes: the larger of the row and column distances.
        shares_rows: bool, the boxes have a row in common.
        shares_columns: bool, the boxes have a column in common.
        is_same_shape: bool, the cells with content are, or the masks of units of background.
        is_same_colour: bool, the main colours are equal.
    """

    touches: Mask
    is_inside: Mask
    distance: Integers
    shares_rows: Mask
    shares_columns: Mask
    is_same_shape: Mask
    is_same_colour: Mask


@lru_cache(maxsize=256)
def relate(scene: Scene) -> Relations:
    """Compute the relations between the units of a scene."""
    top, left, bottom, right = scene.boxes.T[:, :, None]
    others = ~np.eye(len(scene), dtype=np.bool_)
    row_gap = np.maximum(np.maximum(top - bottom.T, top.T - bottom), -1)
    column_gap = np.maximum(np.maximum(left - right.T, left.T - right), -1)
    is_within = (top >= top.T) & (left >= left.T) & (bottom <= bottom.T) & (right <= right.T)
    areas = (bottom - top) * (right - left)
    shapes = _number([(unit.mask.shape, unit.shape.tobytes()) for unit in scene.units])
    colours = np.array(scene.colours)
    return Relations(
        touches=_find_touching(scene),
        is_inside=is_within & (areas < areas.T) & others,
        distance=np.where(others, np.maximum(np.maximum(row_gap, column_gap), 0), _FAR),
        shares_rows=(row_gap < 0) & others,
        shares_columns=(column_gap < 0) & others,
        is_same_shape=(shapes[:, None] == shapes) & others,
        is_same_colour=(colours[:, None] == colours) & others,
    )


def find_container(scene: Scene) -> Integers:
    """Find the smallest unit whose box has each unit's box inside, int64 [unit]; -1: none."""
    sizes = (scene.boxes[:, 2] - scene.boxes[:, 0]) * (scene.boxes[:, 3] - scene.boxes[:, 1])
    return _find_lowest(relate(scene).is_inside, sizes)


def find_nearest(scene: Scene) -> Integers:
    """Find the nearest other unit of each unit, the first of equal ones, int64 [unit]; -1 if the grid has no other."""
    return _find_nearest_of(scene, np.ones(len(scene), dtype=np.bool_))


def find_touched(scene: Scene) -> Integers:
    """Find the first unit that each unit touches, int64 [unit]; -1: it touches none."""
    return find_first(relate(scene).touches)


def find_first(is_candidate: Mask) -> Integers:
    """Find the first candidate of each unit, int64 [unit]; -1: it has none.

    Args:
        is_candidate: bool [unit, other unit].
    """
    return np.where(is_candidate.any(axis=1), is_candidate.argmax(axis=1), NO_UNIT)


@lru_cache(maxsize=4096)
def find_templates(scene: Scene, template: str | int) -> tuple[int, ...]:
    """Find the other unit that a template names for each unit; -1: none, or the unit itself.

    Args:
        scene: a grid and its units.
        template: one of `TEMPLATES`, or a colour, which names the only unit of that main colour.
    """
    if template in _FINDERS:
        return tuple(_FINDERS[template](scene).tolist())
    if isinstance(template, int):
        named = scene.colours.index(template) if scene.colours.count(template) == 1 else NO_UNIT
    else:
        measure = colour_count(scene) if template == "most colourful" else size(scene)
        named = measure.index(min(measure) if template == "smallest" else max(measure))
    return tuple(NO_UNIT if unit == named else named for unit in range(len(scene)))


def alike_in_shape(scene: Scene) -> list[int]:
    """Count the other units of the same shape."""
    return _count(relate(scene).is_same_shape)


def alike_in_colour(scene: Scene) -> list[int]:
    """Count the other units of the same main colour."""
    return _count(relate(scene).is_same_colour)


def alike_in_both(scene: Scene) -> list[int]:
    """Count the other units of the same shape and main colour."""
    return _count(relate(scene).is_same_shape & relate(scene).is_same_colour)


def contained(scene: Scene) -> list[int]:
    """Count the units whose box lies inside the unit's box."""
    return _count(relate(scene).is_inside.T)


def is_contained(scene: Scene) -> list[int]:
    """1 if the unit's box lies inside that of another unit, else 0."""
    return [int(flag) for flag in np.any(relate(scene).is_inside, axis=1)]


def touched(scene: Scene) -> list[int]:
    """Count the units that the unit touches."""
    return _count(relate(scene).touches)


def in_line(scene: Scene) -> list[int]:
    """1 if another unit shares a row, 2 if one shares a column, 3 if both, else 0."""
    relations = relate(scene)
    return _encode_axes(np.any(relations.shares_rows, axis=1), np.any(relations.shares_columns, axis=1))


def in_line_with_alike(scene: Scene) -> list[int]:
    """1 if another unit of the same colour shares a row, 2 if one shares a column, 3 if both, else 0."""
    relations = relate(scene)
    is_alike = relations.is_same_colour
    return _encode_axes(
        np.any(relations.shares_rows & is_alike, axis=1), np.any(relations.shares_columns & is_alike, axis=1)
    )


def between(scene: Scene) -> list[int]:
    """1 if units lie on both sides in the same rows, 2 if in the same columns, 3 if both, else 0."""
    top, left, bottom, right = scene.boxes.T[:, :, None]
    relations = relate(scene)
    rows, columns = (
        np.any(shares & (end <= start.T), axis=1) & np.any(shares & (start >= end.T), axis=1)
        for shares, start, end in ((relations.shares_rows, left, right), (relations.shares_columns, top, bottom))
    )
    return _encode_axes(rows, columns)


def direction_to_nearest(scene: Scene) -> list[int]:
    """Direction of the nearest other unit, see `DIRECTIONS`; 0 without one."""
    return _list_directions(scene, find_nearest(scene))


def direction_to_touched(scene: Scene) -> list[int]:
    """Direction of the unit that the unit touches, see `DIRECTIONS`; 0 without one."""
    return _list_directions(scene, find_touched(scene))


def direction_to_other_colour(scene: Scene) -> list[int]:
    """Direction of the nearest unit of another colour in the same rows or columns; 0 without one."""
    relations = relate(scene)
    is_candidate = (relations.shares_rows | relations.shares_columns) & ~relations.is_same_colour
    return list_directions(scene, is_candidate)


def direction_to_border(scene: Scene) -> list[int]:
    """Direction of the nearest border: up, right, down or left, the first of equally near ones."""
    rows, columns = scene.grid.shape
    distances = [(unit.top, columns - unit.right, rows - unit.bottom, unit.left) for unit in scene.units]
    return [1 + 2 * distance.index(min(distance)) for distance in distances]


def list_directions(scene: Scene, is_candidate: Mask) -> list[int]:
    """List the direction from each unit to the nearest of some units, see `DIRECTIONS`; 0 without one.

    Args:
        scene: a grid and its units.
        is_candidate: bool [unit, other unit], or [other unit] for the same ones of every unit.
    """
    return _list_directions(scene, _find_nearest_of(scene, is_candidate))


def _list_directions(scene: Scene, others: Integers) -> list[int]:
    """Return the direction from each unit to another one; 0 for none or for overlapping boxes."""
    return [
        0 if other == NO_UNIT else _find_direction(scene.boxes[index], scene.boxes[other])
        for index, other in enumerate(others.tolist())
    ]


def _find_direction(box: Integers, other: Integers) -> int:
    step = tuple(int(other[axis] >= box[axis + 2]) - int(other[axis + 2] <= box[axis]) for axis in (0, 1))
    return 1 + DIRECTIONS.index(step) if step in DIRECTIONS else 0


def _find_nearest_of(scene: Scene, is_candidate: Mask) -> Integers:
    """Find the nearest candidate of each unit, the first of equal ones, int64 [unit]; -1: it has none.

    Args:
        scene: a grid and its units.
        is_candidate: bool [unit, other unit] or [other unit]; the unit itself is never one.
    """
    distance = relate(scene).distance
    return _find_lowest(is_candidate & (distance < _FAR), distance)


def _find_lowest(is_candidate: Mask, keys: Integers) -> Integers:
    """Find the candidate of the lowest key, the first of equal ones, int64 [unit]; -1: it has none."""
    ranked = np.where(is_candidate, keys, _FAR)
    return np.where(is_candidate.any(axis=1), ranked.argmin(axis=1), NO_UNIT)


_FINDERS: dict[str | int, Callable[[Scene], Integers]] = {
    "nearest": find_nearest,
    "nearest of another colour": lambda scene: _find_nearest_of(scene, ~relate(scene).is_same_colour),
    "touched": find_touched,
    "container": find_container,
}
"""The templates that may name another unit for each unit; they never name the unit itself."""


def _find_touching(scene: Scene) -> Mask:
    touches = np.zeros((len(scene), len(scene)), dtype=np.bool_)
    owners = scene.owners
    for rows, columns in ((0, 1), (1, 0), (1, 1), (1, -1)):
        height, width = owners.shape
        first = owners[: height - rows, max(0, -columns) : width - max(0, columns)].ravel()
        second = owners[rows:, max(0, columns) : width + min(0, columns)].ravel()
        is_meeting = (first != second) & (first != NO_UNIT) & (second != NO_UNIT)
        touches[first[is_meeting], second[is_meeting]] = True
    return touches | touches.T


def _number(keys: list[object]) -> npt.NDArray[np.int64]:
    """Number equal keys alike."""
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([numbers[key] for key in keys], dtype=np.int64)


def _count(flags: Mask) -> list[int]:
    counts: list[int] = flags.sum(axis=1).tolist()
    return counts


def _encode_axes(rows: Mask, columns: Mask) -> list[int]:
    """Encode what holds of each unit along two axes: 1 for rows, 2 for columns, 3 for both, else 0."""
    codes: list[int] = (rows + 2 * columns).tolist()
    return codes
