"""Pairs of data/generation/concepts/families/completion.py."""

from neural_guide.data.generation.concepts.families.completion import (
    CloseFrames,
    CompleteCopies,
    CompleteSymmetry,
    FrameDots,
    JoinCorners,
    MirrorAcrossLine,
)

PAIRS = {
    CloseFrames(mark=4): """
        1 1 . 1 . 2 2 2 | 1 1 4 1 . 2 2 2
        1 . . . . 2 . . | 1 . . 4 . 2 . 4
        1 . . 1 . 2 2 2 | 1 . . 1 . 2 2 2
        . 1 1 1 . . . . | 4 1 1 1 . . . .
    """,
    JoinCorners(fill=4): """
        1 . . 1 . . . | 1 4 4 1 . . .
        . . . . 2 . 2 | 4 4 4 4 2 4 2
        1 . . 1 . . . | 1 4 4 1 4 4 4
        . . . . 2 . 2 | . . . . 2 4 2
    """,
    CompleteSymmetry(mark=4): """
        . . 1 1 . . . . | . . 1 1 4 . . .
        . 1 . 1 . 1 . . | . 1 . 1 . 1 . .
        . 1 1 1 1 1 . . | . 1 1 1 1 1 . .
        . 1 . . . . . . | . 1 . . . 4 . .
        . . . . . . . . | . . . . . . . .
    """,
    CompleteCopies(mark=4): """
        1 1 1 . . 1 1 1 | 1 1 1 . . 1 1 1
        . 1 1 . . . 1 1 | . 1 1 . . . 1 1
        . . . . . . . . | . . . . . . . .
        1 1 1 . 1 1 1 . | 1 1 1 . 1 1 1 .
        . 1 1 . . 1 . . | . 1 1 . . 1 4 .
    """,
    MirrorAcrossLine(line=5): """
        . 1 . . | . 1 . .
        . 1 2 . | . 1 2 .
        5 5 5 5 | 5 5 5 5
        . . . . | . 1 2 .
        . . . . | . 1 . .
    """,
    FrameDots(dot=1, outline=4): """
        . . . . . . | 4 4 4 4 4 .
        . 1 . . . . | 4 1 . . 4 .
        . . . 1 . 2 | 4 . . 1 4 2
        . . . . . . | 4 4 4 4 4 .
        . . . . . . | . . . . . .
    """,
}
