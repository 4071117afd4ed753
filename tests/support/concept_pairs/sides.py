"""Pairs of data/generation/concepts/families/sides.py."""

from neural_guide.data.generation.concepts.families.sides import RecolourBySide, RecolourTopmost, RemoveBelowLine

PAIRS = {
    RemoveBelowLine(line=5): """
        . 1 . . | . 1 . .
        . 1 2 . | . 1 2 .
        5 5 5 5 | 5 5 5 5
        3 . . 5 | . . . .
        . . 1 . | . . . .
    """,
    RecolourBySide(line=5, above=3, below=4): """
        . 1 . . | . 3 . .
        . 1 2 5 | . 3 3 3
        5 5 5 5 | 5 5 5 5
        3 . . 5 | 4 . . 4
        . . 1 . | . . 4 .
    """,
    RecolourTopmost(mark=8): """
        . . . . 3 . | . . . . 8 .
        1 1 . . 3 3 | 1 1 . . 8 8
        1 1 . . . . | 1 1 . . . .
        . . . 3 . . | . . . 3 . .
    """,
}
