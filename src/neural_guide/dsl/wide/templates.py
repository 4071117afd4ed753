"""Templates: objects of several colours, completed wherever a part of them is seen alone.

A *key* is all cells of one colour of a template. Where the cells of a key lie outside of every template, the rest of
that template is painted around them, unless something else lies there. Keys of many cells come first.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import MAX_SIDE, Grid
from neural_guide.dsl.cells import OUTSIDE
from neural_guide.dsl.kernels import complete_template
from neural_guide.dsl.objects import find_objects

_MOST_TEMPLATES = 5  # of a grid, those of most cells
_MOST_CELLS = 60  # of a template: noise joins to larger ones
_SCALES = (4, 3, 2, 1)  # cells a side


def complete_parts(grid: Grid) -> Grid | None:
    """Templates completed around their parts. None where nothing is to complete."""
    return _completed(grid, lambda template: [template])


def complete_parts_mirrored(grid: Grid) -> Grid | None:
    """Templates completed around their parts, left and right exchanged. None where nothing is to complete."""
    return _completed(grid, lambda template: [template[:, ::-1]])


def complete_parts_turned(grid: Grid) -> Grid | None:
    """Templates completed around their parts, turned or mirrored where that fits. None where nothing is to complete."""
    return _completed(grid, _turned)


def complete_parts_scaled(grid: Grid) -> Grid | None:
    """Templates completed around their parts, up to four times as large. None where nothing is to complete."""
    return _completed(grid, lambda template: [template.repeat(n, axis=0).repeat(n, axis=1) for n in _SCALES])


class _Key(NamedTuple):
    """A way to complete a template: its cells of one colour, by row and column, and those of the others."""

    colour: int
    cells: npt.NDArray[np.intp]  # [2, cell]
    rest: npt.NDArray[np.intp]  # [2, cell]
    colours: Grid  # [cell], of the rest


class _Canvas:
    """A grid with a margin wide enough for whatever is painted around its cells."""

    def __init__(self, grid: Grid, loose: Grid) -> None:
        self._seen = np.pad(grid, MAX_SIDE, constant_values=OUTSIDE)
        self._loose = np.pad(loose, MAX_SIDE)  # cells of no template, blank once a template was completed around them
        self._made = self._seen.copy()

    @property
    def made(self) -> Grid:
        """The grid with all that was painted."""
        inner = slice(MAX_SIDE, -MAX_SIDE)
        return self._made[inner, inner].copy()

    def complete(self, key: _Key) -> None:
        """Paint the rest of a template around its key, wherever that fits."""
        complete_template(self._seen, self._loose, self._made, key.colour, key.cells, key.rest, key.colours, OUTSIDE)


def _completed(grid: Grid, variants: Callable[[Grid], Sequence[Grid]]) -> Grid | None:
    objects = find_objects(grid)
    areas = [box.area for box in objects.boxes]
    several = [colours > 1 and area <= _MOST_CELLS for colours, area in zip(objects.colour_counts, areas, strict=True)]
    loose = grid * np.array([1, *(not each for each in several)], dtype=np.uint8)[objects.labels]
    if not any(several) or not loose.any():
        return None
    largest_first = sorted(np.flatnonzero(several), key=lambda number: -areas[number])
    templates = [objects.crops[number] for number in largest_first[:_MOST_TEMPLATES]]
    canvas = _Canvas(grid, loose)
    for key in sorted(_keys(templates, loose, variants), key=lambda key: -key.cells.shape[1]):
        canvas.complete(key)
    made = canvas.made
    return None if np.array_equal(made, grid) else made


def _keys(templates: Sequence[Grid], loose: Grid, variants: Callable[[Grid], Sequence[Grid]]) -> Iterator[_Key]:
    """The ways to complete the templates for which enough loose cells are there."""
    there = np.bincount(loose.ravel(), minlength=OUTSIDE)
    for template in templates:
        shown = [variant for variant in variants(template) if max(variant.shape) <= MAX_SIDE]
        for colour in filter(None, dict.fromkeys(template.tobytes())):  # as they are met: not by their numbers
            for variant in shown:
                if np.count_nonzero(is_key := variant == colour) <= there[colour]:
                    rest = np.array(np.nonzero((variant != 0) & ~is_key))
                    yield _Key(colour, np.array(np.nonzero(is_key)), rest, variant[rest[0], rest[1]])


def _turned(template: Grid) -> list[Grid]:
    turns = [np.rot90(template, quarter) for quarter in range(4)]
    return [each for turned in turns for each in (turned, turned[:, ::-1])]
