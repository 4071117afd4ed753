"""Pairs of data/generation/concepts/families/centres.py."""

from neural_guide.data.generation.concepts.families.centres import (
    CrossCentre,
    KeepMiddle,
    MarkCentre,
    MarkMidpoint,
    MoveToCentre,
)

PAIRS = {
    MarkCentre(mark=4): """
        1 1 1 . 2 2 2 2 2 | 1 1 1 . 2 2 4 2 2
        1 1 1 . . . . . . | 1 4 1 . . . . . .
        1 1 1 . . . 3 . . | 1 1 1 . . . 3 . .
        . . . . . . 3 . . | . . . . . . 4 . .
        . . . . . . 3 . . | . . . . . . 3 . .
    """,
    MarkMidpoint(mark=4): """
        1 . . . 1 . . | 1 . 4 . 1 . .
        . . . . . . 2 | . . . . . . 2
        . . . . . . . | . . . . . . 4
        . . . . . . 2 | . . . . . . 2
    """,
    KeepMiddle(): """
        1 1 . . . . . . 3 3 | . . . . . . . . . .
        1 . . . 2 2 . . . 3 | . . . . 2 2 . . . .
        . . . . . 2 . . . . | . . . . . 2 . . . .
    """,
    MoveToCentre(): """
        . . . . . . | . . . . . .
        . . . . . . | . . 1 2 . .
        1 2 . . . . | . . 1 . . .
        1 . . . . . | . . . . . .
    """,
    CrossCentre(): """
        . . . . . . | . . 3 . . .
        . 3 3 3 . . | . 3 3 3 . .
        . 3 . 3 . . | 3 3 . 3 3 3
        . 3 3 3 . . | . 3 3 3 . .
        . . . . . . | . . 3 . . .
    """,
}
