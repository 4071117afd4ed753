"""Pairs of data/generation/concepts/families/ordering.py."""

from neural_guide.data.generation.concepts.families.ordering import ColourByRank, ListAlong, ListBySize, SortBars

PAIRS = {
    SortBars(): """
        . . 1 . . | . . . . 1
        . . 1 . 2 | . . 2 . 1
        3 . 1 . 2 | 3 . 2 . 1
    """,
    ColourByRank(colours=(6, 7, 8)): """
        . . 1 . . | . . 6 . .
        . . 1 . 1 | . . 6 . 7
        1 . 1 . 1 | 8 . 6 . 7
    """,
    ListBySize(): """
        1 1 . 3 | 2
        . . . . | 1
        2 2 2 . | 3
    """,
    ListAlong(): """
        . . . 2 2 . . | 3 2 1
        3 . . . 2 . . |
        3 . . . . . 1 |
    """,
}
