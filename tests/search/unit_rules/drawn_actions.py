"""Drawn examples of actions: a grid before and after one unit has done the action and all others are kept."""

from typing import NamedTuple

from neural_guide.search.unit_rules.arguments import Argument


class DrawnAction(NamedTuple):
    """An example of an action.

    Attributes:
        verb: verb of the action.
        arguments: its arguments.
        kind: kind of the units.
        drawing: grids before and after, side by side; of an output that is a unit, the unit at the right.
        unit: index of the unit in reading order.
    """

    verb: str
    arguments: tuple[Argument, ...]
    kind: str
    drawing: str
    unit: int = 0

    @property
    def id(self) -> str:
        """Name of the example."""
        return " ".join([self.verb, *map(str, self.arguments)])


IN_PLACE = [
    DrawnAction("keep", (), "object", "1 . 2 | 1 . 2"),
    DrawnAction("remove", (), "object", "1 . 2 | . . 2"),
    DrawnAction(
        "ray through box",
        ("to both sides", 4),
        "object",
        """
        . . 1 1 1 . | . . 1 1 1 .
        . . 1 . 1 . | 4 4 1 4 1 4
        . . 1 1 1 . | . . 1 1 1 .
        """,
    ),
    DrawnAction(
        "mark edge",
        ("largest",),
        "object",
        """
        . 4 . . | . 4 . .
        . . . . | . . . .
        2 2 2 . | 2 4 2 .
        2 2 2 . | 2 2 2 .
        """,
    ),
    DrawnAction(
        "move to edge",
        ("nearest",),
        "object",
        """
        4 . . . | . . . .
        . . . . | . . . .
        . 2 2 . | . 4 2 .
        . 2 2 . | . 2 2 .
        """,
    ),
    DrawnAction("recolour", (4,), "object", "1 1 . 2 | 4 4 . 2"),
    DrawnAction("recolour", ("colour of nearest",), "object", "1 1 . 2 | 2 2 . 2"),
    DrawnAction(
        "recolour outline",
        (4,),
        "object",
        """
        1 1 1 . | 4 4 4 .
        1 1 1 . | 4 1 4 .
        1 1 1 . | 4 4 4 .
        """,
    ),
    DrawnAction(
        "recolour outline",
        ("colour of same shape",),
        "object",
        """
        1 1 1 . 2 2 2 | 2 2 2 . 2 2 2
        1 1 1 . 2 2 2 | 2 1 2 . 2 2 2
        1 1 1 . 2 2 2 | 2 2 2 . 2 2 2
        """,
    ),
    DrawnAction(
        "recolour interior",
        (4,),
        "object",
        """
        1 1 1 . | 1 1 1 .
        1 1 1 . | 1 4 1 .
        1 1 1 . | 1 1 1 .
        """,
    ),
    DrawnAction(
        "hollow",
        (),
        "object",
        """
        1 1 1 . | 1 1 1 .
        1 1 1 . | 1 . 1 .
        1 1 1 . | 1 1 1 .
        """,
    ),
    DrawnAction(
        "swap colours",
        (),
        "object",
        """
        1 2 . 1 | 2 1 . 1
        1 . . . | 2 . . .
        """,
    ),
    DrawnAction(
        "swap colours",
        (),
        "panel",
        """
        1 . 5 . . | 2 . 5 . .
        1 2 5 . 1 | 2 1 5 . 1
        """,
    ),
    DrawnAction(
        "fill holes",
        (4,),
        "shape",
        """
        1 1 1 . . | 1 1 1 . .
        1 . 1 . . | 1 4 1 . .
        1 1 1 1 . | 1 1 1 1 .
        """,
    ),
    DrawnAction(
        "fill box",
        (4,),
        "object",
        """
        1 . . | 1 4 .
        1 1 . | 1 1 .
        """,
    ),
    DrawnAction(
        "recolour centre",
        (4,),
        "object",
        """
        1 1 1 . | 1 1 1 .
        1 1 1 . | 1 4 1 .
        1 1 1 . | 1 1 1 .
        """,
    ),
    DrawnAction("recolour centre", (4,), "object", "1 1 1 1 . | 1 4 4 1 ."),
    DrawnAction(
        "cover box",
        (4,),
        "shape",
        """
        1 1 . | 4 4 .
        1 2 . | 4 4 .
        1 . . | 4 4 .
        """,
    ),
]

