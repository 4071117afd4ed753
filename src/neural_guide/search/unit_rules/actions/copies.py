"""Actions that copy a unit or mirror it, in place, beside itself or across the grid."""

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.search.unit_rules.arguments import (
    OWN_COLOURS,
    SIDES,
    Argument,
    resolve_colour,
    resolve_other,
    resolve_step,
)
from neural_guide.search.unit_rules.canvas import make_canvas, paint_cells
from neural_guide.search.unit_rules.units import Scene, Unit

_STEPS = dict(zip(SIDES, ((-1, 0), (0, 1), (1, 0), (0, -1)), strict=True))
TURNS = ("left to right", "upside down", "half round", "across the diagonal", "a quarter right", "a quarter left")


def turn(scene: Scene, unit: int, way: Argument) -> Grid | None:
    """Mirror or turn the unit in its bounding box; a quarter turn needs a square box."""
    part = scene.units[unit]
    if str(way) in TURNS[3:] and part.mask.shape[0] != part.mask.shape[1]:
        return None
    canvas = make_canvas(scene)
    paint_cells(canvas, part.top, part.left, _turn(part.cells, str(way)), _turn(part.mask, str(way)))
    return canvas


def complete(scene: Scene, unit: int, way: Argument) -> Grid | None:
    """Add the mirror image of the unit to its bounding box, where that is background."""
    part, canvas = scene.units[unit], make_canvas(scene)
    cells = _turn(part.cells, str(way))
    if cells.shape != part.cells.shape:
        return None
    paint_cells(canvas, part.top, part.left, cells, (cells != 0) & (part.cells == 0))
    return canvas


def mirror_beside(scene: Scene, unit: int, side: Argument) -> Grid | None:
    """Draw the mirror image of the unit next to it."""
    step = _STEPS[str(side)]
    part = scene.units[unit]
    way = TURNS[0] if step[1] else TURNS[1]
    mirrored = Unit(part.top, part.left, _turn(part.cells, way), _turn(part.mask, way))
    return _paint_shifted(scene, mirrored, step, count=1, gap=0)


def copy_beside(scene: Scene, unit: int, direction: Argument, gap: Argument, paint: Argument) -> Grid | None:
    """Draw a copy of the unit next to it, with a gap of some cells, in its own colours or in one colour."""
    return _repeat(scene, unit, direction, int(gap), paint, count=1)


def repeat(scene: Scene, unit: int, direction: Argument, gap: Argument, paint: Argument) -> Grid | None:
    """Draw copies of the unit to the border, with gaps of some cells, in its own colours or in one colour."""
    return _repeat(scene, unit, direction, int(gap), paint, count=max(scene.grid.shape))


def mirror_about(scene: Scene, unit: int, template: Argument, way: Argument) -> Grid | None:
    """Draw the mirror image of the unit on the other side of another unit's middle."""
    other = resolve_other(scene, unit, template)
    if other is None:
        return None
    part, centre, canvas = scene.units[unit], scene.units[other], make_canvas(scene)
    top = centre.top + centre.bottom - part.bottom if way != TURNS[0] else part.top
    left = centre.left + centre.right - part.right if way != TURNS[1] else part.left
    cells, mask = _turn(part.cells, str(way)), _turn(part.mask, str(way))
    return canvas if paint_cells(canvas, top, left, cells, mask) else None


def mirror_across(scene: Scene, unit: int, way: Argument) -> Grid | None:
    """Draw the mirror image of the unit across the middle of the grid."""
    canvas = make_canvas(scene)
    mask, cells = _turn(scene.masks[unit], str(way)), _turn(scene.grid, str(way))
    if cells.shape != scene.grid.shape:
        return None
    np.copyto(canvas, cells, where=mask)
    return canvas


def stamp(scene: Scene, unit: int, template: Argument, paint: Argument) -> Grid | None:
    """Draw another unit centred on this one, in its own colours or in one colour."""
    other = resolve_other(scene, unit, template)
    if other is None:
        return None
    target, part = scene.units[unit], scene.units[other]
    rows = target.top + target.bottom - part.mask.shape[0]
    columns = target.left + target.right - part.mask.shape[1]
    if rows % 2 or columns % 2:
        return None
    cells = _dye(scene, unit, part.cells, paint)
    if cells is None:
        return None
    canvas = make_canvas(scene)
    return canvas if paint_cells(canvas, rows // 2, columns // 2, cells, part.mask) else None


def _dye(scene: Scene, unit: int, cells: Grid, paint: Argument) -> Grid | None:
    """Return cells in their own colours or in the one colour that a unit names; None if it names none."""
    if paint == OWN_COLOURS:
        return cells
    value = resolve_colour(scene, unit, paint)
    return None if value is None else np.full_like(cells, value)


def _repeat(scene: Scene, unit: int, direction: Argument, gap: int, paint: Argument, *, count: int) -> Grid | None:
    step, part = resolve_step(scene, unit, direction), scene.units[unit]
    if step is None:
        return None
    cells = _dye(scene, unit, part.cells, paint)
    return None if cells is None else _paint_shifted(scene, part._replace(cells=cells), step, count=count, gap=gap)


def _paint_shifted(scene: Scene, part: Unit, step: tuple[int, int], *, count: int, gap: int) -> Grid | None:
    """Paint copies of a unit shifted by its size and a gap, once, twice and so on."""
    canvas, is_painted = make_canvas(scene), False
    height, width = part.mask.shape
    for number in range(1, count + 1):
        rows, columns = step[0] * (height + gap) * number, step[1] * (width + gap) * number
        if not paint_cells(canvas, part.top + rows, part.left + columns, part.cells, part.mask):
            break
        is_painted = True
    return canvas if is_painted else None


def _turn(cells: np.ndarray, way: str) -> np.ndarray:
    images = {
        TURNS[0]: lambda: cells[:, ::-1],
        TURNS[1]: lambda: cells[::-1],
        TURNS[2]: lambda: cells[::-1, ::-1],
        TURNS[3]: lambda: cells.T,
        TURNS[4]: lambda: np.rot90(cells, -1),
        TURNS[5]: lambda: np.rot90(cells),
    }
    return images[way]()
