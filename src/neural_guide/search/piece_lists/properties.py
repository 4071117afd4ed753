"""What pieces are told apart by: a number each, that says how large, how regular, how rare a piece is, or where."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from neural_guide.arc.grid import COLOURS, Grid


class Facts(NamedTuple):
    """What is worked out once for the cells of a piece."""

    height: int
    width: int
    content: int  # cells that are not background
    colours: int  # different ones, background left out
    main: int  # the most common colour but background, the lowest of equal ones; 0 where there is none
    minor: int  # cells of content in other colours than that
    mirrors: int  # of the two mirror images, how many are the piece itself
    diagonal: bool  # whether it is its own transpose
    holes: int  # connected background that content encloses
    parts: int  # connected content, corners join
    outline: bytes  # which cells have content, row by row
    cells: bytes


class Placed(NamedTuple):
    """A piece in its list: where it is, and the facts of its cells."""

    top: int
    left: int
    facts: Facts


Trait = Callable[[Sequence[Placed]], list[int]]


def facts_of(grid: Grid) -> Facts:
    """The facts of a piece's cells."""
    cells = grid.tobytes()
    counts = [cells.count(colour) for colour in range(COLOURS)]
    content = len(cells) - counts[0]
    main = max(range(1, COLOURS), key=counts.__getitem__) if content else 0
    mask = (grid != 0).view(np.uint8)
    around = cv2.copyMakeBorder(1 - mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    height, width = grid.shape
    return Facts(
        height,
        width,
        content,
        sum(map(bool, counts[1:])),
        main,
        content - (counts[main] if content else 0),
        int(grid[:, ::-1].tobytes() == cells) + int(grid[::-1].tobytes() == cells),
        height == width and grid.T.tobytes() == cells,
        int(cv2.connectedComponents(around, connectivity=4)[0]) - 2,
        int(cv2.connectedComponents(mask, connectivity=8)[0]) - 1,
        mask.tobytes(),
        cells,
    )


def content(pieces: Sequence[Placed]) -> list[int]:
    """Cells that are not background."""
    return [piece.facts.content for piece in pieces]


def area(pieces: Sequence[Placed]) -> list[int]:
    """Cells of the rectangle."""
    return [piece.facts.height * piece.facts.width for piece in pieces]


def height(pieces: Sequence[Placed]) -> list[int]:
    """Rows."""
    return [piece.facts.height for piece in pieces]


def width(pieces: Sequence[Placed]) -> list[int]:
    """Columns."""
    return [piece.facts.width for piece in pieces]


def gaps(pieces: Sequence[Placed]) -> list[int]:
    """Background cells of the rectangle."""
    return [piece.facts.height * piece.facts.width - piece.facts.content for piece in pieces]


def colours(pieces: Sequence[Placed]) -> list[int]:
    """Different colours."""
    return [piece.facts.colours for piece in pieces]


def main_colour(pieces: Sequence[Placed]) -> list[int]:
    """The most common colour."""
    return [piece.facts.main for piece in pieces]


def minor_cells(pieces: Sequence[Placed]) -> list[int]:
    """Cells of content that are not of the most common colour."""
    return [piece.facts.minor for piece in pieces]


def holes(pieces: Sequence[Placed]) -> list[int]:
    """Connected background that content encloses."""
    return [piece.facts.holes for piece in pieces]


def parts(pieces: Sequence[Placed]) -> list[int]:
    """Connected content, corners join."""
    return [piece.facts.parts for piece in pieces]


def mirrored(pieces: Sequence[Placed]) -> list[int]:
    """0 to 2: the mirror images that are the piece itself."""
    return [piece.facts.mirrors for piece in pieces]


def symmetric(pieces: Sequence[Placed]) -> list[int]:
    """Whether any mirror image or the transpose is the piece itself."""
    return [int(piece.facts.mirrors > 0 or piece.facts.diagonal) for piece in pieces]


def square(pieces: Sequence[Placed]) -> list[int]:
    """Whether as high as wide."""
    return [int(piece.facts.height == piece.facts.width) for piece in pieces]


def top(pieces: Sequence[Placed]) -> list[int]:
    """The first row."""
    return [piece.top for piece in pieces]


def left(pieces: Sequence[Placed]) -> list[int]:
    """The first column."""
    return [piece.left for piece in pieces]


def bottom(pieces: Sequence[Placed]) -> list[int]:
    """The last row."""
    return [piece.top + piece.facts.height for piece in pieces]


def right(pieces: Sequence[Placed]) -> list[int]:
    """The last column."""
    return [piece.left + piece.facts.width for piece in pieces]


def copies(pieces: Sequence[Placed]) -> list[int]:
    """How many pieces have just these cells."""
    return _counted([(piece.facts.width, piece.facts.cells) for piece in pieces])


def like_outlines(pieces: Sequence[Placed]) -> list[int]:
    """How many pieces have this outline, whatever their colours."""
    return _counted([(piece.facts.width, piece.facts.outline) for piece in pieces])


def like_colours(pieces: Sequence[Placed]) -> list[int]:
    """How many pieces have this main colour."""
    return _counted([piece.facts.main for piece in pieces])


def like_sizes(pieces: Sequence[Placed]) -> list[int]:
    """How many pieces have this many cells of content."""
    return _counted([piece.facts.content for piece in pieces])


def _counted(kinds: Sequence[object]) -> list[int]:
    counts = Counter(kinds)
    return [counts[kind] for kind in kinds]


TRAITS: dict[str, Trait] = {
    trait.__name__: trait
    for trait in (
        *(content, area, height, width, gaps, colours, main_colour, minor_cells, holes, parts, mirrored, symmetric),
        *(square, top, left, bottom, right, copies, like_outlines, like_colours, like_sizes),
    )
}
"""Every trait by name."""
