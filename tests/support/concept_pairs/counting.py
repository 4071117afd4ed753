"""Pairs of data/generation/concepts/families/counting.py."""

from neural_guide.data.generation.concepts.families.counting import (
    ColourByHoles,
    ColourBySize,
    CommonestColour,
    CountToBar,
    CountToSquare,
    GrowByCount,
    Histogram,
)

PAIRS = {
    CountToBar(counted=2): """
        2 2 . 1 . 2 | 2 2 2
        . . . 1 . . |
        1 . 2 2 2 . |
    """,
    CountToSquare(fill=6): """
        2 2 . 1 . 2 | 6 6 6
        . . . 1 . 2 | 6 6 .
        1 . . . . . | . . .
        1 . 2 2 . . |
    """,
    CommonestColour(side=2): """
        2 2 . 1 . 2 | 2 2
        . . . 1 . . | 2 2
        3 . 2 2 . 1 |
    """,
    ColourByHoles(colours=(2, 3, 4)): """
        1 1 1 . 1 1 1 1 1 | 2 2 2 . 3 3 3 3 3
        1 . 1 . 1 . 1 . 1 | 2 . 2 . 3 . 3 . 3
        1 1 1 . 1 1 1 1 1 | 2 2 2 . 3 3 3 3 3
    """,
    ColourBySize(colours=(2, 3, 4)): """
        1 1 . . 1 1 | 2 2 . . 4 4
        . . . . 1 1 | . . . . 4 4
        1 1 1 . . . | 3 3 3 . . .
    """,
    Histogram(): """
        1 2 . 3 | 3 3 3
        . . 3 . | 2 2 .
        2 . . 3 | 1 . .
    """,
    GrowByCount(): """
        1 . | 1 1 . .
        2 1 | 1 1 . .
            | 2 2 1 1
            | 2 2 1 1
    """,
}
