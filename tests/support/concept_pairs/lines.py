"""Pairs of data/generation/concepts/families/lines.py."""

from neural_guide.data.generation.concepts.families.lines import (
    Bounce,
    ConnectPairs,
    CrossThroughDots,
    Diagonals,
    ElbowPath,
    LinesFromBorder,
    ShootFromHead,
    ShootToObstacle,
    TurnAtObstacle,
)

PAIRS = {
    ShootToObstacle(source=3): """
        . 3 . . . | . 3 . . .
        . . . . 3 | . 3 . . 3
        . . . . . | . 3 . . 3
        . 1 1 . . | . 1 1 . 3
        . . . . . | . . . . 3
    """,
    Diagonals(): """
        . . . . . | . . . 3 .
        . . . . . | 3 . 3 . .
        . 3 . . . | . 3 . . .
        . . . . . | 3 . 3 . .
    """,
    ConnectPairs(line=4): """
        1 . . . 1 . | 1 4 4 4 1 .
        . . . . . . | . . . . . .
        . 2 . . . 1 | . 2 . . . 1
        . . . . . . | . 4 . . . .
        . 2 . . . . | . 2 . . . .
    """,
    CrossThroughDots(crossing=4): """
        . . . . . | . 1 . 2 .
        . 1 . . . | 1 1 1 4 1
        . . . . . | . 1 . 2 .
        . . . 2 . | 2 4 2 2 2
    """,
    LinesFromBorder(): """
        . . 3 . . | . . 3 . .
        . . . . . | . . 3 . .
        2 . . . . | 2 2 3 2 2
        . . . . . | . . 3 . .
    """,
    TurnAtObstacle(obstacle=5): """
        . 3 . . . | . 3 . . .
        . . . . . | . 3 3 3 .
        5 5 5 . . | 5 5 5 3 .
        . . . . . | . . . 3 3
        . . . 5 . | . . . 5 3
        . . . . . | . . . . 3
    """,
    Bounce(): """
        . . . | . 2 .
        . . . | 2 . .
        . . . | . 2 .
        . . . | . . 2
        . . . | . 2 .
        2 . . | 2 . .
    """,
    ElbowPath(first=1, second=2, path=4): """
        . . . . . | . . . . .
        . 1 . . . | . 1 4 4 .
        . . . . . | . . . 4 .
        . . . 2 . | . . . 2 .
    """,
    ShootFromHead(head=3): """
        . . . . . . | . . 3 . . .
        . . 3 . . . | . . 3 . . .
        . . 1 . . . | . . 1 . . .
        . . 1 . . . | . . 1 . . .
        . . . . . . | . . . . . .
        1 1 3 . . . | 1 1 3 3 3 3
    """,
}
