"""Stencils: the marks around every anchor of the outputs are found, and drawn around the anchors of other grids."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_guide.arc.grid import is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.dsl.vocabulary import V2
from neural_guide.search.cell_rules.stencils import NO_MARK, Stencil, apply_stencil, find_stencils
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import solve
from neural_guide.search.trace import trace_candidate

KNIGHT = ((-1, 2, 4), (2, 1, 6), (0, 1, 4))


def draw_dots(cells, colours, side=12):
    grid = np.zeros((side, side), dtype=np.uint8)
    for (row, column), colour in zip(cells, colours, strict=True):
        grid[row, column] = colour
    return grid


def draw_marks(grid, colour, marks=KNIGHT):
    marked = grid.copy()
    for row, column in np.argwhere(grid == colour):
        for down, right, mark in marks:
            if 0 <= row + down < len(grid) and 0 <= column + right < len(grid):
                marked[row + down, column + right] = mark
    return marked


INPUTS = [draw_dots(((2, 2), (8, 5)), (1, 2)), draw_dots(((6, 8), (3, 1)), (1, 2)), draw_dots(((9, 3), (4, 9)), (1, 2))]
OUTPUTS = [draw_marks(grid, 1) for grid in INPUTS]


def test_grids_above_the_limit_of_arc_have_stencils_too():
    inputs = [np.zeros((80, 93), np.uint8) for _ in INPUTS]
    for grid, small in zip(inputs, INPUTS, strict=True):
        grid[60:72, 70:82] = small
        grid[2:50, 3:60] = 7  # no stencil reaches around it
    outputs = [grid.copy() for grid in inputs]
    for grid, small in zip(outputs, OUTPUTS, strict=True):
        grid[60:72, 70:82] = small
    marks = [{*map(tuple, stencil.marks)} for stencil in find_stencils(inputs, outputs)]
    assert any(found >= set(KNIGHT) for found in marks)


def test_marks_around_every_anchor_are_a_stencil():
    (stencil,) = [stencil for stencil in find_stencils(INPUTS, OUTPUTS) if stencil.anchors.colour == 1]
    assert sorted(stencil.marks) == sorted(KNIGHT)
    assert str(stencil) == "3 marks around 1"
    for grid, output in zip(INPUTS, OUTPUTS, strict=True):
        drawn = apply_stencil(stencil, grid)
        assert is_equal(np.where(drawn == NO_MARK, grid, drawn), output)


def test_marks_can_have_the_colour_of_the_anchor():
    inputs = [draw_dots(((2, 2), (8, 5)), (1, 2)), draw_dots(((6, 8), (2, 2)), (3, 4))]
    outputs = [sum(draw_marks(grid * (grid == n), n, ((1, 1, n),)) for n in range(1, 5)) for grid in inputs]
    (stencil,) = [stencil for stencil in find_stencils(inputs, outputs) if stencil.anchors.colour == 0]
    assert str(stencil) == "1 marks around an object"
    drawn = apply_stencil(stencil, draw_dots(((5, 5),), (9,)))
    assert drawn[6, 6] == 9
    assert (drawn != NO_MARK).sum() == 1


def test_equal_cells_far_from_every_anchor_are_no_marks():
    """A 7 five rows below every anchor, and nothing between."""
    outputs = [output.copy() for output in OUTPUTS]
    for grid, output in zip(INPUTS, outputs, strict=True):
        row, column = np.argwhere(grid == 1)[0]
        output[(row + 5) % 12, column] = 7
    stencils = [stencil for stencil in find_stencils(INPUTS, outputs) if stencil.anchors.colour == 1]
    marks = [mark for stencil in stencils for mark in stencil.marks]
    assert sorted(marks) == sorted(KNIGHT)


def test_one_anchor_gives_no_stencil():
    assert not find_stencils(INPUTS[:1], OUTPUTS[:1])


def test_a_task_of_stencils_is_solved_and_traced():
    """A tree of four neighbour features cannot express the pattern."""
    test = draw_dots(((7, 4), (1, 9), (10, 10)), (1, 2, 2))
    task = Task("t", tuple(map(Pair, INPUTS, OUTPUTS)), (test,))
    candidates = solve(task, V2, Prior.uniform(len(V2)), SearchBudget(length=1), SearchSettings(cells=True)).candidates
    assert any(isinstance(reference.feature, Stencil) for reference in candidates[0].rule.all_features)
    assert is_equal(candidates[0].answers[0], draw_marks(test, 1))
    assert "3 marks around 1 (input)" in candidates[0].rule.description
    traces = trace_candidate((), None, (), candidates[0].rule, INPUTS).states
    assert all(is_equal(grids[-1], output) for grids, output in zip(traces, OUTPUTS, strict=True))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), st.integers(1, 3)), min_size=1, max_size=6), st.data()
)
def test_stencil_values_are_small_numbers_of_the_grid_shape(dots, data):
    grids = [draw_dots([dot[:2] for dot in dots], [dot[2] for dot in dots]), *INPUTS]
    other = data.draw(st.integers(0, 9))
    for stencil in find_stencils(grids, [np.where(grid == 2, other, grid).astype(np.uint8) for grid in grids]):
        for grid in grids:
            drawn = apply_stencil(stencil, grid)
            assert drawn.shape == grid.shape
            assert drawn.dtype == np.uint8
            assert drawn.max() <= NO_MARK


@pytest.mark.parametrize("side", [1, 30])
def test_uniform_grids_of_any_size_have_no_stencils(side):
    grids = [np.full((side, side), colour, dtype=np.uint8) for colour in (1, 2)]
    assert find_stencils(grids, grids) == []
