"""Pairs of data/generation/concepts/families/copying.py."""

from neural_guide.data.generation.concepts.families.copying import (
    CopyToPanels,
    RecolouredCopies,
    RepeatToBorder,
    StampAtMarkers,
)

PAIRS = {
    StampAtMarkers(marker=5): """
        1 1 . . . . . . | 1 1 . . . . . .
        1 5 . . . . . . | 1 5 . . . 1 1 .
        1 . . . . . 5 . | 1 . . . . 1 5 .
        . . . . . . . . | 1 . . . . 1 . .
        5 . . . . . . . | 5 . . . . . . .
    """,
    CopyToPanels(line=5): """
        . . 5 . 1 5 . . | . 1 5 . 1 5 . 1
        . . 5 1 1 5 . . | 1 1 5 1 1 5 1 1
        5 5 5 5 5 5 5 5 | 5 5 5 5 5 5 5 5
        . . 5 . . 5 . . | . 1 5 . 1 5 . 1
        . . 5 . . 5 . . | 1 1 5 1 1 5 1 1
    """,
    RepeatToBorder(): """
        . . . . . . . | . . . . . . .
        . 1 2 . . . . | . 1 2 . 1 2 .
        . 1 . . . . . | . 1 . . 1 . .
    """,
    RecolouredCopies(): """
        . . . . 3 . . 4 . | . . . . 3 . . 4 .
        . . . . . . . . . | . . . . . . . . .
        . 1 1 . . . . . . | . 1 1 . 3 3 . 4 4
        . . 1 . . . . . . | . . 1 . . 3 . . 4
    """,
}