MOTION = [
    DrawnAction(
        "move by",
        (1, 2),
        "object",
        """
        1 1 . . . | . . . . .
        . 1 . . 2 | . . 1 1 2
        . . . . . | . . . 1 .
        """,
    ),
    DrawnAction("move until stopped", ("right",), "object", "1 . . 2 | . . 1 2"),
    DrawnAction(
        "move until stopped",
        ("down",),
        "object",
        """
        1 . | . .
        . . | . .
        . 2 | 1 2
        """,
    ),
    DrawnAction("move until stopped", ("direction to nearest",), "object", ". 1 . . 2 | . . . 1 2"),
    DrawnAction("move until touching", ("right",), "object", "1 . . 2 . | . . 1 2 ."),
    DrawnAction("move to border", ("right",), "object", "1 . 2 . | . . 2 1"),
    DrawnAction(
        "move to border",
        ("down right",),
        "object",
        """
        1 . . | . . .
        . . . | . 1 .
        """,
    ),
    DrawnAction("move by own size", ("right",), "object", "1 1 . . . | . . 1 1 ."),
    DrawnAction(
        "move by own size",
        ("down",),
        "object",
        """
        1 1 . | . . .
        . . . | 1 1 .
        """,
    ),
    DrawnAction(
        "move to centre",
        (),
        "object",
        """
        . . . . | . . . .
        1 1 . 2 | . 1 1 2
        . . . . | . . . .
        """,
    ),
    DrawnAction(
        "move in line",
        ("top", "nearest"),
        "object",
        """
        . . . 2 | . 1 . 2
        . . . 2 | . 1 . 2
        . 1 . . | . . . .
        . 1 . . | . . . .
        """,
        unit=1,
    ),
    DrawnAction(
        "move in line",
        ("bottom", "nearest"),
        "object",
        """
        1 . 2 | . . 2
        . . 2 | 1 . 2
        """,
    ),
    DrawnAction(
        "move in line",
        ("left", 3),
        "object",
        """
        1 1 . . | . . 1 1
        . . . . | . . . .
        . . 3 . | . . 3 .
        2 . . . | 2 . . .
        """,
    ),
    DrawnAction(
        "move in line",
        ("right", "largest"),
        "object",
        """
        1 . . . . | . . . 1 .
        . . 2 2 . | . . 2 2 .
        """,
    ),
    DrawnAction("move onto", ("largest",), "object", "1 . 2 2 2 | . . 2 1 2"),
    DrawnAction("move onto", (3,), "object", "2 . 3 . 1 1 1 | 2 1 1 1 . . .", unit=2),
    DrawnAction(
        "move to rank",
        ("down", "size", "rising"),
        "object",
        """
        1 1 . . | . . . .
        . . . . | . . . .
        . . . 2 | 1 1 . 2
        """,
    ),
    DrawnAction(
        "move to rank",
        ("right", "height", "falling"),
        "object",
        """
        . . . 2 | . . . 2
        . . . 2 | . . . 2
        1 . . . | . . . 1
        """,
        unit=1,
    ),
    DrawnAction(
        "move to rank",
        ("right", "width", "rising"),
        "object",
        """
        1 1 1 . . . . | . . . . 1 1 1
        . . . . . . . | . . . . . . .
        . 2 . . 3 3 . | . 2 . . 3 3 .
        """,
    ),
]

