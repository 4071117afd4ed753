"""Pairs of data/generation/concepts/families/filling.py."""

from neural_guide.data.generation.concepts.families.filling import (
    ColourByFilling,
    FillBelow,
    FillClosed,
    FloodFromSeed,
    HollowOut,
    MarkEdge,
)

PAIRS = {
    FillClosed(fill=4): """
        1 1 1 1 . 2 2 2 | 1 1 1 1 . 2 2 2
        1 . . 1 . 2 . . | 1 4 4 1 . 2 . .
        1 1 . 1 . 2 2 2 | 1 1 4 1 . 2 2 2
        . 1 1 1 . . . . | . 1 1 1 . . . .
    """,
    HollowOut(): """
        1 1 1 1 . 2 2 | 1 1 1 1 . 2 2
        1 1 1 1 . 2 2 | 1 . . 1 . 2 2
        1 1 1 1 . . . | 1 1 1 1 . . .
    """,
    ColourByFilling(solid=3, hollow=4): """
        1 1 1 1 . 2 2 | 4 4 4 4 . 3 3
        1 . . 1 . 2 2 | 4 . . 4 . 3 3
        1 1 1 1 . . . | 4 4 4 4 . . .
    """,
    FloodFromSeed(wall=5): """
        . . 5 . . | . . 5 2 2
        . . 5 . 2 | . . 5 2 2
        5 5 5 5 5 | 5 5 5 5 5
        . 3 5 . . | 3 3 5 . .
    """,
    MarkEdge(mark=4): """
        1 1 1 1 . 2 | 4 4 4 4 . 4
        1 1 1 1 . 2 | 4 1 1 4 . 4
        1 1 1 1 . . | 4 4 4 4 . .
    """,
    FillBelow(fill=4): """
        . . . . . | . . . . .
        . 1 . . . | . 1 . . .
        1 . 1 . 1 | 1 4 1 . 1
        . . . 1 . | 4 4 4 1 4
        . . . . . | 4 4 4 4 4
    """,
}
