"""Stencils: marks that the outputs show around every anchor, wherever it lies.

*Anchors* are the objects of one shape and of one colour, or of any colour. A *mark* is an offset from the bounding box
of an anchor, in rows and columns, and the colour that the outputs show there for nearly every anchor.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS, MAX_SIDE, Grid
from neural_guide.dsl.cells import OUTSIDE
from neural_guide.dsl.objects import find_single_colour_objects

NO_MARK = OUTSIDE
"""Value of a cell without a mark."""

_OWN_COLOUR = OUTSIDE + 1  # a mark in the colour of its anchor
_BEYOND = OUTSIDE + 2  # beyond the border of the grid
_MIN_ANCHORS, _MAX_ANCHORS = 2, 60  # of a stencil in all inputs
_MIN_SHARE = 0.75  # share of the anchors with the mark, among those with the offset inside their grid
_MAX_ANCHOR_SIDE = MAX_SIDE  # cells; larger ones, in grids above ARC's limit, would reach beyond the margin
_REACH = np.ones((2, 2), np.uint8)  # with corners: marks at most two steps apart belong together

Mask = npt.NDArray[np.bool_]


class AnchorKind(NamedTuple):
    """Objects of one colour (corners join), 0 for any, and of one shape, see `Objects.shape_keys`."""

    colour: int
    shape: tuple[int, bytes]


class Mark(NamedTuple):
    """A mark around an anchor.

    Attributes:
        down: rows below the top of the anchor's bounding box; negative above it.
        right: columns right of its left side; negative left of it.
        colour: colour there; above 9: the colour of the anchor.
    """

    down: int
    right: int
    colour: int


class Stencil(NamedTuple):
    """Marks around all anchors of one kind."""

    anchors: AnchorKind
    marks: tuple[Mark, ...]

    def __str__(self) -> str:
        """One line for people."""
        colour, (width, cells) = self.anchors
        anchor = "an object" if colour == 0 else f"{colour}"
        size = "" if len(cells) == 1 else f" of {len(cells) // width} x {width}"
        return f"{len(self.marks)} marks around {anchor}{size}"


class _Anchor(NamedTuple):
    top: int
    left: int
    colour: int


def find_stencils(inputs: Sequence[Grid], outputs: Sequence[Grid]) -> list[Stencil]:
    """Find all stencils of some pairs, sorted by the kind of their anchors.

    Args:
        inputs: inputs of the pairs.
        outputs: output of each pair, of the size of its input.
    """
    anchors_by_kind = [_find_anchors(grid) for grid in inputs]
    padded = [(_pad_with_margin(grid), _pad_with_margin(output)) for grid, output in zip(inputs, outputs, strict=True)]
    stencils = []
    for kind in sorted(set().union(*anchors_by_kind)):
        anchors = [(pair, anchor) for pair, kinds in enumerate(anchors_by_kind) for anchor in kinds.get(kind, ())]
        is_one_colour = len({anchor.colour for _, anchor in anchors}) == 1
        if not _MIN_ANCHORS <= len(anchors) <= _MAX_ANCHORS:
            continue
        if kind.colour == 0 and is_one_colour:  # the kind of that colour has the same anchors
            continue
        before, after = (
            np.stack([_crop_around(padded[pair][side], anchor) for pair, anchor in anchors]) for side in (0, 1)
        )
        if kind.colour == 0:
            own = np.array([anchor.colour for _, anchor in anchors], dtype=np.uint8)[:, None, None]
            before, after = (np.where(cells == own, np.uint8(_OWN_COLOUR), cells) for cells in (before, after))
        marks = tuple(_find_marks(kind, before, after))
        stencils += [Stencil(kind, marks)] if marks else []
    return stencils


def apply_stencil(stencil: Stencil, grid: Grid) -> Grid:
    """Draw the marks around the anchors of a grid, uint8 of its shape; `NO_MARK` elsewhere."""
    height, width = grid.shape
    marked: Grid = np.full(grid.shape, NO_MARK, dtype=np.uint8)
    objects, (anchor_colour, anchor_shape) = find_single_colour_objects(grid), stencil.anchors
    for box, object_colour, shape in zip(objects.boxes, objects.main_colours, objects.shape_keys, strict=True):
        if shape != anchor_shape or anchor_colour not in (0, object_colour):
            continue
        for down, right, colour in stencil.marks:
            row, column = box.top + down, box.left + right
            if 0 <= row < height and 0 <= column < width:
                marked[row, column] = object_colour if colour == _OWN_COLOUR else colour
    return marked


def _find_anchors(grid: Grid) -> dict[AnchorKind, list[_Anchor]]:
    """Find the anchors of a grid by kind; every object is in two kinds."""
    objects = find_single_colour_objects(grid)
    anchors: dict[AnchorKind, list[_Anchor]] = {}
    for box, object_colour, shape in zip(objects.boxes, objects.main_colours, objects.shape_keys, strict=True):
        if max(box.height, box.width) > _MAX_ANCHOR_SIDE:
            continue
        for colour in (object_colour, 0):
            anchors.setdefault(AnchorKind(colour, shape), []).append(_Anchor(box.top, box.left, object_colour))
    return anchors


def _pad_with_margin(grid: Grid) -> Grid:
    return np.pad(grid, MAX_SIDE, constant_values=_BEYOND)


def _crop_around(padded: Grid, anchor: _Anchor) -> Grid:
    """Crop all cells that a mark may lie on, with the corner of the anchor in the middle."""
    side = 2 * MAX_SIDE + 1
    return padded[anchor.top : anchor.top + side, anchor.left : anchor.left + side]


def _find_marks(kind: AnchorKind, before: Grid, after: Grid) -> Iterator[Mark]:
    """Find the marks that nearly all anchors share.

    Args:
        kind: kind of the anchors.
        before: inputs around the anchors, uint8 [anchor, row, column].
        after: outputs around the anchors, uint8 [anchor, row, column].
    """
    inside = (after != _BEYOND).sum(axis=0)
    highest = np.zeros(inside.shape, dtype=np.int64)
    colours: Grid = np.zeros(inside.shape, dtype=np.uint8)
    for colour in sorted(set(after.tobytes()) - {0, _BEYOND}):
        counts = (after == colour).sum(axis=0)
        colours = np.where(counts > highest, np.uint8(colour), colours)
        highest = np.maximum(highest, counts)
    is_new = ((after == colours) & (before != colours)).any(axis=0)
    is_shared = is_new & (highest >= _MIN_ANCHORS) & (highest >= _MIN_SHARE * inside)
    for row, column in np.argwhere(_select_connected(kind, is_shared)).tolist():
        yield Mark(row - MAX_SIDE, column - MAX_SIDE, int(colours[row, column]))


def _select_connected(kind: AnchorKind, marked: Mask) -> Mask:
    """Select the marks connected to the anchor; cells far away may be equal by chance."""
    width, cells = kind.shape
    mask = np.frombuffer(cells, dtype=np.uint8).reshape(-1, width)
    union = marked.view(np.uint8).copy()
    union[MAX_SIDE : MAX_SIDE + len(mask), MAX_SIDE : MAX_SIDE + width] |= mask
    _, parts = cv2.connectedComponents(cv2.dilate(union, _REACH), connectivity=8)
    first = int(np.argmax(mask[0]))  # the first row of a bounding box has a cell
    connected: Mask = marked & (parts == parts[MAX_SIDE, MAX_SIDE + first])
    return connected


assert _BEYOND > _OWN_COLOUR > NO_MARK == COLOURS
