"""Composition of pieces into one grid: painted in place, stacked, or placed beside or below each other.

Every function in `COMPOSITIONS`, `name(source, pieces) -> Grid | None`, is pure and total. `source` is the segmented
grid. The result is None if the pieces do not fit together this way. Its name is the name of a program step. Colour 0
is transparent.
"""

from collections.abc import Callable, Sequence

import numpy as np

from neural_guide.arc.grid import Grid, has_room
from neural_guide.search.piece_lists.segmentation import Segment

Composition = Callable[[Grid, Sequence[Segment]], Grid | None]


def paint(source: Grid, pieces: Sequence[Segment]) -> Grid | None:
    """Paint each piece in place on a background grid of the source's size, later ones on top."""
    return draw_pieces(np.zeros_like(source), pieces)


def paint_on_source(source: Grid, pieces: Sequence[Segment]) -> Grid | None:
    """Paint each piece in place on the source, later ones on top."""
    return draw_pieces(source.copy(), pieces)


def erase_from_source(source: Grid, pieces: Sequence[Segment]) -> Grid | None:
    """Clear the cells of the source that the pieces cover."""
    covered = draw_pieces(np.zeros_like(source), pieces)
    erased: Grid = source * (covered == 0)
    return erased


def join_beside(source: Grid, pieces: Sequence[Segment]) -> Grid | None:
    """Place pieces beside each other, in order. None for different heights, or above 30 columns."""
    if len({len(piece.cells) for piece in pieces}) > 1:
        return None
    if not has_room(source, sum(piece.cells.shape[1] for piece in pieces)):
        return None
    return np.concatenate([piece.cells for piece in pieces], axis=1)


def join_below(source: Grid, pieces: Sequence[Segment]) -> Grid | None:
    """Place pieces below each other, in order. None for different widths, or above 30 rows."""
    if len({piece.cells.shape[1] for piece in pieces}) > 1:
        return None
    if not has_room(source, sum(len(piece.cells) for piece in pieces)):
        return None
    return np.concatenate([piece.cells for piece in pieces])


def join_lattice(source: Grid, pieces: Sequence[Segment]) -> Grid | None:
    """Place pieces of one size in a lattice of their rows and columns, without the gaps between them.

    None for different sizes, for an empty or a doubly occupied lattice cell, or above 30 x 30.
    """
    if len({piece.cells.shape for piece in pieces}) > 1:
        return None
    height, width = pieces[0].cells.shape
    rows, columns = sorted({piece.top for piece in pieces}), sorted({piece.left for piece in pieces})
    corners = {(piece.top, piece.left) for piece in pieces}
    if len(corners) != len(pieces) or len(pieces) != len(rows) * len(columns):
        return None
    if not has_room(source, height * len(rows), width * len(columns)):
        return None
    lattice = np.empty((height * len(rows), width * len(columns)), dtype=np.uint8)
    for piece in pieces:
        top, left = rows.index(piece.top) * height, columns.index(piece.left) * width
        lattice[top : top + height, left : left + width] = piece.cells
    return lattice


def lay_over(_: Grid, pieces: Sequence[Segment]) -> Grid | None:
    """Stack pieces of one size, the first uppermost. None for different sizes."""
    return _stack(list(reversed(pieces)))


def lay_under(_: Grid, pieces: Sequence[Segment]) -> Grid | None:
    """Stack pieces of one size, the last uppermost. None for different sizes."""
    return _stack(pieces)


def lay_common(_: Grid, pieces: Sequence[Segment]) -> Grid | None:
    """Keep the cells where all pieces have content, in the colours of the first. None for different sizes."""
    counts = _count_content(pieces)
    if counts is None:
        return None
    common: Grid = pieces[0].cells * (counts == len(pieces))
    return common


def lay_single(_: Grid, pieces: Sequence[Segment]) -> Grid | None:
    """Keep the cells where exactly one piece has content. None for different sizes."""
    counts, stack = _count_content(pieces), _stack(pieces)
    if counts is None or stack is None:
        return None
    single: Grid = stack * (counts == 1)
    return single


