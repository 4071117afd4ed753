"""Pairs of data/generation/concepts/families/growth.py."""

from neural_guide.data.generation.concepts.families.growth import AlternateTrail, PourWater, Pyramid, Staircase

PAIRS = {
    Staircase(): """
        1 1 . . . | 1 1 . . .
        . . . . . | 1 1 1 . .
        . . . . . | 1 1 1 1 .
    """,
    PourWater(water=8): """
        . . . . . . . . | . . . . . . . .
        1 . . 1 . . . 2 | 1 8 8 1 . . . 2
        1 . . 1 . 2 . 2 | 1 8 8 1 . 2 8 2
        1 1 1 1 . 2 2 2 | 1 1 1 1 . 2 2 2
    """,
    AlternateTrail(second=4): """
        . 1 . . . . | . 1 4 1 4 1
        . . . . . . | . . . . . .
        . . . 2 . . | . . . 2 4 2
    """,
    Pyramid(): """
        . 1 1 1 1 1 . | . 1 1 1 1 1 .
        . . . . . . . | . . 1 1 1 . .
        . . . . . . . | . . . 1 . . .
        . . . . . . . | . . . . . . .
    """,
}
