"""Patterns restored where one colour hides a part: grids before and after dsl/wide/restoring.py."""

PAIRS = {
    "hidden_pattern": """
        1 2 3 3 2 1 | 4 2
        2 4 1 1 7 7 | 1 3
        3 1 2 2 7 7 |
        3 1 2 2 1 3 |
        2 4 1 1 4 2 |
        1 2 3 3 2 1 |
    """,
    "restore_symmetry": """
        1 2 3 3 2 1 | 1 2 3 3 2 1
        2 . 1 1 . 2 | 2 . 1 1 . 2
        3 1 2 2 7 7 | 3 1 2 2 1 3
        3 1 2 2 7 7 | 3 1 2 2 1 3
        2 . 1 1 . 2 | 2 . 1 1 . 2
        1 2 3 3 2 1 | 1 2 3 3 2 1
    """,
    "restore_tiling": """
        1 2 . 1 2 . | 1 2 . 1 2 .
        2 3 2 7 7 2 | 2 3 2 2 3 2
        1 2 . 7 7 . | 1 2 . 1 2 .
        2 3 2 7 7 2 | 2 3 2 2 3 2
        1 2 . 1 2 . | 1 2 . 1 2 .
    """,
}
