"""Pairs of data/generation/concepts/families/patterns.py."""

from neural_guide.data.generation.concepts.families.patterns import (
    ContinuePattern,
    ExtendChequers,
    RestoreMirrored,
    RestorePeriodic,
)

PAIRS = {
    RestorePeriodic(mask=9): """
        1 2 1 2 1 2 | 1 2 1 2 1 2
        3 3 4 3 9 9 | 3 3 4 3 3 4
        1 2 1 2 9 9 | 1 2 1 2 1 2
        3 3 4 3 3 4 | 3 3 4 3 3 4
        1 2 1 2 1 2 | 1 2 1 2 1 2
    """,
    RestoreMirrored(mask=9): """
        1 2 3 9 9 | 2 1
        4 5 6 9 9 | 5 4
        4 5 6 5 4 |
        1 2 3 2 1 |
    """,
    ContinuePattern(): """
        1 2 1 2 . . . | 1 2 1 2 1 2 1
        3 . 3 . . . . | 3 . 3 . 3 . 3
    """,
    ExtendChequers(): """
        . . . . . | 2 1 2 1 2
        . 2 1 . . | 1 2 1 2 1
        . 1 2 . . | 2 1 2 1 2
        . . . . . | 1 2 1 2 1
    """,
}