GROWTH = [
    DrawnAction("ray", ("right", 4), "object", "1 . . 2 . | 1 4 4 2 ."),
    DrawnAction(
        "ray",
        ("down right", "own colour"),
        "object",
        """
        1 . . | 1 . .
        . . . | . 1 .
        . . . | . . 1
        """,
    ),
    DrawnAction(
        "ray",
        ("to both sides", 4),
        "object",
        """
        . . . | . . .
        . 1 . | 4 1 4
        . . . | . . .
        """,
    ),
    DrawnAction(
        "ray",
        ("up and down", 4),
        "object",
        """
        . . . | . 4 .
        . 1 . | . 1 .
        . . . | . 4 .
        """,
    ),
    DrawnAction(
        "ray",
        ("four ways", 4),
        "object",
        """
        . . . | . 4 .
        . 1 . | 4 1 4
        . . . | . 4 .
        """,
    ),
    DrawnAction(
        "ray",
        ("four diagonals", 4),
        "object",
        """
        . . . | 4 . 4
        . 1 . | . 1 .
        . . . | 4 . 4
        """,
    ),
    DrawnAction(
        "ray",
        ("eight ways", 4),
        "object",
        """
        . . . | 4 4 4
        . 1 . | 4 1 4
        . . . | 4 4 4
        """,
    ),
    DrawnAction("ray behind", ("right", 4), "object", "1 . 2 . | 1 4 2 4"),
    DrawnAction("ray over", ("right", 4), "object", "1 . 2 . | 1 4 4 4"),
    DrawnAction(
        "halo",
        ("around", 4),
        "object",
        """
        . . . . | 4 4 4 .
        . 1 . . | 4 1 4 .
        . . . 2 | 4 4 4 2
        """,
    ),
    DrawnAction(
        "halo",
        ("at its sides", 4),
        "object",
        """
        . . . | . 4 .
        . 1 . | 4 1 4
        . . . | . 4 .
        """,
    ),
    DrawnAction(
        "halo",
        ("at its corners", 4),
        "object",
        """
        . . . | 4 . 4
        . 1 . | . 1 .
        . . . | 4 . 4
        """,
    ),
    DrawnAction(
        "halo",
        ("around", 4),
        "gap",
        """
        . 1 | . 1
        1 . | 1 4
        """,
    ),
    DrawnAction(
        "frame box",
        (4,),
        "object",
        """
        . . . . . | 4 4 4 4 .
        . 1 . . . | 4 1 . 4 .
        . 1 1 . . | 4 1 1 4 .
        . . . . . | 4 4 4 4 .
        """,
    ),
    DrawnAction(
        "connect",
        (4,),
        "object",
        """
        1 . 2 | 1 4 2
        . . . | 4 . .
        1 . 3 | 1 . 3
        """,
    ),
    DrawnAction(
        "connect",
        (4,),
        "shape",
        """
        1 1 1 1 | 1 1 1 1
        1 . . . | 1 . . .
        1 . 2 . | 1 . 2 .
        """,
    ),
    DrawnAction(
        "connect alike",
        (4,),
        "object",
        """
        1 . 2 | 1 . 2
        . . . | 4 . .
        1 . 3 | 1 . 3
        """,
    ),
    DrawnAction(
        "ray from middle",
        ("four ways", 4),
        "object",
        """
        . . . . . | . . 4 . .
        . 1 1 1 . | . 1 1 1 .
        . 1 . 1 . | 4 1 . 1 4
        . 1 1 1 . | . 1 1 1 .
        . . . . . | . . 4 . .
        """,
    ),
    DrawnAction("ray from middle", ("to both sides", 4), "object", ". 1 . 2 . | 4 1 4 2 4"),
    DrawnAction("mark halfway", (4,), "object", "1 . . . 1 . . . 2 | 1 . 4 . 1 . . . 2"),
    DrawnAction("mark halfway", (4,), "object", "1 . 2 . 1 | 1 . 2 . 1"),
    DrawnAction(
        "mark halfway",
        (4,),
        "object",
        """
        1 1 1 . 1 1 | 1 1 1 . 1 1
        . . . . . . | . 4 . . . .
        1 1 1 . . . | 1 1 1 . . .
        """,
    ),
]

