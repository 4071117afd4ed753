"""A drawn grid for each kind of unit; at the right the letters of the units, `a` for the first in reading order."""

UNITS = {
    "object": """
        1 1 . . 2 | a a . . b
        . 3 . . . | . a . . .
        . . 4 . 2 | . . a . c
    """,
    "side object": """
        1 1 . . 2 | a a . . b
        . 3 . . . | . a . . .
        . . 4 . 2 | . . c . d
    """,
    "row": """
        1 . 2 | a a a
        . . . | b b b
    """,
    "column": """
        1 . 2 | a b c
        . . . | a b c
    """,
    "shape": """
        1 1 . 2 | a a . b
        . 3 1 . | . c a .
        . . . 2 | . . . d
    """,
    "side shape": """
        1 1 . 2 | a a . b
        . 3 1 . | . c d .
    """,
    "colour": """
        1 1 . 2 | a a . b
        . 3 1 . | . c a .
        2 . . 2 | b . . b
    """,
    "gap": """
        . 1 . . | a . b b
        1 . 1 1 | . c . .
        . . . 1 | c c c .
    """,
    "panel": """
        1 . 5 . 2 | a a . b b
        . . 5 . . | a a . b b
        5 5 5 5 5 | . . . . .
        3 . 5 . . | c c . d d
    """,
    "whole": """
        . 1 . . 5 | a a a a a
        . 1 . 3 . | a a a a a
    """,
}
