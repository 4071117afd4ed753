"""Pairs of data/generation/concepts/families/panels.py."""

from neural_guide.data.generation.concepts.families.panels import (
    CombinePanels,
    CropOddPanel,
    MarkFullestPanel,
    OverlayPanels,
    SumUpPanels,
)

PAIRS = {
    CombinePanels(line=5, ink=3, operation="first alone"): """
        1 1 5 2 . | . 3
        . 1 5 2 2 | . .
    """,
    CropOddPanel(line=5): """
        1 . 5 1 . | 1 2
        . 2 5 . 2 | . 2
        5 5 5 5 5 |
        1 2 5 1 . |
        . 2 5 . 2 |
    """,
    OverlayPanels(line=5): """
        1 . 5 2 2 5 . 3 | 1 2
        . . 5 . 2 5 3 3 | 3 2
    """,
    SumUpPanels(line=5): """
        1 1 5 2 . 5 4 4 | 1 2 4
        . 3 5 2 2 5 3 4 | 2 3 1
        5 5 5 5 5 5 5 5 |
        2 . 5 3 3 5 1 . |
        2 . 5 3 . 5 . 1 |
    """,
    MarkFullestPanel(line=5): """
        1 . 5 1 1 | . . 5 1 1
        . . 5 . 1 | . . 5 1 1
        5 5 5 5 5 | 5 5 5 5 5
        . . 5 1 . | . . 5 . .
        . 1 5 . 1 | . . 5 . .
    """,
}
