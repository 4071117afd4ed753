"""Primitives that complete templates: objects of several colours, of which a part also stands alone.

A *key* is all cells of one colour of a template. Where the cells of a key lie outside every template, the rest of that
template is painted around them, unless other content is in the way. Keys with most cells come first.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS, MAX_SIDE, Grid
from neural_guide.dsl.cells import OUTSIDE
from neural_guide.dsl.kernels import complete_template, copy_contiguous, match_template
from neural_guide.dsl.objects import Objects, find_objects

_MAX_TEMPLATES = 5  # templates of a grid, those with most cells
_MAX_CELLS = 60  # cells of a template: noise forms larger objects
_MAX_OBJECTS = 30  # of a grid whose templates are copied to whole objects: more are noise
_SCALES = (4, 3, 2, 1)  # cells a side


def complete_parts(grid: Grid) -> Grid | None:
    """The grid with templates completed around their parts. None if nothing changes."""
    return _complete_templates(grid, lambda template: [template])


def complete_parts_mirrored(grid: Grid) -> Grid | None:
    """The grid with templates completed around their parts, mirrored left and right. None if nothing changes."""
    return _complete_templates(grid, lambda template: [template[:, ::-1]])


def complete_parts_turned(grid: Grid) -> Grid | None:
    """The grid with templates completed around their parts, turned or mirrored. None if nothing changes."""
    return _complete_templates(grid, _list_turns)


def complete_parts_scaled(grid: Grid) -> Grid | None:
    """The grid with templates completed around their parts, up to four times as large. None if nothing changes."""
    return _complete_templates(grid, lambda template: [_scale(template, n) for n in _SCALES])


def complete_copies(grid: Grid) -> Grid | None:
    """The grid with templates completed around whole objects, turned, mirrored or scaled. None if nothing changes."""
    objects = find_objects(grid)
    if len(objects) > _MAX_OBJECTS:
        return None
    labels, sizes = objects.labels.copy(), np.array([0, *(box.area for box in objects.boxes)])
    painted = copy_contiguous(grid)
    for number in _list_largest(objects, _mark_templates(objects)):
        own = objects.labels == number + 1
        if labels[own].all():  # else a copy covers it
            free = np.where(own, 0, labels)
            while _paint_best(objects.crops[number], painted, free, sizes):
                pass
            labels = np.where(own, labels, free)
    return None if np.array_equal(painted, grid) else painted


class _Key(NamedTuple):
    """One way to complete a template: its cells of one colour, the key, and its other cells."""

    colour: int
    cells: npt.NDArray[np.intp]  # [2, cell], rows and columns of the key
    rest: npt.NDArray[np.intp]  # [2, cell], rows and columns of the other cells
    colours: Grid  # [cell], colours of the rest


class _Canvas:
    """A grid to paint on, with a margin wide enough for any template around its cells."""

    def __init__(self, grid: Grid, loose: Grid) -> None:
        self._padded = np.pad(grid, MAX_SIDE, constant_values=OUTSIDE)
        self._loose = np.pad(loose, MAX_SIDE)  # cells outside templates; keys are cleared once completed
        self._painted = self._padded.copy()

    @property
    def painted(self) -> Grid:
        """A copy of the painted grid, without the margin."""
        inner = slice(MAX_SIDE, -MAX_SIDE)
        return self._painted[inner, inner].copy()

    def complete(self, key: _Key) -> None:
        """Paint the rest of a template around its key, wherever it fits."""
        complete_template(
            self._padded, self._loose, self._painted, key.colour, key.cells, key.rest, key.colours, OUTSIDE
        )


def _complete_templates(grid: Grid, variants: Callable[[Grid], Sequence[Grid]]) -> Grid | None:
    """Complete the variants of every template around their keys; None if nothing changes."""
    objects = find_objects(grid)
    is_template = _mark_templates(objects)
    loose = grid * np.array([1, *(not flag for flag in is_template)], dtype=np.uint8)[objects.labels]
    if not any(is_template) or not loose.any():
        return None
    templates = [objects.crops[number] for number in _list_largest(objects, is_template)]
    canvas = _Canvas(grid, loose)
    for key in sorted(_iterate_keys(templates, loose, variants), key=lambda key: -key.cells.shape[1]):
        canvas.complete(key)
    painted = canvas.painted
    return None if np.array_equal(painted, grid) else painted


def _mark_templates(objects: Objects) -> list[bool]:
    """Return which objects are templates: those of several colours, and not too large."""
    return [
        colours > 1 and box.area <= _MAX_CELLS
        for colours, box in zip(objects.colour_counts, objects.boxes, strict=True)
    ]


def _list_largest(objects: Objects, is_template: Sequence[bool]) -> list[int]:
    """List the numbers of the templates with most cells, those with most first."""
    numbers = [number for number, flag in enumerate(is_template) if flag]
    return sorted(numbers, key=lambda number: -objects.boxes[number].area)[:_MAX_TEMPLATES]


def _scale(template: Grid, n: int) -> Grid:
    """Enlarge each cell to a square of n cells a side."""
    return template.repeat(n, axis=0).repeat(n, axis=1)


def _paint_best(template: Grid, painted: Grid, labels: npt.NDArray[np.int32], sizes: npt.NDArray[np.int64]) -> bool:
    """Paint a turned and scaled template at its best place, and take the objects that it covers from `labels`.

    Returns:
        Whether it fits anywhere, see `kernels.match_template`.
    """
    loose = np.bincount(painted[labels > 0], minlength=COLOURS)
    totals = np.bincount(template.ravel(), minlength=COLOURS)
    colours = np.flatnonzero(totals[1:]) + 1
    side = max(template.shape)
    scales = [n for n in _SCALES if n * side <= MAX_SIDE and (loose[colours] >= totals[colours] * n**2).any()]
    best, variant = (0, 0, 0), template
    for n in scales:
        for turn in _list_turns(template):
            scaled = _scale(turn, n)
            places = np.array(np.nonzero(scaled))
            found = match_template(painted, labels, sizes, places, scaled[places[0], places[1]])
            if found[0] > best[0]:
                best, variant = found, scaled
    if not best[0]:
        return False
    _, top, left = best
    first_row, first_column = max(0, -top), max(0, -left)
    cells = variant[first_row : painted.shape[0] - top, first_column : painted.shape[1] - left]
    box = (slice(top + first_row, top + variant.shape[0]), slice(left + first_column, left + variant.shape[1]))
    painted[box] = np.where(cells, cells, painted[box])
    labels[box][cells != 0] = 0
    return True


def _iterate_keys(templates: Sequence[Grid], loose: Grid, variants: Callable[[Grid], Sequence[Grid]]) -> Iterator[_Key]:
    """Iterate over the keys of the templates for which there are enough loose cells."""
    loose_counts = np.bincount(loose.ravel(), minlength=OUTSIDE)
    for template in templates:
        fitting = [variant for variant in variants(template) if max(variant.shape) <= MAX_SIDE]
        for colour in filter(None, dict.fromkeys(template.tobytes())):  # in order of occurrence, not of number
            for variant in fitting:
                if np.count_nonzero(is_key := variant == colour) <= loose_counts[colour]:
                    rest = np.array(np.nonzero((variant != 0) & ~is_key))
                    yield _Key(colour, np.array(np.nonzero(is_key)), rest, variant[rest[0], rest[1]])


def _list_turns(template: Grid) -> list[Grid]:
    """List the eight rotations and mirror images."""
    turns = [np.rot90(template, quarter) for quarter in range(4)]
    return [image for turned in turns for image in (turned, turned[:, ::-1])]
