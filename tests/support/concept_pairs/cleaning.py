"""Pairs of data/generation/concepts/families/cleaning.py."""

from neural_guide.data.generation.concepts.families.cleaning import (
    CompleteRectangles,
    RemoveNoise,
    RemoveSpecks,
    TrimBumps,
)

PAIRS = {
    RemoveSpecks(): """
        1 1 1 . 2 | 1 1 1 . .
        1 1 1 . . | 1 1 1 . .
        . . . . . | . . . . .
        1 . 3 3 3 | . . 3 3 3
        . . 3 . 3 | . . 3 . 3
        2 . 3 3 3 | . . 3 3 3
    """,
    RemoveNoise(noise=5): """
        1 5 1 . . . | 1 1 1 . . .
        1 1 5 5 . . | 1 1 1 . . .
        5 1 1 . . 5 | 1 1 1 . . .
        . . . . 2 2 | . . . . 2 2
        5 . 5 . 5 2 | . . . . 2 2
    """,
    CompleteRectangles(mark=4): """
        1 1 1 . . . . | 1 1 1 . . . .
        1 . 1 . . . . | 1 4 1 . . . .
        . 1 1 . 2 2 2 | 4 1 1 . 2 2 2
        . . . . 2 . . | . . . . 2 4 4
        . . . . 2 2 . | . . . . 2 2 4
    """,
    TrimBumps(): """
        . . 1 . . . . | . . . . . . .
        . 1 1 1 . . . | . 1 1 1 . . .
        . 1 1 1 1 . 2 | . 1 1 1 . . .
        . 1 1 1 . 2 2 | . 1 1 1 . 2 2
        . . . . . 2 2 | . . . . . 2 2
    """,
}
