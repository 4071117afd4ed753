"""Drawn examples of features: a grid, and the value of each unit in its cells; a dot belongs to no unit."""

from typing import NamedTuple


class DrawnFeature(NamedTuple):
    """An example of a feature.

    Attributes:
        name: name of the feature.
        kind: kind of the units.
        drawing: grid and values side by side.
    """

    name: str
    kind: str
    drawing: str


OWN_FEATURES = [
    DrawnFeature(
        "part count",
        "colour",
        """
        1 . 1 . 2 | 2 . 2 . 1
        . 1 . . . | . 2 . . .
        . . . 1 . | . . . 2 .
        3 . . . 3 | 2 . . . 2
        """,
    ),
    DrawnFeature(
        "size",
        "object",
        """
        1 1 . 2 | 3 3 . 1
        . 1 . . | . 3 . .
        """,
    ),
    DrawnFeature(
        "height",
        "object",
        """
        1 . 2 2 | 3 . 1 1
        1 . . . | 3 . . .
        1 3 . . | 3 3 . .
        """,
    ),
    DrawnFeature(
        "width",
        "object",
        """
        1 . . 2 | 2 . . 1
        1 . . 2 | 2 . . 1
        1 3 . . | 2 2 . .
        """,
    ),
    DrawnFeature(
        "length",
        "object",
        """
        1 . 2 2 2 | 2 . 3 3 3
        1 . . . . | 2 . . . .
        """,
    ),
    DrawnFeature(
        "colour count",
        "object",
        """
        1 3 . 2 | 2 2 . 1
        . 3 . 2 | . 2 . 1
        """,
    ),
    DrawnFeature(
        "content",
        "panel",
        """
        1 . 5 . 2 | 2 2 . 3 3
        . 3 5 2 2 | 2 2 . 3 3
        """,
    ),
    DrawnFeature(
        "hole count",
        "shape",
        """
        1 1 1 1 1 . 2 2 | 2 2 2 2 2 . 0 0
        1 . 1 . 1 . 2 . | 2 . 2 . 2 . 0 .
        1 1 1 1 1 . 2 2 | 2 2 2 2 2 . 0 0
        """,
    ),
    DrawnFeature(
        "is rectangle",
        "object",
        """
        1 1 . 2 2 | 1 1 . 0 0
        1 1 . 2 . | 1 1 . 0 .
        """,
    ),
    DrawnFeature(
        "is line",
        "object",
        """
        1 1 1 . 2 2 | 1 1 1 . 0 0
        . . . . 2 2 | . . . . 0 0
        3 . . . . . | 0 . . . . .
        """,
    ),
    DrawnFeature(
        "orientation",
        "object",
        """
        1 1 . 2 . 3 | 1 1 . 2 . 0
        . . . 2 . . | . . . 2 . .
        """,
    ),
    DrawnFeature(
        "symmetry beside",
        "object",
        """
        1 1 1 . 2 2 | 1 1 1 . 0 0
        . 1 . . 2 . | . 1 . . 0 .
        """,
    ),
    DrawnFeature(
        "symmetry beside",
        "gap",
        """
        . . . 1 . . | 1 1 1 . 0 0
        1 . 1 1 . 1 | . 1 . . 0 .
        """,
    ),
    DrawnFeature(
        "symmetry below",
        "object",
        """
        1 . . 2 . | 1 . . 0 .
        1 1 . 2 . | 1 1 . 0 .
        1 . . 2 2 | 1 . . 0 0
        """,
    ),
    DrawnFeature(
        "symmetry any",
        "object",
        """
        1 . . 2 2 . | 1 . . 0 0 .
        1 1 . . 2 2 | 1 1 . . 0 0
        """,
    ),
]

