"""Rows, columns and objects in another order: grids before and after dsl/wide/order.py."""

PAIRS = {
    "dedup_rows": """
        1 2 1 2 | 1 2
        3 . 3 . | 3 .
        1 2 1 2 |
    """,
    "drop_blank_lines": """
        . 1 . 2 | . 1 2
        3 1 . 2 | 3 1 2
        . 1 . . | . 1 .
    """,
    "sort_columns": """
        . 1 . 2 | 1 2 . .
        3 1 . 2 | 1 2 3 .
        . 1 . . | 1 . . .
    """,
    "sort_rows": """
        . 1 . 2 | . 1 . .
        3 1 . 2 | . 1 . 2
        . 1 . . | 3 1 . 2
    """,
}