def lay_counts(_: Grid, pieces: Sequence[Segment]) -> Grid | None:
    """Count the pieces with content at each cell, as a colour up to 9. None for different sizes."""
    counts = _count_content(pieces)
    return None if counts is None else np.minimum(counts, 9)


def lay_scaled(_: Grid, pieces: Sequence[Segment]) -> Grid | None:
    """Scale the smaller of two pieces to the size of the larger, and keep it where the larger has content.

    None for another number of pieces, for sides that are not multiples, or for equal sizes.
    """
    if len(pieces) != 2:
        return None
    small, large = sorted((piece.cells for piece in pieces), key=lambda cells: cells.size)
    if small.size == large.size or large.shape[0] % small.shape[0] or large.shape[1] % small.shape[1]:
        return None
    factors = large.shape[0] // small.shape[0], large.shape[1] // small.shape[1]
    scaled: Grid = np.kron(small, np.ones(factors, dtype=np.uint8)) * (large != 0)
    return scaled


def join_product(source: Grid, pieces: Sequence[Segment]) -> Grid | None:
    """Put the second of two pieces in place of each content cell of the first.

    None for another number of pieces, or above 30 x 30.
    """
    if len(pieces) != 2:
        return None
    first, second = (piece.cells for piece in pieces)
    if not has_room(source, first.shape[0] * second.shape[0], first.shape[1] * second.shape[1]):
        return None
    return np.kron((first != 0).view(np.uint8), second)


def colours_in_row(source: Grid, pieces: Sequence[Segment]) -> Grid | None:
    """Draw a row with one cell a piece, in its main colour. None above 30 pieces."""
    if not has_room(source, len(pieces)):
        return None
    return np.array([[_find_main_colour(piece.cells) for piece in pieces]], dtype=np.uint8)


def colours_in_column(source: Grid, pieces: Sequence[Segment]) -> Grid | None:
    """Draw a column with one cell a piece, in its main colour. None above 30 pieces."""
    row = colours_in_row(source, pieces)
    return None if row is None else np.ascontiguousarray(row.T)


def colours_on_diagonal(source: Grid, pieces: Sequence[Segment]) -> Grid | None:
    """Draw a diagonal from the top left with one cell a piece, in its main colour. None above 30 pieces."""
    if not has_room(source, len(pieces)):
        return None
    return np.diag(np.array([_find_main_colour(piece.cells) for piece in pieces], dtype=np.uint8))


COMPOSITIONS: dict[str, Composition] = {
    name: value
    for name, value in globals().items()
    if name.startswith(("paint_", "erase_", "join_", "lay_", "colours_"))
} | {"paint": paint}
"""All compositions by name, in the order of their definition, `paint` last."""


def draw_pieces(canvas: Grid, pieces: Sequence[Segment]) -> Grid:
    """Draw each piece in place on the canvas, later ones on top, cropped at its border.

    Args:
        canvas: uint8 [row, column], changed in place.
        pieces: pieces to draw; colour 0 is transparent.

    Returns:
        The canvas.
    """
    height, width = canvas.shape
    for top, left, cells in pieces:
        target = canvas[top : top + cells.shape[0], left : left + cells.shape[1]]
        if target.size:
            visible = cells[: height - top, : width - left]
            np.copyto(target, visible, where=visible != 0)
    return canvas


def _stack(pieces: Sequence[Segment]) -> Grid | None:
    """Stack pieces of one size, the last uppermost. None for different sizes."""
    if len({piece.cells.shape for piece in pieces}) > 1:
        return None
    stack = pieces[0].cells.copy()
    for piece in pieces[1:]:
        np.copyto(stack, piece.cells, where=piece.cells != 0)
    return stack


def _count_content(pieces: Sequence[Segment]) -> Grid | None:
    """Count the pieces with content at each cell. None for different sizes."""
    if len({piece.cells.shape for piece in pieces}) > 1:
        return None
    counts: Grid = np.array([piece.cells != 0 for piece in pieces]).sum(axis=0, dtype=np.uint8)
    return counts


def _find_main_colour(cells: Grid) -> int:
    """Find the most common colour but background, the lowest of equal ones; 0 without content."""
    counts = np.bincount(cells.ravel(), minlength=2)
    counts[0] = 0
    return int(counts.argmax())
