"""From pieces to one grid again: painted where they are, laid over, beside or below each other.

Every public function here is a join: `name(source, pieces) -> Grid | None`, pure and total. `source` is the grid that
was cut; None where the pieces do not fit together so. Colour 0 is transparent.
"""

from collections.abc import Callable, Sequence

import numpy as np

from neural_guide.arc.grid import MAX_SIDE, Grid
from neural_guide.search.piece_lists.segmentation import Cut

Join = Callable[[Grid, Sequence[Cut]], Grid | None]


def paint(source: Grid, pieces: Sequence[Cut]) -> Grid | None:
    """Each piece at its place on an empty grid of the source's size, later ones on top."""
    return painted(np.zeros_like(source), pieces)


def paint_on_source(source: Grid, pieces: Sequence[Cut]) -> Grid | None:
    """Each piece at its place on the source."""
    return painted(source.copy(), pieces)


def erase_from_source(source: Grid, pieces: Sequence[Cut]) -> Grid | None:
    """The source, without what the pieces cover."""
    covered = painted(np.zeros_like(source), pieces)
    erased: Grid = source * (covered == 0)
    return erased


def join_beside(_: Grid, pieces: Sequence[Cut]) -> Grid | None:
    """Beside each other, in order. None where heights differ, or above 30 columns."""
    if len({len(piece.cells) for piece in pieces}) > 1 or sum(piece.cells.shape[1] for piece in pieces) > MAX_SIDE:
        return None
    return np.concatenate([piece.cells for piece in pieces], axis=1)


def join_below(_: Grid, pieces: Sequence[Cut]) -> Grid | None:
    """Below each other, in order. None where widths differ, or above 30 rows."""
    if len({piece.cells.shape[1] for piece in pieces}) > 1 or sum(len(piece.cells) for piece in pieces) > MAX_SIDE:
        return None
    return np.concatenate([piece.cells for piece in pieces])


def join_lattice(_: Grid, pieces: Sequence[Cut]) -> Grid | None:
    """Pieces of one size in the rows and columns that they lie in, without what was between them.

    None where a place of the lattice is empty or taken twice, or above 30 x 30.
    """
    if len({piece.cells.shape for piece in pieces}) > 1:
        return None
    height, width = pieces[0].cells.shape
    rows, columns = sorted({piece.top for piece in pieces}), sorted({piece.left for piece in pieces})
    places = {(piece.top, piece.left) for piece in pieces}
    if len(places) != len(pieces) or len(pieces) != len(rows) * len(columns):
        return None
    if max(height * len(rows), width * len(columns)) > MAX_SIDE:
        return None
    joined = np.empty((height * len(rows), width * len(columns)), dtype=np.uint8)
    for piece in pieces:
        top, left = rows.index(piece.top) * height, columns.index(piece.left) * width
        joined[top : top + height, left : left + width] = piece.cells
    return joined


def lay_over(_: Grid, pieces: Sequence[Cut]) -> Grid | None:
    """Pieces of one size on top of each other, the first uppermost. None where sizes differ."""
    return _laid(list(reversed(pieces)))


def lay_under(_: Grid, pieces: Sequence[Cut]) -> Grid | None:
    """Pieces of one size on top of each other, the last uppermost. None where sizes differ."""
    return _laid(pieces)


def lay_common(_: Grid, pieces: Sequence[Cut]) -> Grid | None:
    """Of pieces of one size, the cells where all have content, in the colours of the first. None where sizes differ."""
    counts = _content_counts(pieces)
    if counts is None:
        return None
    common: Grid = pieces[0].cells * (counts == len(pieces))
    return common


def lay_single(_: Grid, pieces: Sequence[Cut]) -> Grid | None:
    """Of pieces of one size, the cells where just one has content. None where sizes differ."""
    counts, laid = _content_counts(pieces), _laid(pieces)
    if counts is None or laid is None:
        return None
    single: Grid = laid * (counts == 1)
    return single


def lay_counts(_: Grid, pieces: Sequence[Cut]) -> Grid | None:
    """Of pieces of one size, how many have content at each cell, as a colour up to 9. None where sizes differ."""
    counts = _content_counts(pieces)
    return None if counts is None else np.minimum(counts, 9)


def lay_scaled(_: Grid, pieces: Sequence[Cut]) -> Grid | None:
    """Of two pieces, the smaller one scaled to the size of the other, where that has content.

    None where sides are no multiples, or sizes are equal.
    """
    if len(pieces) != 2:
        return None
    small, large = sorted((piece.cells for piece in pieces), key=lambda cells: cells.size)
    if small.size == large.size or large.shape[0] % small.shape[0] or large.shape[1] % small.shape[1]:
        return None
    factors = large.shape[0] // small.shape[0], large.shape[1] // small.shape[1]
    scaled: Grid = np.kron(small, np.ones(factors, dtype=np.uint8)) * (large != 0)
    return scaled


def join_product(_: Grid, pieces: Sequence[Cut]) -> Grid | None:
    """Of two pieces, the second in place of each cell of content of the first. None above 30 x 30."""
    if len(pieces) != 2:
        return None
    first, second = (piece.cells for piece in pieces)
    if max(first.shape[0] * second.shape[0], first.shape[1] * second.shape[1]) > MAX_SIDE:
        return None
    return np.kron((first != 0).view(np.uint8), second)


def colours_in_row(_: Grid, pieces: Sequence[Cut]) -> Grid | None:
    """A cell for each piece in its main colour, beside each other. None above 30 pieces."""
    if len(pieces) > MAX_SIDE:
        return None
    return np.array([[_main(piece.cells) for piece in pieces]], dtype=np.uint8)


def colours_in_column(source: Grid, pieces: Sequence[Cut]) -> Grid | None:
    """A cell for each piece in its main colour, below each other. None above 30 pieces."""
    row = colours_in_row(source, pieces)
    return None if row is None else np.ascontiguousarray(row.T)


def colours_on_diagonal(_: Grid, pieces: Sequence[Cut]) -> Grid | None:
    """A square with a cell for each piece, in its main colour, down the diagonal. None above 30 pieces."""
    if len(pieces) > MAX_SIDE:
        return None
    return np.diag(np.array([_main(piece.cells) for piece in pieces], dtype=np.uint8))


JOINS: dict[str, Join] = {
    name: value
    for name, value in globals().items()
    if name.startswith(("paint_", "erase_", "join_", "lay_", "colours_"))
} | {"paint": paint}
"""Every join by name."""


def painted(canvas: Grid, pieces: Sequence[Cut]) -> Grid:
    """The canvas with each piece at its place, later ones on top; what reaches beyond it is cut off. Changes it."""
    height, width = canvas.shape
    for top, left, cells in pieces:
        part = canvas[top : top + cells.shape[0], left : left + cells.shape[1]]
        if part.size:
            shown = cells[: height - top, : width - left]
            np.copyto(part, shown, where=shown != 0)
    return canvas


def _laid(pieces: Sequence[Cut]) -> Grid | None:
    if len({piece.cells.shape for piece in pieces}) > 1:
        return None
    laid = pieces[0].cells.copy()
    for piece in pieces[1:]:
        np.copyto(laid, piece.cells, where=piece.cells != 0)
    return laid


def _content_counts(pieces: Sequence[Cut]) -> Grid | None:
    if len({piece.cells.shape for piece in pieces}) > 1:
        return None
    counts: Grid = np.array([piece.cells != 0 for piece in pieces]).sum(axis=0, dtype=np.uint8)
    return counts


def _main(cells: Grid) -> int:
    counts = np.bincount(cells.ravel(), minlength=2)
    counts[0] = 0
    return int(counts.argmax())