COPIES = [
    DrawnAction(
        "turn",
        ("left to right",),
        "object",
        """
        1 2 . | 2 1 .
        3 . . | . 3 .
        """,
    ),
    DrawnAction(
        "turn",
        ("upside down",),
        "object",
        """
        1 2 . | 3 . .
        3 . . | 1 2 .
        """,
    ),
    DrawnAction(
        "turn",
        ("half round",),
        "object",
        """
        1 2 . | . 3 .
        3 . . | 2 1 .
        """,
    ),
    DrawnAction(
        "turn",
        ("across the diagonal",),
        "object",
        """
        1 2 . | 1 3 .
        3 . . | 2 . .
        """,
    ),
    DrawnAction(
        "turn",
        ("a quarter right",),
        "object",
        """
        1 2 . | 3 1 .
        3 . . | . 2 .
        """,
    ),
    DrawnAction(
        "turn",
        ("a quarter left",),
        "object",
        """
        1 2 . | 2 . .
        3 . . | 1 3 .
        """,
    ),
    DrawnAction(
        "complete",
        ("left to right",),
        "object",
        """
        1 2 . | 1 2 .
        . 2 . | 2 2 .
        """,
    ),
    DrawnAction(
        "complete",
        ("upside down",),
        "object",
        """
        1 2 . | 1 2 .
        . 2 . | 1 2 .
        """,
    ),
    DrawnAction("mirror beside", ("right",), "object", "1 2 . . . | 1 2 2 1 ."),
    DrawnAction(
        "mirror beside",
        ("down",),
        "object",
        """
        1 2 . | 1 2 .
        3 . . | 3 . .
        . . . | 3 . .
        . . . | 1 2 .
        """,
    ),
    DrawnAction("copy beside", ("right", 1, "own colours"), "object", "1 2 . . . . | 1 2 . 1 2 ."),
    DrawnAction("copy beside", ("direction to touched", 1, "colour of touched"), "shape", "1 2 . . | 1 2 2 ."),
    DrawnAction(
        "repeat",
        ("down right", 1, "colour of nearest"),
        "shape",
        """
        1 . . . . 4 | 1 . . . . 4
        . . . . . . | . . . . . .
        . . . . . . | . . 4 . . .
        . . . . . . | . . . . . .
        . . . . . . | . . . . 4 .
        """,
    ),
    DrawnAction(
        "mirror about",
        ("nearest", "half round"),
        "shape",
        """
        1 1 . . . | 1 1 . . .
        . . 2 . . | . . 2 . .
        . . . . . | . . . 1 1
        """,
    ),
    DrawnAction("mirror about", (2, "left to right"), "shape", "1 3 2 . . | 1 3 2 . 1"),
    DrawnAction("copy beside", ("left", 0, "own colours"), "object", ". . 1 2 . | 1 2 1 2 ."),
    DrawnAction("repeat", ("right", 0, "own colours"), "object", "1 2 . . . | 1 2 1 2 1"),
    DrawnAction(
        "repeat",
        ("down", 1, "own colours"),
        "object",
        """
        1 . | 1 .
        . . | . .
        . . | 1 .
        . . | . .
        . . | 1 .
        """,
    ),
    DrawnAction("mirror across", ("left to right",), "object", "1 2 . . . 3 | 1 2 . . 2 1"),
    DrawnAction(
        "mirror across",
        ("upside down",),
        "object",
        """
        1 2 . | 1 2 .
        . . . | . . .
        . . . | 1 2 .
        """,
    ),
    DrawnAction(
        "stamp",
        ("largest", "own colours"),
        "object",
        """
        . . . . . 2 . | . 2 . . . 2 .
        . 1 . . 2 3 2 | 2 3 2 . 2 3 2
        . . . . . 2 . | . 2 . . . 2 .
        """,
        unit=1,
    ),
    DrawnAction(
        "stamp",
        ("largest", "own colour"),
        "object",
        """
        . . . . . 2 . | . 1 . . . 2 .
        . 1 . . 2 3 2 | 1 1 1 . 2 3 2
        . . . . . 2 . | . 1 . . . 2 .
        """,
        unit=1,
    ),
    DrawnAction("stamp", ("most colourful", "own colours"), "object", ". 1 . 2 3 2 . 4 4 4 4 | 2 3 2 2 3 2 . 4 4 4 4"),
    DrawnAction("stamp", ("nearest", "own colours"), "object", ". 1 . 2 2 2 . 3 3 3 3 3 | 2 2 2 2 2 2 . 3 3 3 3 3"),
    DrawnAction("stamp", ("touched", "own colours"), "shape", ". 1 2 2 2 . 3 | 2 2 2 2 2 . 3"),
    DrawnAction("stamp", ("smallest", "own colours"), "object", "1 1 1 . 2 | 1 2 1 . 2"),
    DrawnAction("stamp", ("nearest of another colour", "own colours"), "object", ". 1 . 1 . 2 2 2 | 2 2 2 1 . 2 2 2"),
    DrawnAction("stamp", (3, "own colours"), "object", ". 1 . 2 . 3 3 3 | 3 3 3 2 . 3 3 3"),
    DrawnAction(
        "stamp",
        ("container", "own colours"),
        "shape",
        """
        1 1 1 1 1 . | 1 1 1 1 1 1
        1 . . 2 1 . | 1 1 . 2 1 1
        1 1 1 1 1 . | 1 1 1 1 1 1
        """,
        unit=1,
    ),
]

ACTIONS = IN_PLACE + MOTION + GROWTH + COPIES

