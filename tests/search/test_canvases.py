"""Canvases: how an input is drawn on a grid of the output's size, which tasks have one, and what is solved on it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.grid import is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.dsl.vocabulary import WIDE
from neural_guide.search.application import apply_candidate
from neural_guide.search.canvases import ANCHORS, LAYOUTS, draw_on_canvas, list_canvases
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget
from neural_guide.search.solver import solve
from neural_guide.search.task_transforms import CANVAS_NAMES, list_transforms
from support.grids import draw
from support.strategies import grids

TASKS = {arc.task.task_id: arc for arc in load_tasks("arc1-training")}


@pytest.mark.parametrize(
    ("anchor", "larger", "smaller"),
    [
        ("top left", draw("1200", "3400", "0000", "0000"), draw("5")),
        ("top right", draw("0012", "0034", "0000", "0000"), draw("7")),
        ("bottom left", draw("0000", "0000", "1200", "3400"), draw("6")),
        ("bottom right", draw("0000", "0000", "0012", "0034"), draw("8")),
        ("middle", draw("0000", "0120", "0340", "0000"), draw("9")),
    ],
)
def test_an_input_is_placed_or_cut_off(anchor, larger, smaller):
    assert is_equal(draw_on_canvas(draw("12", "34"), (4, 4), anchor), larger)
    assert is_equal(draw_on_canvas(draw("527", "291", "638"), (1, 1), anchor), smaller)


def test_an_input_is_repeated_or_scaled():
    grid = draw("120", "034")
    assert is_equal(draw_on_canvas(grid, (3, 5), "repeated"), draw("12012", "03403", "12012"))
    assert is_equal(draw_on_canvas(grid, (4, 6), "scaled"), draw("112200", "112200", "003344", "003344"))
    assert is_equal(draw_on_canvas(draw_on_canvas(grid, (6, 9), "scaled"), (2, 3), "scaled"), grid)


@given(grids(6), st.tuples(st.integers(1, 9), st.integers(1, 9)), st.sampled_from(LAYOUTS))
def test_a_canvas_has_colours_of_the_input(grid, shape, layout):
    drawn = draw_on_canvas(grid, shape, layout)
    assert drawn.shape == shape
    assert drawn.dtype == np.uint8
    assert np.isin(drawn[drawn > 0], grid).all()
    assert is_equal(draw_on_canvas(grid, grid.shape, layout), grid)


@given(grids(6), st.tuples(st.integers(1, 9), st.integers(1, 9)), st.sampled_from(list(ANCHORS)))
def test_a_canvas_shows_as_much_of_the_input_as_fits(grid, shape, anchor):
    placed = draw_on_canvas(grid, shape, anchor)
    assert placed.shape == shape
    assert placed.dtype == np.uint8
    shown = min(grid.shape[0], shape[0]) * min(grid.shape[1], shape[1])
    assert np.count_nonzero(placed) <= min(shown, np.count_nonzero(grid))
    if shape[0] >= grid.shape[0] and shape[1] >= grid.shape[1]:
        assert sorted(placed[placed > 0].tolist()) == sorted(grid[grid > 0].tolist())
    back = draw_on_canvas(placed, grid.shape, anchor)
    assert np.isin(back[back > 0], grid).all()


def test_an_input_is_mirrored():
    grid = draw("12", "34", "56")
    assert is_equal(draw_on_canvas(grid, (6, 4), "mirrored"), draw("1221", "3443", "5665", "5665", "3443", "1221"))
    around = draw("6556", "4334", "2112", "2112", "4334", "6556", "6556", "4334", "2112")
    assert is_equal(draw_on_canvas(grid, (9, 4), "mirrored around"), around)  # the input is lines 4 to 6, right
    assert is_equal(draw_on_canvas(grid, (5, 3), "mirrored at edges"), draw("121", "343", "565", "343", "121"))
    assert is_equal(draw_on_canvas(draw("7"), (2, 3), "mirrored at edges"), draw("777", "777"))


@pytest.mark.parametrize(
    ("grid", "continued"),
    [
        (draw("1000", "0100"), draw("1000", "0100", "0010", "0001", "0000")),
        (draw("0012", "0120"), draw("0012", "0120", "1200", "2000", "0000")),
        (draw("12", "34", "12"), draw("12", "34", "12", "34", "12")),
        (draw("12", "34", "56"), draw("12", "34", "56", "00", "00")),  # no step leads on
    ],
)
def test_an_input_is_continued_by_its_shortest_step(grid, continued):
    assert is_equal(draw_on_canvas(grid, continued.shape, "continued"), continued)
    assert is_equal(draw_on_canvas(grid.T.copy(), continued.T.shape, "continued"), continued.T)


def test_an_input_is_laid_at_all_corners():
    assert is_equal(draw_on_canvas(draw("12"), (2, 4), "at all corners"), draw("1212", "1212"))
    assert is_equal(draw_on_canvas(draw("1002", "0000", "3004"), (2, 2), "at all corners"), draw("12", "34"))


def make_task(change, shapes=((4, 5), (5, 4), (4, 4))):
    rng = np.random.default_rng(1)
    inputs = [rng.integers(1, 6, shape).astype(np.uint8) for shape in shapes]
    return Task("t", tuple(Pair(grid, change(grid)) for grid in inputs[:-1]), (inputs[-1],))


@pytest.mark.parametrize(
    ("change", "anchors"),
    [
        (lambda grid: np.pad(grid, ((0, 3), (0, 1))), {"top left"}),
        (lambda grid: 6 - np.pad(grid, ((0, 3), (0, 1)), constant_values=6), {"top left"}),  # in other colours
        (lambda grid: np.pad(grid, ((0, 4), (0, 0)), "symmetric"), {"top left", "mirrored"}),
        (lambda grid: np.pad(grid, 1), {"middle"}),
        (lambda grid: np.tile(grid, (2, 2)), {"top left", "top right", "bottom left", "bottom right", "repeated"}),
        (lambda grid: np.kron(grid, np.ones((3, 2), np.uint8)), {"scaled"}),
        (lambda grid: grid, set()),  # sizes stay
        (lambda grid: np.tile(grid, (2, 2))[::-1, ::-1], set()),  # the input is not shown
        (lambda grid: np.zeros((int(grid[0, 0]) + 3, 1), np.uint8), set()),  # sizes follow no rule
    ],
)
def test_canvases_are_those_on_which_every_output_shows_its_input(change, anchors):
    transforms = [transform.grids for transform in list_transforms(make_task(change))]
    assert {grids.canvas.layout for grids in transforms if grids.canvas} == anchors


@pytest.mark.parametrize("grid", [np.ones((1, 1), np.uint8), np.ones((60, 90), np.uint8), np.zeros((2, 3), np.uint8)])
def test_a_new_input_of_any_size_is_drawn(grid):
    for change in (lambda grid: grid[: len(grid) // 2], lambda grid: np.tile(grid, (2, 3))):
        for canvas in list_canvases(make_task(change, ((4, 3), (6, 2), (8, 5)))):
            assert 1 <= min(canvas.draw(grid).shape) <= max(canvas.draw(grid).shape) <= 100


def test_outputs_and_answers_stay_as_they_are():
    task = make_task(lambda grid: np.pad(grid, ((0, 3), (0, 1))))
    (transform,) = [transform for transform in list_transforms(task) if transform.name in CANVAS_NAMES]
    for original, pair in zip(task.pairs, transform.task.pairs, strict=True):
        assert pair.input.shape == pair.output.shape
        assert is_equal(pair.output, original.output)
    assert is_equal(transform.invert(task.pairs[0].output, 0), task.pairs[0].output)


@pytest.mark.parametrize("task_id", ["5bd6f4ac", "d13f3404", "f5b8619d"])
def test_real_tasks_are_solved_on_a_canvas_and_the_rule_holds_for_the_pairs(task_id):
    arc = TASKS[task_id]
    outcome = solve(arc.task, WIDE, Prior.uniform(len(WIDE)), SearchBudget(nodes=3000))
    assert arc.answers is not None
    right = [candidate for candidate in outcome.candidates if arc.is_answered_by(candidate.answers)]
    assert right
    assert right[0].transform in CANVAS_NAMES
    outputs = apply_candidate(right[0], arc.task, [pair.input for pair in arc.task.pairs])
    for output, pair in zip(outputs, arc.task.pairs, strict=True):
        assert output is not None
        assert is_equal(output, pair.output)
