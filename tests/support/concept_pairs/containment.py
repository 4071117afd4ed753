"""Pairs of data/generation/concepts/families/containment.py."""

from neural_guide.data.generation.concepts.families.containment import (
    CropFullestFrame,
    FillWithInnerColour,
    MarkFullFrames,
    RecolourInside,
    RemoveOutside,
    SwapNested,
)

PAIRS = {
    RecolourInside(mark=4): """
        2 2 2 2 . . | 2 2 2 2 . .
        2 1 . 2 . 1 | 2 4 . 2 . 1
        2 . 1 2 . . | 2 . 4 2 . .
        2 2 2 2 . . | 2 2 2 2 . .
        . . . . . 1 | . . . . . 1
        1 . . . . . | 1 . . . . .
    """,
    RemoveOutside(): """
        2 2 2 2 . . | 2 2 2 2 . .
        2 1 . 2 . 1 | 2 1 . 2 . .
        2 . 1 2 . 1 | 2 . 1 2 . .
        2 2 2 2 . . | 2 2 2 2 . .
        . . . . . . | . . . . . .
        1 . . 3 3 3 | . . . . . .
    """,
    MarkFullFrames(mark=4): """
        2 2 2 . 2 2 2 | 4 4 4 . 2 2 2
        2 1 2 . 2 . 2 | 4 1 4 . 2 . 2
        2 2 2 . 2 2 2 | 4 4 4 . 2 2 2
        . . . . . . . | . . . . . . .
        . . 1 2 2 . . | . . 1 2 2 . .
    """,
    FillWithInnerColour(): """
        2 2 2 2 . . . . | 2 2 2 2 . . . .
        2 . . 2 . 2 2 2 | 2 7 7 2 . 2 2 2
        2 7 . 2 . 2 . 2 | 2 7 7 2 . 2 . 2
        2 2 2 2 . 2 2 2 | 2 2 2 2 . 2 2 2
    """,
    CropFullestFrame(): """
        2 2 2 2 . . . . | 2 2 2 2
        2 . 1 2 . 2 2 2 | 2 . 1 2
        2 1 . 2 . 2 1 2 | 2 1 . 2
        2 2 2 2 . 2 2 2 | 2 2 2 2
        . . . . . . . . |
    """,
    SwapNested(): """
        1 1 1 . 3 3 3 3 3 | 2 2 2 . 4 4 4 4 4
        1 2 1 . 3 . . . 3 | 2 1 2 . 4 . . . 4
        1 2 1 . 3 . 4 . 3 | 2 1 2 . 4 . 3 . 4
        1 1 1 . 3 . . . 3 | 2 2 2 . 4 . . . 4
        . . . . 3 3 3 3 3 | . . . . 4 4 4 4 4
    """,
}