TAKING = [
    DrawnAction(
        "take",
        (),
        "shape",
        """
        1 1 . | 1 1
        1 2 . | 1 .
        """,
    ),
    DrawnAction(
        "take box",
        (),
        "shape",
        """
        1 1 . | 1 1
        1 2 . | 1 2
        """,
    ),
    DrawnAction(
        "take interior",
        (),
        "shape",
        """
        1 1 1 1 | 2 .
        1 2 . 1 |
        1 1 1 1 |
        """,
    ),
    DrawnAction("take mirrored", (), "object", "1 2 . 3 | 2 1"),
    DrawnAction(
        "take upside down",
        (),
        "object",
        """
        1 2 . | 3 .
        3 . . | 1 2
        """,
    ),
    DrawnAction("take colour", (), "object", "3 . 1 2 2 | 2", unit=1),
    DrawnAction(
        "take window",
        ("middle", 3, 3),
        "object",
        """
        . 3 3 3 | 3 3 3
        . 3 2 3 | 3 2 3
        . 3 3 3 | 3 3 3
        . . . . |
        """,
    ),
    DrawnAction(
        "take window",
        ("bottom right", 2, 3),
        "shape",
        """
        . 4 . . | 4 . .
        1 . . 5 | . . 5
        """,
        unit=2,
    ),
    DrawnAction(
        "take picture",
        ("80/08",),
        "whole",
        """
        1 . 3 | 8 .
        . 2 . | . 8
        """,
    ),
]

NOT_APPLICABLE = [
    DrawnAction(
        "mark edge",
        ("nearest",),
        "object",
        """
        4 4 . |
        . . . |
        2 2 . |
        """,
    ),
    DrawnAction("move to edge", ("nearest",), "object", "4 4 . 2 |"),
    DrawnAction("move to edge", ("container",), "object", "4 . 2 |"),
    DrawnAction("recolour", ("colour of touched",), "object", "1 . 2 |"),
    DrawnAction("recolour", ("own colour",), "gap", ". 1 |"),
    DrawnAction("swap colours", (), "object", "1 1 . 2 |"),
    DrawnAction("move by", (0, 3), "object", "1 . . |"),
    DrawnAction("move until stopped", ("four ways",), "object", "1 . . |"),
    DrawnAction("move until touching", ("right",), "object", "1 . . |"),
    DrawnAction("move to border", ("direction to touched",), "object", "1 . 2 |"),
    DrawnAction("move by own size", ("left",), "object", "1 . . |"),
    DrawnAction("ray", ("direction to nearest", 4), "object", "1 . . |"),
    DrawnAction("ray over", ("right", "colour inside"), "object", "1 . . |"),
    DrawnAction("turn", ("a quarter right",), "object", "1 2 . |"),
    DrawnAction("complete", ("a quarter right",), "object", "1 2 . |"),
    DrawnAction("mirror across", ("across the diagonal",), "object", "1 2 . |"),
    DrawnAction("mirror beside", ("left",), "object", "1 2 . |"),
    DrawnAction("mirror about", (4, "upside down"), "object", "1 2 . |"),
    DrawnAction("copy beside", ("up", 0, "own colours"), "object", "1 2 . |"),
    DrawnAction("repeat", ("up", 0, "own colours"), "object", "1 2 . |"),
    DrawnAction("stamp", ("largest", "own colours"), "object", "1 1 1 . 2 |"),
    DrawnAction("stamp", ("nearest", "own colours"), "object", "1 . 2 2 |"),
    DrawnAction("stamp", ("touched", "own colours"), "object", "1 . 2 |"),
    DrawnAction("stamp", (3, "own colours"), "object", "1 . 2 |"),
    DrawnAction("stamp", (3, "own colours"), "object", "1 . 3 . 3 |"),
    DrawnAction("recolour centre", ("colour of touched",), "object", "1 . 2 |"),
    DrawnAction("cover box", ("own colour",), "gap", ". 1 |"),
    DrawnAction("move to centre", (), "object", "1 . 2 . |"),
    DrawnAction("move in line", ("top", "largest"), "object", "1 1 . 2 |"),
    DrawnAction("move onto", ("largest",), "object", "1 . 2 2 |"),
    DrawnAction("move onto", ("container",), "object", "1 . 2 |"),
    DrawnAction("move to rank", ("right", "size", "rising"), "object", "1 . 2 |"),
    DrawnAction("move to rank", ("down", "size", "rising"), "object", "1 1 . 2 |"),
    DrawnAction("ray from middle", ("four ways", 4), "object", "1 1 . |"),
    DrawnAction("mark halfway", ("colour of touched",), "object", "1 . 1 |"),
]
"""Actions that the first unit of a grid cannot do."""
