"""Pairs of data/generation/concepts/families/extraction.py."""

from neural_guide.data.generation.concepts.families.extraction import (
    CropExtreme,
    CropFrame,
    CropMarked,
    CropMarkedCorners,
    CropOddShape,
    CropRichest,
    CropSymmetric,
)

PAIRS = {
    CropExtreme(is_largest=True): """
        1 . . 2 2 2 | 2 2 2
        1 . . 2 . . | 2 . .
        . . . 2 . 1 | 2 . .
        3 3 . . . . |
    """,
    CropOddShape(): """
        1 1 . 2 2 . | 3 .
        . 1 . . 2 . | 3 3
        . . . . . . |
        3 . . 1 1 . |
        3 3 . . 1 . |
    """,
    CropFrame(frame=5): """
        1 . 2 1 . . | . 2
        . 5 5 5 5 1 | 2 1
        2 5 . 2 5 . |
        . 5 2 1 5 2 |
        1 5 5 5 5 . |
    """,
    CropMarkedCorners(mark=5): """
        5 1 . 5 . 2 | . 2
        1 . 2 1 . . | 1 1
        . 1 1 . . . |
        5 . . 5 . 1 |
    """,
    CropMarked(mark=5): """
        1 1 . . 2 2 | 2 2
        . 1 . . 2 5 | 2 5
        . 1 . . . 2 | . 2
        . . . . . . |
        3 3 3 3 . . |
    """,
    CropSymmetric(): """
        1 1 1 . 2 2 | 1 1 1
        . 1 . . 2 . | . 1 .
        . . . . 2 . |
        3 3 . . . . |
        . 3 3 . . . |
    """,
    CropRichest(): """
        1 1 . 2 3 . | 2 3
        2 1 . 2 4 . | 2 4
        . . . . . . |
        3 3 3 . . . |
    """,
}
