"""Pairs of data/generation/concepts/families/colouring.py."""

from neural_guide.data.generation.concepts.families.colouring import (
    ColourByContact,
    ColourByShape,
    Negative,
    RecolourByLegend,
    SwapColours,
    TakeDotColour,
)

PAIRS = {
    SwapColours(first=1, second=2): """
        1 2 . | 2 1 .
        3 1 1 | 3 2 2
    """,
    RecolourByLegend(): """
        1 2 . . . | 1 2 . . .
        3 4 . . . | 3 4 . . .
        . . . . . | . . . . .
        . 1 1 . 3 | . 2 2 . 4
        . . 1 . 3 | . . 2 . 4
    """,
    ColourByShape(colours=(2, 3, 4)): """
        1 . 1 . 1 . . | 2 . 2 . 3 . .
        1 1 1 . 1 . . | 2 2 2 . 3 . .
        1 . 1 . 1 1 1 | 2 . 2 . 3 3 3
        . . . . . . . | . . . . . . .
        . 1 . . . . . | . 4 . . . . .
        1 1 1 . . . . | 4 4 4 . . . .
        . 1 . . . . . | . 4 . . . . .
    """,
    TakeDotColour(neutral=5): """
        5 5 . . 5 | 2 2 . . 3
        5 2 . . 3 | 2 2 . . 3
        5 . . . 5 | 2 . . . 3
    """,
    ColourByContact(ink=4): """
        1 1 . . 2 . | 4 4 . . 2 .
        . 1 4 . 2 . | . 4 4 . 2 .
    """,
    Negative(): """
        . 1 . . 2 2 2 | 1 . 1 . . . .
        1 1 1 . 2 . 2 | . . . . . 2 .
        . 1 . . 2 2 . | 1 . 1 . . . 2
    """,
}
