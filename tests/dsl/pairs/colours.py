"""Colours exchanged or removed: grids before and after dsl/wide/colours.py."""

PAIRS = {
    "cell_commonest": """
        1 2 . 3 | 1
        1 . 2 1 |
        . 1 2 . |
    """,
    "drop_commonest": """
        1 2 . 3 | . 2 . 3
        1 . 2 1 | . . 2 .
        . 1 2 . | . . 2 .
    """,
    "clear_ground": """
        8 8 8 8 | . . . .
        8 2 . 8 | . 2 4 .
        8 2 3 8 | . 2 3 .
    """,
    "fill_commonest": """
        8 8 8 8 | 8 8 8 8
        8 2 . 8 | 8 8 8 8
        8 2 3 8 | 8 8 8 8
    """,
    "paint_objects_rarest": """
        1 1 . . 5 | 3 3 . . 2
        1 3 . 5 5 | 3 3 . 2 2
        . . . . 2 | . . . . 2
        4 . . . . | 4 . . . .
    """,
    "rank_colours": """
        1 2 . 3 | 1 2 . 3
        1 . 2 1 | 1 . 2 1
        . 1 2 . | . 1 2 .
    """,
    "swap_background": """
        1 2 . 3 | . 2 1 3
        1 . 2 1 | . 1 2 .
        . 1 2 . | 1 . 2 1
    """,
    "swap_colours": """
        1 2 . | 2 1 .
        1 . 2 | 2 . 1
        . 1 2 | . 2 1
    """,
    "list_colours": """
        1 2 . 3 | 1
        1 . 2 1 | 2
        . 1 2 . | 3
    """,
}
