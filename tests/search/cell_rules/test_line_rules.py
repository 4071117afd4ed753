"""Rules that decide line by line: what was made before is what they see, and they go on where it leads."""

import numpy as np
import pytest
from hypothesis import given, settings

from neural_guide.arc.grid import is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.dsl.vocabulary import V2
from neural_guide.search.cell_rules.lines import DIRECTIONS, made_before, made_views, turned, turned_back
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import solve
from neural_guide.search.trace import trace_candidate
from support.strategies import grids

TURNS = {"down": 0, "right": 1, "up": 2, "left": 3}  # times 90 degrees, counterclockwise, from going down


def path(grid):
    """A dot of the first row goes down; at a wall (5) it goes on one cell to the right."""
    made = grid.copy()
    for row in range(1, len(grid)):
        for column in range(grid.shape[1]):
            above = made[row - 1, column] == 2
            beside = column and made[row - 1, column - 1] == 2 and grid[row, column - 1] == 5
            if grid[row, column] == 0 and (above or beside):
                made[row, column] = 2
    return made


def task_of(direction, side=13):
    rng = np.random.default_rng(0)
    inputs = []
    for _ in range(5):
        grid = np.where(rng.random((side, side)) < 0.15, 5, 0).astype(np.uint8)
        grid[0] = np.where(rng.random(side) < 0.3, 2, 0)
        inputs.append(grid)
    turn = TURNS[direction]
    pairs = [Pair(*(np.ascontiguousarray(np.rot90(each, turn)) for each in (grid, path(grid)))) for grid in inputs]
    return Task("t", tuple(pairs[:-1]), (pairs[-1].input,)), pairs[-1].output


@settings(max_examples=40, deadline=None)
@given(grids())
def test_turned_back_lines_are_the_grid(grid):
    for direction in DIRECTIONS:
        assert is_equal(turned_back(turned(grid, direction), direction), grid)


def test_what_was_made_before_is_seen_in_every_direction():
    grid = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], dtype=np.uint8)
    assert made_views(grid, "down")["made before"].tolist() == [[10, 10, 10], [1, 2, 3], [4, 5, 6]]
    assert made_views(grid, "up")["made before"].tolist() == [[4, 5, 6], [7, 8, 9], [10, 10, 10]]
    assert made_views(grid, "right")["made two before"].tolist() == [[10, 10, 1], [10, 10, 4], [10, 10, 7]]
    assert made_views(grid, "left")["made before"].tolist() == [[2, 3, 10], [5, 6, 10], [8, 9, 10]]
    assert made_before(grid, 1)["made before to the left"].tolist() == [10, 1, 2]
    assert made_before(grid, 1)["made before to the right"].tolist() == [2, 3, 10]


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_path_around_walls_is_followed(direction):
    task, answer = task_of(direction)
    found = solve(task, V2, Prior.uniform(len(V2)), SearchBudget(length=1), SearchSettings(cells=True)).candidates[0]
    assert found.rule is not None
    assert found.rule.direction == direction
    assert f"line by line {direction}" in found.rule.words
    assert is_equal(found.answers[0], answer)
    inputs = [*(pair.input for pair in task.pairs), *task.test_inputs]
    _, states = trace_candidate((), None, (), found.rule, inputs)
    assert all(map(is_equal, [each[-1] for each in states], [*(pair.output for pair in task.pairs), answer]))
