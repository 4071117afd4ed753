"""Pairs of data/generation/concepts/families/halos.py."""

from neural_guide.data.generation.concepts.families.halos import CastShadow, FrameTheGrid, Halo, Rings, StampByColour

PAIRS = {
    Halo(band=4): """
        . . . . . | . 4 4 4 4
        . . 1 1 . | . 4 1 1 4
        . . . 1 . | . 4 4 1 4
        . . . . . | . . 4 4 4
    """,
    StampByColour(first=1, second=2, beside=3, diagonal=4): """
        . . . . . . . | . 3 . . . . .
        . 1 . . . . . | 3 1 3 . . 4 .
        . . . . . . 2 | . 3 . . . . 2
        . . . 5 . . . | . . . 5 . 4 .
    """,
    CastShadow(shadow=5): """
        . 1 1 . . | . 1 1 . .
        . . 1 . . | . . 1 5 .
        . . . . . | . . . 5 .
        2 . . . . | 2 . . . .
        . . . . . | . 5 . . .
    """,
    Rings(): """
        . . . . . | 3 3 3 3 3
        . . . . . | 3 . . . 3
        . . 3 . . | 3 . 3 . 3
        . . . . . | 3 . . . 3
    """,
    FrameTheGrid(frame=5): """
        1 . | 5 5 5 5
        . 2 | 5 1 . 5
            | 5 . 2 5
            | 5 5 5 5
    """,
}
