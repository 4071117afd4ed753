"""Mirrors, turns and shifts: grids before and after dsl/wide/turns.py."""

PAIRS = {
    "anti_transpose": """
        1 2 . | . .
        3 . . | . 2
              | 3 1
    """,
    "hmirror": """
        1 2 . | 3 . .
        3 . . | 1 2 .
    """,
    "roll_down": """
        1 2 . | 3 . .
        3 . . | 1 2 .
    """,
    "roll_right": """
        1 2 . | . 1 2
        3 . . | . 3 .
    """,
    "rot180": """
        1 2 . | . . 3
        3 . . | . 2 1
    """,
    "rot270": """
        1 2 . | 3 1
        3 . . | . 2
              | . .
    """,
    "transpose": """
        1 2 . | 1 3
        3 . . | 2 .
              | . .
    """,
}
