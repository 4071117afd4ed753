"""Actions in place: keep, remove, recolour, fill."""

import cv2
import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.search.unit_rules.arguments import Argument, find_nearest_cell, resolve_colour
from neural_guide.search.unit_rules.canvas import make_canvas, paint_mask
from neural_guide.search.unit_rules.units import Mask, Scene


def keep(scene: Scene, _: int) -> Grid | None:
    """Leave the unit as it is."""
    return make_canvas(scene)


def remove(scene: Scene, _: int) -> Grid | None:
    """Turn the unit into background."""
    return make_canvas(scene)


def recolour(scene: Scene, unit: int, colour: Argument) -> Grid | None:
    """Give all cells of the unit a colour."""
    value = resolve_colour(scene, unit, colour)
    return None if value is None else paint_mask(scene, scene.masks[unit], value)


def recolour_outline(scene: Scene, unit: int, colour: Argument) -> Grid | None:
    """Give the cells at the edge of the unit a colour."""
    value = resolve_colour(scene, unit, colour)
    return None if value is None else paint_mask(scene, scene.masks[unit] & ~_erode(scene.masks[unit]), value)


def recolour_interior(scene: Scene, unit: int, colour: Argument) -> Grid | None:
    """Give the cells inside the edge of the unit a colour."""
    value = resolve_colour(scene, unit, colour)
    return None if value is None else paint_mask(scene, _erode(scene.masks[unit]), value)


def hollow(scene: Scene, unit: int) -> Grid | None:
    """Clear the cells inside the edge of the unit."""
    interior = _erode(scene.masks[unit])
    return paint_mask(scene, interior, 0)


def recolour_centre(scene: Scene, unit: int, colour: Argument) -> Grid | None:
    """Give the middle cell of the unit's box a colour, the middle two or four where a side is even."""
    value = resolve_colour(scene, unit, colour)
    if value is None:
        return None
    part, mask = scene.units[unit], np.zeros(scene.grid.shape, dtype=np.bool_)
    rows, columns = part.top + part.bottom, part.left + part.right
    mask[(rows - 1) // 2 : rows // 2 + 1, (columns - 1) // 2 : columns // 2 + 1] = True
    return paint_mask(scene, mask, value)


def mark_edge(scene: Scene, unit: int, template: Argument) -> Grid | None:
    """Draw in the unit's colour on the nearest cell of another unit; None if that is not a single one."""
    cell = find_nearest_cell(scene, unit, template)
    if cell is None or not scene.colours[unit]:
        return None
    canvas = make_canvas(scene)
    canvas[cell] = scene.colours[unit]
    return canvas


def cover_box(scene: Scene, unit: int, colour: Argument) -> Grid | None:
    """Give all cells of the unit's box a colour, whatever they belong to."""
    value = resolve_colour(scene, unit, colour)
    if value is None:
        return None
    canvas = make_canvas(scene)
    canvas[scene.units[unit].box] = value
    return canvas


def swap_colours(scene: Scene, unit: int) -> Grid | None:
    """Exchange the two colours of the unit; None for another number of colours."""
    cells = scene.units[unit].cells
    colours = sorted(set(cells.tobytes()) - {0})
    if len(colours) != 2:
        return None
    canvas = make_canvas(scene)
    mask = scene.masks[unit]
    canvas[mask & (scene.grid == colours[0])] = colours[1]
    canvas[mask & (scene.grid == colours[1])] = colours[0]
    return canvas


def fill_holes(scene: Scene, unit: int, colour: Argument) -> Grid | None:
    """Fill the background that the unit encloses."""
    value = resolve_colour(scene, unit, colour)
    return None if value is None else paint_mask(scene, _find_holes(scene.masks[unit]) & (scene.grid == 0), value)


def fill_box(scene: Scene, unit: int, colour: Argument) -> Grid | None:
    """Fill the background in the bounding box of the unit."""
    value = resolve_colour(scene, unit, colour)
    if value is None:
        return None
    mask = np.zeros(scene.grid.shape, dtype=np.bool_)
    mask[scene.units[unit].box] = True
    return paint_mask(scene, mask & (scene.grid == 0), value)


def _erode(mask: Mask) -> Mask:
    """Return the cells whose eight neighbours belong to the mask too."""
    kernel = np.ones((3, 3), dtype=np.uint8)
    eroded = cv2.erode(mask.view(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return eroded.astype(np.bool_)


def _find_holes(mask: Mask) -> Mask:
    """Return the cells outside the mask that no path by sides joins to the border."""
    outside = cv2.copyMakeBorder((~mask).view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    labels = cv2.connectedComponents(outside, connectivity=4)[1]
    holes: Mask = (labels > 0) & (labels != labels[0, 0])
    return holes[1:-1, 1:-1]
