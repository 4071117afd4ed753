"""Pairs of data/generation/concepts/families/sameness.py."""

from neural_guide.data.generation.concepts.families.sameness import (
    AreTheySame,
    FitPieces,
    KeepLikeSample,
    KeepTwins,
    MarkOdd,
    MarkUniformRows,
)

PAIRS = {
    KeepLikeSample(frame=5): """
        5 5 5 5 5 5 . 2 2 | 5 5 5 5 5 5 . 2 2
        5 . . . . 5 . . 2 | 5 . . . . 5 . . 2
        5 . 1 1 . 5 . . . | 5 . 1 1 . 5 . . .
        5 . . 1 . 5 . 3 . | 5 . . 1 . 5 . . .
        5 . . . . 5 . 3 3 | 5 . . . . 5 . . .
        5 5 5 5 5 5 . . . | 5 5 5 5 5 5 . . .
    """,
    MarkOdd(mark=4): """
        1 1 . 1 1 . | 1 1 . 1 1 .
        . 1 . . 1 . | . 1 . . 1 .
        . . . . . . | . . . . . .
        1 . . 1 1 . | 4 . . 1 1 .
        1 1 . . 1 . | 4 4 . . 1 .
    """,
    AreTheySame(line=5, equal=3, different=4): """
        1 . 5 1 . | 4
        . 1 5 1 1 |
    """,
    KeepTwins(): """
        1 1 . 2 2 . | 1 1 . 2 2 .
        . 1 . . 2 . | . 1 . . 2 .
        . . . . . . | . . . . . .
        1 . . 3 3 3 | . . . . . .
        1 1 . . . . | . . . . . .
    """,
    MarkUniformRows(mark=5): """
        1 2 1 | . . .
        2 2 2 | 5 5 5
        3 1 1 | . . .
    """,
    FitPieces(neutral=5): """
        1 1 . . 5 . | 1 1 . . 2 .
        . 1 . . 5 5 | . 1 . . 2 2
        . . . . . . | . . . . . .
        2 . . 5 5 . | 2 . . 1 1 .
        2 2 . . 5 . | 2 2 . . 1 .
    """,
}
