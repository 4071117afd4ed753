"""Features of a unit by itself: numbers that describe its cells.

Every public function is a feature, `name(scene) -> numbers`, one number a unit, 0 or more. Its name is that of the
feature.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from neural_guide.dsl.objects import count_holes
from neural_guide.search.unit_rules.units import Scene, Unit

_MIRRORS: tuple[Callable[[np.ndarray], np.ndarray], ...] = (
    lambda cells: cells[:, ::-1],
    lambda cells: cells[::-1],
    lambda cells: cells.T,
    lambda cells: cells[::-1, ::-1].T,
)
"""Mirror images: to the side, below, across both diagonals."""


def size(scene: Scene) -> list[int]:
    """Count the cells."""
    return [int(unit.mask.sum()) for unit in scene.units]


def height(scene: Scene) -> list[int]:
    """Count the rows of the bounding box."""
    return [unit.mask.shape[0] for unit in scene.units]


def width(scene: Scene) -> list[int]:
    """Count the columns of the bounding box."""
    return [unit.mask.shape[1] for unit in scene.units]


def length(scene: Scene) -> list[int]:
    """Measure the longer side of the bounding box."""
    return [max(unit.mask.shape) for unit in scene.units]


def colour_count(scene: Scene) -> list[int]:
    """Count the colours other than background."""
    return [len(set(unit.cells.tobytes()) - {0}) for unit in scene.units]


def content(scene: Scene) -> list[int]:
    """Count the cells that are not background."""
    return [int(np.count_nonzero(unit.cells)) for unit in scene.units]


def hole_count(scene: Scene) -> list[int]:
    """Count the enclosed parts of the box that do not belong to the unit."""
    return [count_holes(unit.mask.view(np.uint8)) for unit in scene.units]


def part_count(scene: Scene) -> list[int]:
    """Count the connected parts of the content, joined by sides and corners; of a unit without content its own."""
    shapes = (unit.shape.view(np.uint8) for unit in scene.units)
    return [cv2.connectedComponents(shape, connectivity=8)[0] - 1 for shape in shapes]


def is_rectangle(scene: Scene) -> list[int]:
    """1 if the unit fills its bounding box, else 0."""
    return [int(unit.mask.all()) for unit in scene.units]


def is_line(scene: Scene) -> list[int]:
    """1 if the unit is one row or column of several cells, else 0."""
    return [int(min(unit.mask.shape) == 1 and unit.mask.size > 1) for unit in scene.units]


def orientation(scene: Scene) -> list[int]:
    """1 if the unit is wider than tall, 2 if it is taller than wide, else 0."""
    return [1 * (cols > rows) + 2 * (rows > cols) for rows, cols in (unit.mask.shape for unit in scene.units)]


def symmetry_beside(scene: Scene) -> list[int]:
    """1 if the unit equals its mirror image to the side, else 0."""
    return [int(_is_symmetric(unit, _MIRRORS[:1])) for unit in scene.units]


def symmetry_below(scene: Scene) -> list[int]:
    """1 if the unit equals its mirror image below, else 0."""
    return [int(_is_symmetric(unit, _MIRRORS[1:2])) for unit in scene.units]


def symmetry_any(scene: Scene) -> list[int]:
    """1 if the unit equals its mirror image to the side, below, or across a diagonal, else 0."""
    return [int(_is_symmetric(unit, _MIRRORS)) for unit in scene.units]


def _is_symmetric(unit: Unit, mirrors: Sequence[Callable[[np.ndarray], np.ndarray]]) -> bool:
    """Return whether the unit equals one of its mirror images; the cells of a gap are all 0, so its mask decides."""
    return any(
        np.array_equal(unit.mask, mirror(unit.mask)) and np.array_equal(unit.cells, mirror(unit.cells))
        for mirror in mirrors
    )