COLOUR_FEATURES = [
    DrawnFeature(
        "own colour",
        "object",
        """
        1 2 . 3 | 1 1 . 3
        1 . . . | 1 . . .
        """,
    ),
    DrawnFeature(
        "second colour",
        "object",
        """
        1 2 . 3 | 2 2 . 0
        1 . . 3 | 2 . . 0
        """,
    ),
    DrawnFeature(
        "colour of container",
        "shape",
        """
        1 1 1 1 . | 0 0 0 0 .
        1 . . 1 . | 0 . . 0 .
        1 . 2 1 3 | 0 . 1 0 0
        1 1 1 1 . | 0 0 0 0 .
        """,
    ),
    DrawnFeature(
        "colour inside",
        "shape",
        """
        1 1 1 1 . | 2 2 2 2 .
        1 . . 1 . | 2 . . 2 .
        1 . 2 1 3 | 2 . 0 2 0
        1 1 1 1 . | 2 2 2 2 .
        """,
    ),
    DrawnFeature("colour of nearest", "object", "1 . 2 . . . 3 | 2 . 1 . . . 2"),
    DrawnFeature("colour of touched", "shape", "1 2 . 3 | 2 1 . 0"),
    DrawnFeature(
        "paired colour",
        "shape",
        """
        1 2 . . 1 1 | 2 1 . . 2 2
        3 4 . . . 1 | 4 3 . . . 2
        . . . 4 . . | . . . 3 . .
        """,
    ),
    DrawnFeature("colour of largest", "object", "1 1 . 2 | 1 1 . 1"),
    DrawnFeature("colour of smallest", "object", "1 1 . 2 | 2 2 . 2"),
    DrawnFeature(
        "colour of same shape",
        "object",
        """
        1 1 . 2 2 . 3 | 2 2 . 1 1 . 0
        . 1 . . 2 . 3 | . 2 . . 1 . 0
        """,
    ),
]

RELATIONS = [
    DrawnFeature("alike in shape", "object", "1 1 . 2 2 . 3 | 1 1 . 1 1 . 0"),
    DrawnFeature("alike in colour", "object", "1 1 . 1 . 3 | 1 1 . 1 . 0"),
    DrawnFeature("alike in both", "object", "1 1 . 2 2 . 1 1 . 1 | 1 1 . 0 0 . 1 1 . 0"),
    DrawnFeature(
        "contained",
        "shape",
        """
        1 1 1 1 1 | 2 2 2 2 2
        1 2 . 3 1 | 2 0 . 0 2
        1 1 1 1 1 | 2 2 2 2 2
        """,
    ),
    DrawnFeature(
        "is contained",
        "shape",
        """
        1 1 1 1 1 | 0 0 0 0 0
        1 2 . 3 1 | 0 1 . 1 0
        1 1 1 1 1 | 0 0 0 0 0
        """,
    ),
    DrawnFeature("touched", "shape", "1 2 3 . 4 | 1 2 1 . 0"),
    DrawnFeature(
        "in line",
        "object",
        """
        1 . 2 . | 3 . 1 .
        . . . . | . . . .
        3 . . . | 2 . . .
        . . . 4 | . . . 0
        """,
    ),
    DrawnFeature(
        "in line with alike",
        "object",
        """
        1 . 2 . 1 | 1 . 2 . 1
        . . . . . | . . . . .
        3 . 2 . . | 0 . 2 . .
        """,
    ),
    DrawnFeature(
        "between",
        "object",
        """
        1 . 2 . 3 | 0 . 1 . 0
        . . . . . | . . . . .
        4 . . . . | 2 . . . .
        . . . . . | . . . . .
        5 . . . . | 0 . . . .
        """,
    ),
    DrawnFeature(
        "direction to nearest",
        "object",
        """
        1 . 2 . . | 3 . 7 . .
        . . . . . | . . . . .
        . . . . . | . . . . .
        . . . . 3 | . . . . 8
        """,
    ),
    DrawnFeature(
        "direction to touched",
        "shape",
        """
        1 . . | 5 . .
        2 . 3 | 1 . 0
        """,
    ),
    DrawnFeature("direction to other colour", "object", "1 . 1 . 2 | 3 . 3 . 7"),
    DrawnFeature(
        "direction to border",
        "object",
        """
        . . . . . . | . . . . . .
        . . 1 . . . | . . 1 . . .
        . . . . . . | . . . . . .
        . . . . 2 . | . . . . 3 .
        . . . . . . | . . . . . .
        . . . . . . | . . . . . .
        """,
    ),
]

