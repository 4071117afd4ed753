"""Holes, boxes and regions filled: grids before and after dsl/wide/fills.py."""

PAIRS = {
    "fill_content_box": """
        . . . . . | . . . . .
        . 1 . . . | . 1 4 4 .
        . . . 2 . | . 4 4 2 .
        . . . . . | . . . . .
    """,
    "fill_gap_rectangle": """
        1 . . . | 1 . 4 4
        . . . . | . . 4 4
        . 1 . . | . 1 4 4
        . . . . | . . 4 4
    """,
    "fill_open_rows": """
        . . . . . | 4 4 4 4 4
        . 1 . . . | 4 1 4 . 4
        . . . 2 . | 4 . 4 2 4
        . . . . . | 4 4 4 4 4
    """,
    "rank_gaps": """
        . . 3 . | 2 2 . 3
        . . 3 . | 2 2 . 3
        3 3 3 . | . . . 3
        . 3 . . | 1 . 3 3
    """,
}
