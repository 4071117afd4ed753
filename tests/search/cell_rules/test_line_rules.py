"""Rules that predict line by line: they read the lines before, and follow a path through them."""

import numpy as np
import pytest
from hypothesis import given, settings

from neural_guide.arc.grid import is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.dsl.vocabulary import V2
from neural_guide.search.cell_rules.lines import (
    DIRECTIONS,
    compute_previous_line_features,
    orient_lines,
    read_previous_lines,
    restore_orientation,
)
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import solve
from neural_guide.search.trace import trace_candidate
from support.strategies import grids

QUARTER_TURNS = {"down": 0, "right": 1, "up": 2, "left": 3}  # counterclockwise, from going down


def draw_paths(grid):
    """Extend each dot of the first row down; at a wall (5) the path continues one cell to the right."""
    paths = grid.copy()
    for row in range(1, len(grid)):
        for column in range(grid.shape[1]):
            above = paths[row - 1, column] == 2
            beside = column and paths[row - 1, column - 1] == 2 and grid[row, column - 1] == 5
            if grid[row, column] == 0 and (above or beside):
                paths[row, column] = 2
    return paths


def build_task(direction, side=13):
    rng = np.random.default_rng(0)
    inputs = []
    for _ in range(5):
        grid = np.where(rng.random((side, side)) < 0.15, 5, 0).astype(np.uint8)
        grid[0] = np.where(rng.random(side) < 0.3, 2, 0)
        inputs.append(grid)
    turns = QUARTER_TURNS[direction]
    pairs = [
        Pair(*(np.ascontiguousarray(np.rot90(cells, turns)) for cells in (grid, draw_paths(grid)))) for grid in inputs
    ]
    return Task("t", tuple(pairs[:-1]), (pairs[-1].input,)), pairs[-1].output


@settings(max_examples=40, deadline=None)
@given(grids())
def test_restored_lines_are_the_grid(grid):
    for direction in DIRECTIONS:
        assert is_equal(restore_orientation(orient_lines(grid, direction), direction), grid)


def test_previous_line_features_of_every_direction():
    grid = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], dtype=np.uint8)
    features = {direction: compute_previous_line_features(grid, direction) for direction in DIRECTIONS}
    assert features["down"]["made before"].tolist() == [[10, 10, 10], [1, 2, 3], [4, 5, 6]]
    assert features["up"]["made before"].tolist() == [[4, 5, 6], [7, 8, 9], [10, 10, 10]]
    assert features["right"]["made two before"].tolist() == [[10, 10, 1], [10, 10, 4], [10, 10, 7]]
    assert features["left"]["made before"].tolist() == [[2, 3, 10], [5, 6, 10], [8, 9, 10]]
    assert read_previous_lines(grid, 1)["made before to the left"].tolist() == [10, 1, 2]
    assert read_previous_lines(grid, 1)["made before to the right"].tolist() == [2, 3, 10]


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_line_rule_follows_a_path_around_walls(direction):
    task, answer = build_task(direction)
    candidates = solve(task, V2, Prior.uniform(len(V2)), SearchBudget(length=1), SearchSettings(cells=True)).candidates
    rule = candidates[0].rule
    assert rule is not None
    assert rule.direction == direction
    assert f"line by line {direction}" in rule.description
    assert is_equal(candidates[0].answers[0], answer)
    inputs = [*(pair.input for pair in task.pairs), *task.test_inputs]
    traces = trace_candidate((), None, (), rule, inputs).states
    assert all(map(is_equal, [grids[-1] for grids in traces], [*(pair.output for pair in task.pairs), answer]))
