"""Stamps: what outputs show around every anchor is found, and put around the anchors of other grids."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_guide.arc.grid import is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.dsl.vocabulary import V2
from neural_guide.search.cell_rules.stencils import NONE, Stamp, stamped, stamps_of
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import solve
from neural_guide.search.trace import trace_candidate

KNIGHT = ((-1, 2, 4), (2, 1, 6), (0, 1, 4))


def dotted(places, colours, side=12):
    grid = np.zeros((side, side), dtype=np.uint8)
    for (row, column), colour in zip(places, colours, strict=True):
        grid[row, column] = colour
    return grid


def marked(grid, colour, marks=KNIGHT):
    made = grid.copy()
    for row, column in np.argwhere(grid == colour):
        for down, right, mark in marks:
            if 0 <= row + down < len(grid) and 0 <= column + right < len(grid):
                made[row + down, column + right] = mark
    return made


INPUTS = [dotted(((2, 2), (8, 5)), (1, 2)), dotted(((6, 8), (3, 1)), (1, 2)), dotted(((9, 3), (4, 9)), (1, 2))]
OUTPUTS = [marked(grid, 1) for grid in INPUTS]


def test_what_is_around_every_anchor_is_a_stamp():
    (stamp,) = [stamp for stamp in stamps_of(INPUTS, OUTPUTS) if stamp.anchors.colour == 1]
    assert sorted(stamp.marks) == sorted(KNIGHT)
    assert str(stamp) == "3 marks around 1"
    for grid, output in zip(INPUTS, OUTPUTS, strict=True):
        put = stamped(stamp, grid)
        assert is_equal(np.where(put == NONE, grid, put), output)


def test_marks_in_the_colour_of_the_anchor():
    inputs = [dotted(((2, 2), (8, 5)), (1, 2)), dotted(((6, 8), (2, 2)), (3, 4))]
    outputs = [sum(marked(grid * (grid == n), n, ((1, 1, n),)) for n in range(1, 5)) for grid in inputs]
    (stamp,) = [stamp for stamp in stamps_of(inputs, outputs) if stamp.anchors.colour == 0]
    assert str(stamp) == "1 marks around an object"
    put = stamped(stamp, dotted(((5, 5),), (9,)))
    assert put[6, 6] == 9
    assert (put != NONE).sum() == 1


def test_what_happens_to_be_alike_far_away_is_no_mark():
    """A 7 five rows below every anchor, and nothing between."""
    outputs = [output.copy() for output in OUTPUTS]
    for grid, output in zip(INPUTS, outputs, strict=True):
        row, column = np.argwhere(grid == 1)[0]
        output[(row + 5) % 12, column] = 7
    marks = [mark for stamp in stamps_of(INPUTS, outputs) if stamp.anchors.colour == 1 for mark in stamp.marks]
    assert sorted(marks) == sorted(KNIGHT)


def test_one_anchor_is_no_stamp():
    assert not stamps_of(INPUTS[:1], OUTPUTS[:1])


def test_a_task_of_stamps_is_solved_and_told():
    """The pattern is no neighbourhood that a tree of four views could tell."""
    test = dotted(((7, 4), (1, 9), (10, 10)), (1, 2, 2))
    task = Task("t", tuple(map(Pair, INPUTS, OUTPUTS)), (test,))
    found = solve(task, V2, Prior.uniform(len(V2)), SearchBudget(length=1), SearchSettings(cells=True)).candidates[0]
    assert any(isinstance(look.view, Stamp) for look in found.rule.all_looks)
    assert is_equal(found.answers[0], marked(test, 1))
    assert "3 marks around 1 (input)" in found.rule.words
    _, grids = trace_candidate((), None, (), found.rule, INPUTS)
    assert all(is_equal(each[-1], output) for each, output in zip(grids, OUTPUTS, strict=True))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), st.integers(1, 3)), min_size=1, max_size=6), st.data()
)
def test_stamps_are_small_numbers_of_the_shape_of_a_grid(dots, data):
    grids = [dotted([dot[:2] for dot in dots], [dot[2] for dot in dots]), *INPUTS]
    other = data.draw(st.integers(0, 9))
    for stamp in stamps_of(grids, [np.where(grid == 2, other, grid).astype(np.uint8) for grid in grids]):
        for grid in grids:
            put = stamped(stamp, grid)
            assert put.shape == grid.shape
            assert put.dtype == np.uint8
            assert put.max() <= NONE


@pytest.mark.parametrize("side", [1, 30])
def test_grids_of_any_size(side):
    grids = [np.full((side, side), colour, dtype=np.uint8) for colour in (1, 2)]
    assert stamps_of(grids, grids) == []
