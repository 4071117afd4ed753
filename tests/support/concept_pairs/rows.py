"""Pairs of data/generation/concepts/families/rows.py."""

from neural_guide.data.generation.concepts.families.rows import (
    RowColourByLength,
    RowCopyToDots,
    RowExtendToMarker,
    RowFill,
    RowFlipHead,
    RowHollow,
    RowKeepLongest,
    RowLeap,
    RowMirror,
    RowMoveToMarker,
    RowSort,
    RowTally,
)

PAIRS = {
    RowLeap(): "1 1 1 . . . . | . . . 1 1 1 .",
    RowFill(): "2 . . 2 . 1 . 1 | 2 2 2 2 . 1 1 1",
    RowMirror(pivot=5): ". 1 . 2 5 . . . . | . 1 . 2 5 2 . 1 .",
    RowSort(): "1 1 1 . 2 . 1 1 . | 2 . 1 1 . 1 1 1 .",
    RowHollow(): "1 1 1 1 . 2 2 2 . | 1 . . 1 . 2 . 2 .",
    RowMoveToMarker(marker=5): "1 1 . . . 5 . | . . . 1 1 5 .",
    RowExtendToMarker(marker=5): ". 1 1 . . 5 . | . 1 1 1 1 5 .",
    RowColourByLength(odd=3, even=4): "1 1 . 1 . 1 1 1 | 4 4 . 3 . 3 3 3",
    RowKeepLongest(): "1 1 . 2 2 2 . 1 | . . . 2 2 2 . .",
    RowFlipHead(head=5): ". 1 1 5 . 5 2 2 | . 5 1 1 . 2 2 5",
    RowCopyToDots(dot=5): "1 2 2 . 5 . . . 5 . . | 1 2 2 . 1 2 2 . 1 2 2",
    RowTally(bar=4): "1 . 2 . . 1 . . | 4 4 4 . . . . .",
}
