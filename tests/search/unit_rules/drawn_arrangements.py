"""Drawn examples of outputs of several units: a grid, and the units that are laid in an order."""

from typing import NamedTuple

from neural_guide.search.unit_rules.arguments import Argument


class DrawnArrangement(NamedTuple):
    """An example of an arrangement.

    Attributes:
        verb: verb of the action of the units that are laid.
        arguments: its arguments: part, order, sense, rows and columns of the output, or 0.
        kind: kind of the units.
        drawing: input and output, side by side.
        laid: indices of the units that are laid, in reading order of the units.
    """

    verb: str
    arguments: tuple[Argument, ...]
    kind: str
    drawing: str
    laid: tuple[int, ...]

    @property
    def id(self) -> str:
        """Name of the example."""
        return " ".join([self.verb, *map(str, self.arguments)])


ARRANGEMENTS = [
    DrawnArrangement("lay beside", ("colour", "size", "up", 0, 0), "object", "1 1 1 . 2 . 3 3 | 2 3 1", (0, 1, 2)),
    DrawnArrangement("lay beside", ("colour", "size", "down", 0, 0), "object", "1 1 1 . 2 . 3 3 | 1 3", (0, 2)),
    DrawnArrangement("lay beside", ("colour", "left", "up", 1, 4), "object", "1 1 . 2 . 1 | 1 1 . .", (0, 2)),
    DrawnArrangement(
        "lay beside",
        ("cells", "left", "down", 0, 0),
        "object",
        """
        . 1 . 2 2 | 2 2 . 1
        1 . . 2 . | 2 . 1 .
        """,
        (0, 1),
    ),
    DrawnArrangement(
        "lay beside",
        ("box", "width", "up", 0, 0),
        "shape",
        """
        1 1 1 . 2 2 | 2 2 1 1 1
        1 3 1 . 2 . | 2 . 1 3 1
        """,
        (0, 1),
    ),
    DrawnArrangement(
        "lay below",
        ("cells", "height", "up", 0, 0),
        "object",
        """
        1 . . . . | 2 2
        1 1 . 2 2 | 1 .
        . . . . . | 1 1
        """,
        (0, 1),
    ),
    DrawnArrangement(
        "lay below",
        ("colour", "top", "down", 0, 0),
        "object",
        """
        1 . . | 3
        . . 2 | 2
        3 . . | 1
        """,
        (0, 1, 2),
    ),
    DrawnArrangement(
        "lay diagonally",
        ("colour", "size", "down", 0, 0),
        "object",
        """
        1 . 2 2 | 2 .
        . . . . | . 1
        """,
        (0, 1),
    ),
    DrawnArrangement(
        "lay diagonally",
        ("colour", "left", "up", 3, 3),
        "object",
        """
        1 . 2 2 | 1 . .
        . . . . | . 2 .
        . . . . | . . .
        """,
        (0, 1),
    ),
    DrawnArrangement(
        "lay in rows",
        ("colour", "left", "up", 2, 3),
        "object",
        """
        1 . 2 . 3 . 4 | 1 2 3
        . . . . . . . | 4 . .
        """,
        (0, 1, 2, 3),
    ),
    DrawnArrangement(
        "lay beside",
        ("cells", "left", "up", 0, 0),
        "object",
        """
        1 . 1 . 2 | 1 2
        . . 1 . 2 | 1 2
        """,
        (1, 2),
    ),
    DrawnArrangement(
        "lay beside",
        ("colour", "left", "up", 1, 3),
        "panel",
        """
        . 5 1 5 . 5 2 | 1 2 .
        . 5 . 5 . 5 2 |
        """,
        (1, 3),
    ),
]

UNREACHABLE = [
    DrawnArrangement("lay beside", ("colour", "left", "up", 0, 0), "object", "1 . 2 | 2 1", ()),
    DrawnArrangement("lay beside", ("colour", "left", "up", 0, 0), "object", "1 . 2 | 1 3", ()),
    DrawnArrangement("lay beside", ("colour", "left", "up", 0, 0), "object", "1 . 2 | 1 2 1", ()),
    DrawnArrangement("lay beside", ("colour", "left", "up", 1, 2), "object", "1 . 2 | . 2", ()),
    DrawnArrangement(
        "lay beside",
        ("cells", "left", "up", 0, 0),
        "object",
        """
        1 . 2 | 1 2
        1 . . | 1 .
        """,
        (),
    ),
    DrawnArrangement(
        "lay diagonally",
        ("colour", "left", "up", 0, 0),
        "object",
        """
        1 . 2 | 1 2
        . . . | . 2
        """,
        (),
    ),
]
"""Outputs that no units make in this way."""
