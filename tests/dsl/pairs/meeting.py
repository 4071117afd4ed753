"""Objects that move until they touch another one: grids before and after dsl/wide/meeting.py."""

PAIRS = {
    "draw_to_largest": """
        2 . . . . . . | . . . . . . .
        . . . . . . . | 2 . . . . . .
        1 1 1 . . 3 . | 1 1 1 3 . . .
        1 1 . . . 3 . | 1 1 . 3 . . .
        . . . . . . 4 | . . . . . . 4
    """,
    "draw_to_own_colour": """
        . 1 . . . . . | . . . . . . .
        . . . . 2 . . | . . . . . . .
        . . . . . . . | . 1 . . . . .
        1 1 1 1 1 1 1 | 1 1 1 1 1 1 1
        . . . . . . . | . . . 1 . . .
        . . . 1 . . . | . . . . . . .
    """,
}
