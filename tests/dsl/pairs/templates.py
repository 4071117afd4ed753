"""Templates completed around their parts: grids before and after dsl/wide/templates.py."""

PAIRS = {
    "complete_parts": """
        1 2 . . . . . | 1 2 . 1 2 . .
        . 3 . . 3 . . | . 3 . . 3 . .
        . . . . . . . | . . . . . . .
    """,
    "complete_parts_mirrored": """
        1 2 . . . . . | 1 2 . . . . .
        . 3 . . . . . | . 3 . . 2 1 .
        . . . . 3 . . | . . . . 3 . .
    """,
    "complete_parts_scaled": """
        . 2 . . . . . | . 2 . . . . .
        . 3 . . . . . | . 3 . . . . .
        . . . . . . . | . . . . 2 2 .
        . . . . . . . | . . . . 2 2 .
        . . . . 3 3 . | . . . . 3 3 .
        . . . . 3 3 . | . . . . 3 3 .
    """,
    "complete_parts_turned": """
        1 2 2 . . . . | 1 2 2 . . . .
        . . . . . . . | . . . . . . .
        . . . . . 2 . | . . . . . 2 .
        . . . . . 2 . | . . . . . 2 .
        . . . . . . . | . . . . . 1 .
    """,
}
