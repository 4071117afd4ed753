"""Pairs of data/generation/concepts/families/stacks.py."""

from neural_guide.data.generation.concepts.families.stacks import RemoveTopBlock, TurnStacksOver

PAIRS = {
    RemoveTopBlock(): """
        . . . 4 4 | . . . . .
        1 1 . 3 3 | . . . 3 3
        1 1 . 3 3 | . . . 3 3
        2 2 . . . | 2 2 . . .
    """,
    TurnStacksOver(): """
        . . . 4 4 | . . . 3 3
        1 1 . 3 3 | 2 2 . 3 3
        1 1 . 3 3 | 1 1 . 4 4
        2 2 . . . | 1 1 . . .
    """,
}
