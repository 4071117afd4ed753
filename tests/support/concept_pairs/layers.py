"""Pairs of data/generation/concepts/families/layers.py."""

from neural_guide.data.generation.concepts.families.layers import BringToFront, ColourOfFront, RemoveFront

PAIRS = {
    BringToFront(): """
        . . . . . . | . . . . . .
        1 1 1 1 . . | 1 1 1 1 . .
        1 1 2 2 2 . | 1 1 1 1 2 .
        1 1 2 2 2 . | 1 1 1 1 2 .
        . . 2 2 2 . | . . 2 2 2 .
    """,
    RemoveFront(): """
        . . . . . . | . . . . . .
        1 1 1 1 . . | 1 1 1 1 . .
        1 1 2 2 2 . | 1 1 1 1 . .
        1 1 2 2 2 . | 1 1 1 1 . .
        . . 2 2 2 . | . . . . . .
    """,
    ColourOfFront(): """
        . 4 . 3 . . | 2 2
        2 2 2 2 2 2 | 2 2
        . 4 . 3 . . |
        5 5 5 3 5 5 |
        . 4 . 3 . . |
    """,
}
