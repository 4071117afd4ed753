"""Properties of pieces: one integer a piece for its size, regularity, rarity or position.

The functions in `PROPERTIES` map the pieces of a list to one number each. Their names are parts of the names of program
steps, such as `take_most_holes`.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from neural_guide.arc.grid import COLOURS, Grid


class Measurements(NamedTuple):
    """Measurements of the cells of a piece, computed once for each different grid."""

    height: int
    width: int
    content: int  # cells that are not background
    colours: int  # different colours, background left out
    main: int  # the most common colour but background, the lowest of equal ones; 0 without content
    minor: int  # content cells in other colours than `main`
    mirrors: int  # 0 to 2: mirror images that equal the piece
    diagonal: bool  # whether the piece equals its transpose
    holes: int  # connected background parts that content encloses
    parts: int  # connected content parts, joined by sides and corners
    outline: bytes  # 1 for content and 0 for background, row by row
    cells: bytes


class PlacedPiece(NamedTuple):
    """A piece in its list: its upper left corner in the source grid, and the measurements of its cells."""

    top: int
    left: int
    measurements: Measurements


Property = Callable[[Sequence[PlacedPiece]], list[int]]
"""Function from the pieces of a list to one number each."""


def measure(grid: Grid) -> Measurements:
    """Measure the cells of a piece."""
    cells = grid.tobytes()
    counts = [cells.count(colour) for colour in range(COLOURS)]
    content = len(cells) - counts[0]
    main = max(range(1, COLOURS), key=counts.__getitem__) if content else 0
    mask = (grid != 0).view(np.uint8)
    framed_background = cv2.copyMakeBorder(1 - mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    height, width = grid.shape
    return Measurements(
        height=height,
        width=width,
        content=content,
        colours=sum(map(bool, counts[1:])),
        main=main,
        minor=content - (counts[main] if content else 0),
        mirrors=int(grid[:, ::-1].tobytes() == cells) + int(grid[::-1].tobytes() == cells),
        diagonal=height == width and grid.T.tobytes() == cells,
        holes=int(cv2.connectedComponents(framed_background, connectivity=4)[0]) - 2,
        parts=int(cv2.connectedComponents(mask, connectivity=8)[0]) - 1,
        outline=mask.tobytes(),
        cells=cells,
    )


def content(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Count the cells that are not background."""
    return [piece.measurements.content for piece in pieces]


def area(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Count the cells of the bounding box."""
    return [piece.measurements.height * piece.measurements.width for piece in pieces]


def height(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Count the rows."""
    return [piece.measurements.height for piece in pieces]


def width(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Count the columns."""
    return [piece.measurements.width for piece in pieces]


def gaps(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Count the background cells of the bounding box."""
    return [piece.measurements.height * piece.measurements.width - piece.measurements.content for piece in pieces]


def colours(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Count the different colours, background left out."""
    return [piece.measurements.colours for piece in pieces]


def main_colour(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Find the most common colour, background left out; 0 without content."""
    return [piece.measurements.main for piece in pieces]


def minor_cells(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Count the content cells in other colours than the most common one."""
    return [piece.measurements.minor for piece in pieces]


def holes(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Count the connected background parts that content encloses."""
    return [piece.measurements.holes for piece in pieces]


def parts(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Count the connected content parts, joined by sides and corners."""
    return [piece.measurements.parts for piece in pieces]


def mirrored(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Count the mirror images that equal the piece, 0 to 2."""
    return [piece.measurements.mirrors for piece in pieces]


def symmetric(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Return 1 if a mirror image or the transpose equals the piece, else 0."""
    return [int(piece.measurements.mirrors > 0 or piece.measurements.diagonal) for piece in pieces]


def square(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Return 1 if height equals width, else 0."""
    return [int(piece.measurements.height == piece.measurements.width) for piece in pieces]


def top(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Return the first row."""
    return [piece.top for piece in pieces]


def left(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Return the first column."""
    return [piece.left for piece in pieces]


def bottom(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Return the row after the last one."""
    return [piece.top + piece.measurements.height for piece in pieces]


def right(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Return the column after the last one."""
    return [piece.left + piece.measurements.width for piece in pieces]


def copies(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Count the pieces with the same cells."""
    return _count_equal([(piece.measurements.width, piece.measurements.cells) for piece in pieces])


def like_outlines(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Count the pieces with the same outline, in any colours."""
    return _count_equal([(piece.measurements.width, piece.measurements.outline) for piece in pieces])


def like_colours(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Count the pieces with the same main colour."""
    return _count_equal([piece.measurements.main for piece in pieces])


def like_sizes(pieces: Sequence[PlacedPiece]) -> list[int]:
    """Count the pieces with the same number of content cells."""
    return _count_equal([piece.measurements.content for piece in pieces])


def _count_equal(keys: Sequence[object]) -> list[int]:
    """Count for each key how often it occurs."""
    counts = Counter(keys)
    return [counts[key] for key in keys]


PROPERTIES: dict[str, Property] = {
    function.__name__: function
    for function in (
        *(content, area, height, width, gaps, colours, main_colour, minor_cells, holes, parts, mirrored, symmetric),
        *(square, top, left, bottom, right, copies, like_outlines, like_colours, like_sizes),
    )
}
"""All properties by name."""
