"""Pairs of data/generation/concepts/families/scaling.py."""

from neural_guide.data.generation.concepts.families.scaling import (
    Kaleidoscope,
    ScaleDown,
    ScaleUp,
    ShiftRows,
    Tile,
    TileBySelf,
)

PAIRS = {
    ScaleUp(factor=2): """
        1 . 2 | 1 1 . . 2 2
              | 1 1 . . 2 2
    """,
    ScaleDown(): """
        1 1 . . 2 2 | 1 . 2
        1 1 . . 2 2 | 3 3 1
        3 3 3 3 1 1 |
        3 3 3 3 1 1 |
    """,
    Tile(down=1, across=2): """
        1 . 2 | 1 . 2 1 . 2
        . 3 . | . 3 . . 3 .
    """,
    Kaleidoscope(): """
        1 . 2 | 1 . 2 2 . 1
        . 3 . | . 3 . . 3 .
              | . 3 . . 3 .
              | 1 . 2 2 . 1
    """,
    TileBySelf(): """
        1 . | 1 . . .
        1 1 | 1 1 . .
            | 1 . 1 .
            | 1 1 1 1
    """,
    ShiftRows(): """
        1 . 2 | 1 . 2
              | 2 1 .
              | . 2 1
    """,
}
