"""Runs of rows between full lines of one colour."""

import numpy as np
import pytest

from neural_guide.search.line_spans import find_spans_between_lines


@pytest.mark.parametrize(
    ("row_colours", "spans"),
    [
        ("0005", [(0, 4)]),  # a line at the border alone divides nothing
        ("00500", [(0, 2), (3, 5)]),
        ("5005", [(0, 4)]),
        ("50050", [(1, 3), (4, 5)]),  # with a line inside, those at the border are lines too
        ("0550500", [(0, 1), (3, 4), (5, 7)]),
        ("03050500", [(0, 3), (4, 5), (6, 8)]),  # the most frequent colour makes the lines
        ("0", [(0, 1)]),
    ],
)
def test_spans_lie_between_lines(row_colours, spans):
    grid = np.array([[int(colour), int(colour), int(colour)] for colour in row_colours], dtype=np.uint8)
    assert find_spans_between_lines(grid) == spans


def test_a_row_of_two_colours_is_no_line():
    assert find_spans_between_lines(np.array([[0, 0], [5, 3], [0, 0]], dtype=np.uint8)) == [(0, 3)]
