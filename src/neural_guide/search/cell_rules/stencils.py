"""Stamps: what outputs show around every anchor, wherever it lies.

*Anchors* are the objects of one colour, or of any, that have one shape. A *mark* is a place beside an anchor, in rows
and columns from its box, and the colour that the outputs show there beside nearly every anchor.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS, MAX_SIDE, Grid
from neural_guide.dsl.cells import OUTSIDE
from neural_guide.dsl.objects import find_single_colour_objects

NONE = OUTSIDE
"""Where there is no mark."""

_OWN = OUTSIDE + 1  # in the colour of the anchor
_BEYOND = OUTSIDE + 2  # where the grid ends
_FEWEST, _MOST = 2, 60  # anchors of a stamp in all inputs
_SHARE = 0.75  # of the anchors with the place in their grid, those that show the mark
_REACH = np.ones((2, 2), np.uint8)  # with corners: marks at most two steps apart belong to each other

Mask = npt.NDArray[np.bool_]


class Anchors(NamedTuple):
    """Objects of one colour (corners join), 0 for any, that have one shape, see `Objects.shapes`."""

    colour: int
    shape: tuple[int, bytes]


class Mark(NamedTuple):
    """Rows down and columns right of the box of an anchor, and the colour there; above 9: that of the anchor."""

    down: int
    right: int
    colour: int


class Stamp(NamedTuple):
    """What is seen around anchors."""

    anchors: Anchors
    marks: tuple[Mark, ...]

    def __str__(self) -> str:
        """For people."""
        colour, (width, cells) = self.anchors
        one = "an object" if colour == 0 else f"{colour}"
        size = "" if len(cells) == 1 else f" of {len(cells) // width} x {width}"
        return f"{len(self.marks)} marks around {one}{size}"


class _Anchor(NamedTuple):
    top: int
    left: int
    colour: int


def stamps_of(inputs: Sequence[Grid], outputs: Sequence[Grid]) -> list[Stamp]:
    """All stamps of some pairs, in an order of their own.

    Args:
        inputs: of the pairs.
        outputs: each of the size of its input.
    """
    found = [_anchors(grid) for grid in inputs]
    wide = [(_margined(grid), _margined(output)) for grid, output in zip(inputs, outputs, strict=True)]
    stamps = []
    for kind in sorted(set().union(*found)):
        places = [(pair, anchor) for pair, anchors in enumerate(found) for anchor in anchors.get(kind, ())]
        one_colour = len({anchor.colour for _, anchor in places}) == 1
        if _FEWEST <= len(places) <= _MOST and not (kind.colour == 0 and one_colour):  # they have a kind of their own
            before, after = (np.stack([_around(wide[pair][side], at) for pair, at in places]) for side in (0, 1))
            if kind.colour == 0:
                own = np.array([anchor.colour for _, anchor in places], dtype=np.uint8)[:, None, None]
                before, after = (np.where(seen == own, np.uint8(_OWN), seen) for seen in (before, after))
            marks = tuple(_marks(kind, before, after))
            stamps += [Stamp(kind, marks)] if marks else []
    return stamps


def stamped(stamp: Stamp, grid: Grid) -> Grid:
    """The marks around the anchors of a grid, uint8 of its shape; elsewhere `NONE`."""
    height, width = grid.shape
    made: Grid = np.full(grid.shape, NONE, dtype=np.uint8)
    objects, (anchor, shape) = find_single_colour_objects(grid), stamp.anchors
    for box, tone, its_shape in zip(objects.boxes, objects.main_colours, objects.shape_keys, strict=True):
        if its_shape != shape or anchor not in (0, tone):
            continue
        for down, right, colour in stamp.marks:
            row, column = box.top + down, box.left + right
            if 0 <= row < height and 0 <= column < width:
                made[row, column] = tone if colour == _OWN else colour
    return made


def _anchors(grid: Grid) -> dict[Anchors, list[_Anchor]]:
    """The anchors of a grid by kind."""
    objects = find_single_colour_objects(grid)
    found: dict[Anchors, list[_Anchor]] = {}
    for box, tone, shape in zip(objects.boxes, objects.main_colours, objects.shape_keys, strict=True):
        for colour in (tone, 0):
            found.setdefault(Anchors(colour, shape), []).append(_Anchor(box.top, box.left, tone))
    return found


def _margined(grid: Grid) -> Grid:
    return np.pad(grid, MAX_SIDE, constant_values=_BEYOND)


def _around(grid: Grid, anchor: _Anchor) -> Grid:
    """All that an anchor may have around, itself in the middle."""
    side = 2 * MAX_SIDE + 1
    return grid[anchor.top : anchor.top + side, anchor.left : anchor.left + side]


def _marks(kind: Anchors, before: Grid, after: Grid) -> Iterator[Mark]:
    """What is alike around the anchors.

    Args:
        kind: of the anchors.
        before: of inputs, uint8 [anchor, row, column].
        after: of outputs, the same.
    """
    inside = (after != _BEYOND).sum(axis=0)
    most = np.zeros(inside.shape, dtype=np.int64)
    colours: Grid = np.zeros(inside.shape, dtype=np.uint8)
    for colour in sorted(set(after.tobytes()) - {0, _BEYOND}):
        shown = (after == colour).sum(axis=0)
        colours = np.where(shown > most, np.uint8(colour), colours)
        most = np.maximum(most, shown)
    is_new = ((after == colours) & (before != colours)).any(axis=0)
    alike = is_new & (most >= _FEWEST) & (most >= _SHARE * inside)
    for row, column in np.argwhere(_beside(kind, alike)).tolist():
        yield Mark(row - MAX_SIDE, column - MAX_SIDE, int(colours[row, column]))


def _beside(kind: Anchors, marked: Mask) -> Mask:
    """Marks that belong to the anchor, not those that happen to be alike far away."""
    width, cells = kind.shape
    mask = np.frombuffer(cells, dtype=np.uint8).reshape(-1, width)
    joined = marked.view(np.uint8).copy()
    joined[MAX_SIDE : MAX_SIDE + len(mask), MAX_SIDE : MAX_SIDE + width] |= mask
    _, parts = cv2.connectedComponents(cv2.dilate(joined, _REACH), connectivity=8)
    first = int(np.argmax(mask[0]))  # the first row of a box has a cell
    kept: Mask = marked & (parts == parts[MAX_SIDE, MAX_SIDE + first])
    return kept


assert _BEYOND > _OWN > NONE == COLOURS
