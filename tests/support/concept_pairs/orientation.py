"""Pairs of data/generation/concepts/families/orientation.py."""

from neural_guide.data.generation.concepts.families.orientation import ColourByDirection, ExtendAcross, KeepHorizontal

PAIRS = {
    ColourByDirection(horizontal=3, vertical=4): """
        1 1 1 . 2 | 3 3 3 . 4
        . . . . 2 | . . . . 4
        . 1 . . 2 | . 4 . . 4
        . 1 . . . | . 4 . . .
        . . . 2 2 | . . . 3 3
    """,
    KeepHorizontal(): """
        1 1 1 . 2 | 1 1 1 . .
        . . . . 2 | . . . . .
        . 1 . . 2 | . . . . .
        . 1 . . . | . . . . .
        . . . 2 2 | . . . 2 2
    """,
    ExtendAcross(): """
        . . . . . . | . 2 . . . .
        . 2 . . . . | . 2 . . . .
        . 2 . . . . | . 2 . . . .
        1 1 1 1 1 1 | 1 1 1 1 1 1
        . . . . . . | . . . . 3 .
        . . . . 3 . | . . . . 3 .
        . . . . 3 . | . . . . 3 .
        . . . . . . | . . . . 3 .
    """,
}