POSITION_FEATURES = [
    DrawnFeature(
        "top",
        "object",
        """
        1 . . | 0 . .
        . . 2 | . . 1
        """,
    ),
    DrawnFeature(
        "left",
        "object",
        """
        1 . . | 0 . .
        . . 2 | . . 2
        """,
    ),
    DrawnFeature(
        "rows below",
        "object",
        """
        1 . . | 1 . .
        . . 2 | . . 0
        """,
    ),
    DrawnFeature(
        "columns beside",
        "object",
        """
        1 . . | 2 . .
        . . 2 | . . 0
        """,
    ),
    DrawnFeature(
        "distance to centre",
        "object",
        """
        1 . . . . | 4 . . . .
        . . 2 . . | . . 0 . .
        . . . . . | . . . . .
        """,
    ),
    DrawnFeature(
        "distance to border",
        "object",
        """
        1 . . . . | 0 . . . .
        . . . . . | . . . . .
        . . 2 . . | . . 2 . .
        . . . . . | . . . . .
        . . . . . | . . . . .
        """,
    ),
    DrawnFeature(
        "touches border",
        "object",
        """
        1 . . . | 1 . . .
        . . 2 . | . . 0 .
        . . . . | . . . .
        """,
    ),
    DrawnFeature(
        "half below",
        "object",
        """
        1 . 2 . | 1 . 0 .
        . . 2 . | . . 0 .
        . . 2 . | . . 0 .
        3 . . . | 2 . . .
        """,
    ),
    DrawnFeature(
        "half beside",
        "object",
        """
        1 . . 2 | 1 . . 2
        . . . . | . . . .
        . 3 3 . | . 0 0 .
        """,
    ),
    DrawnFeature(
        "side of row",
        "shape",
        """
        1 . . | 1 . .
        5 5 5 | 1 1 1
        . 2 . | . 3 .
        5 5 5 | 2 2 2
        . 3 . | . 2 .
        """,
    ),
    DrawnFeature(
        "side of column",
        "shape",
        """
        1 5 . | 1 0 .
        . 5 2 | . 0 2
        """,
    ),
]

TEMPLATE_FEATURES = [
    DrawnFeature("is colour of largest", "object", "1 1 . 1 . 2 | 0 0 . 1 . 0"),
    DrawnFeature("is shape of nearest", "object", "1 1 . 2 2 . . . 3 | 1 1 . 1 1 . . . 0"),
    DrawnFeature("is size of touched", "shape", "1 2 . 3 4 4 | 1 1 . 0 0 0"),
    DrawnFeature("is size of smallest", "object", "1 . 2 2 . 3 | 0 . 0 0 . 1"),
    DrawnFeature(
        "is colour of container",
        "object",
        """
        1 1 1 1 1 . 1 | 0 0 0 0 0 . 0
        1 . . . 1 . . | 0 . . . 0 . .
        1 . 1 . 1 . . | 0 . 1 . 0 . .
        1 . . . 1 . . | 0 . . . 0 . .
        1 1 1 1 1 . . | 0 0 0 0 0 . .
        """,
    ),
    DrawnFeature(
        "is shape of largest",
        "panel",
        """
        1 . 5 2 . 5 . 4 | 0 0 . 1 1 . 0 0
        . . 5 . . 5 . . | 0 0 . 1 1 . 0 0
        """,
    ),
]

MARKER_FEATURES = [
    DrawnFeature(
        "direction to 3",
        "object",
        """
        1 . 3 . . | 3 . 4 . .
        . . . . . | . . . . .
        . . . . . | . . . . .
        2 . . . 3 | 2 . . . 8
        """,
    ),
    DrawnFeature("is touching 3", "shape", "1 3 . 2 4 3 | 1 0 . 0 1 0"),
    DrawnFeature(
        "is inside 3",
        "shape",
        """
        3 3 3 . 1 1 1 | 0 0 0 . 0 0 0
        3 2 3 . 1 2 1 | 0 1 0 . 0 0 0
        3 3 3 . 1 1 1 | 0 0 0 . 0 0 0
        """,
    ),
]

COMPARISONS = [
    DrawnFeature("most size", "object", "1 1 . 2 . 3 | 1 1 . 0 . 0"),
    DrawnFeature("most size", "object", "1 1 . 2 2 . 3 | 2 2 . 2 2 . 0"),
    DrawnFeature("least size", "object", "1 1 . 2 2 . 3 | 0 0 . 0 0 . 1"),
    DrawnFeature("least size", "object", "1 1 . 2 . 3 | 0 0 . 2 . 2"),
    DrawnFeature("odd size", "object", "1 1 . 2 . 3 | 1 1 . 0 . 0"),
    DrawnFeature("odd size", "object", "1 1 . 2 . 3 3 3 | 0 0 . 0 . 0 0 0"),
    DrawnFeature("middle by size", "object", "1 1 . 2 . 3 3 3 | 1 1 . 0 . 0 0 0"),
    DrawnFeature("rank by size", "object", "1 1 . 2 . 3 3 3 . 4 | 2 2 . 1 . 3 3 3 . 1"),
]

FEATURES = OWN_FEATURES + COLOUR_FEATURES + RELATIONS + POSITION_FEATURES + TEMPLATE_FEATURES + MARKER_FEATURES
