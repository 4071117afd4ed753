"""Cells by their neighbours: grids before and after dsl/wide/neighbours.py."""

PAIRS = {
    "absorb_dots": """
        1 1 1 . . | 1 1 1 . .
        1 2 1 . . | 1 1 1 . .
        1 1 1 . 3 | 1 1 1 . .
    """,
    "count_neighbours": """
        . 1 . . | . 2 . .
        1 1 2 . | 2 5 2 .
        . 2 . . | . 2 . .
    """,
    "denoise": """
        1 1 1 . . | 1 1 1 . .
        1 2 1 . . | 1 1 1 . .
        1 1 1 . 3 | 1 1 1 . .
    """,
    "grow": """
        . . . . . | 1 1 1 . .
        . 1 . . . | 1 1 2 2 2
        . . . 2 . | 1 1 2 2 2
        . . . . . | . . 2 2 2
    """,
    "mark_checker": """
        . 1 . . | . 4 . .
        1 1 2 . | 4 1 4 .
        . 2 . . | . 4 . .
    """,
    "mark_stripes": """
        . 1 2 1 | . 1 4 1
        . 1 1 1 | . 1 4 1
    """,
    "open_squares": """
        1 1 . 2 | 1 1 . .
        1 1 . . | 1 1 . .
        . . . 2 | . . . .
        3 3 3 2 | . . . .
    """,
}
