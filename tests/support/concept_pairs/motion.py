"""Pairs of data/generation/concepts/families/motion.py."""

from neural_guide.data.generation.concepts.families.motion import (
    AlignWithReference,
    Fall,
    GatherAround,
    MoveByColour,
    MoveToColouredBorder,
    MoveToWall,
    ShiftBy,
)

PAIRS = {
    Fall(): """
        2 2 2 . . | . . . . .
        2 . . . 4 | . . . . .
        . . . . . | . . . . .
        . 3 . . . | 2 2 2 . .
        . 3 . . . | 2 3 . . .
        . . . . . | . 3 . . 4
    """,
    MoveToWall(wall=5): """
        . 2 . . . | . . . . .
        . 2 2 . . | . . . . .
        . . . . 3 | . 2 . . .
        . . . . . | . 2 2 . 3
        5 5 5 5 5 | 5 5 5 5 5
    """,
    ShiftBy(steps=2, fixed=6): """
        1 1 . . . . | . . 1 1 . .
        . 1 . . . . | . . . 1 . .
        . . . . . . | . . . . . .
        6 . . 2 . . | 6 . . . . 2
        6 . . . . . | 6 . . . . .
    """,
    MoveByColour(left=1, right=2): """
        . . 1 . . | . 1 . . .
        . 1 1 . . | 1 1 . . .
        . . . . . | . . . . .
        . 2 2 . . | . . . 2 2
        . . . . . | . . . . .
        . 3 . 1 . | 1 3 . . .
    """,
    AlignWithReference(reference=3): """
        . . . . . 1 | . . . . . .
        . . . . . 1 | . . . . . .
        . . 3 3 . . | 2 . 3 3 . 1
        2 . 3 . . . | 2 . 3 . . 1
        2 . . . . . | . . . . . .
    """,
    GatherAround(core=5): """
        . . . 1 . . . | . . . . . . .
        . . . . . . . | . . . 1 . . .
        . . 5 5 . . 2 | . . 5 5 2 . .
        1 . 5 5 . . . | . 1 5 5 . . .
        . . . . . . . | . . 3 . . . .
        . . 3 . . . . | . . . . . . .
    """,
    MoveToColouredBorder(border=5): """
        . . 1 . 5 | . . . 1 5
        . . . . 5 | . . . . 5
        2 . 3 . 5 | . . 2 3 5
        2 . . . 5 | . . 2 . 5
    """,
}
