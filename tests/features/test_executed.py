"""Executed features: hand-computed values, and properties for every pair of grids."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neural_guide.arc.grid import is_equal
from neural_guide.dsl.cells import MARK
from neural_guide.dsl.vocabulary import PRIMITIVES, V2
from neural_guide.features.executed import FEATURES, compute_executed_features

FUNCTIONS = [PRIMITIVES[name] for name in V2.names]
GRIDS = st.tuples(st.integers(1, 8), st.integers(1, 8)).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 9))
)


def read_feature(rows, row: int, name: str) -> float:
    return rows[row, FEATURES.index(name)] / 255


def row_index(name: str) -> int:
    return 1 + V2.names.index(name)


def test_features_match_hand_computed_values():
    state = np.array([[1, 0], [2, 0]], dtype=np.uint8)
    target = np.array([[0, 1], [0, 3]], dtype=np.uint8)  # mirrored, and 2 became 3
    rows = compute_executed_features(state, target, FUNCTIONS)
    mirrored = row_index("vmirror")
    assert read_feature(rows, mirrored, "applies") == 1
    assert read_feature(rows, mirrored, "changed") == 1
    assert read_feature(rows, mirrored, "equal") == 0
    assert read_feature(rows, mirrored, "equal_up_to_colours") == 1
    assert abs(read_feature(rows, mirrored, "equal_cells") - 3 / 4) < 0.003
    assert abs(read_feature(rows, mirrored, "equal_content") - 1 / 2) < 0.003
    assert abs(read_feature(rows, mirrored, "equal_rows") - 1 / 2) < 0.003
    assert abs(read_feature(rows, mirrored, "equal_columns") - 1 / 2) < 0.003
    assert abs(read_feature(rows, mirrored, "histogram_distance") - 1 / 4) < 0.003
    assert read_feature(rows, mirrored, "colours_within") == 0  # 2 is not in the target
    assert read_feature(rows, mirrored, "colours_cover") == 0  # 3 is not in the result
    halved = row_index("crop_content")  # its left column
    assert read_feature(rows, halved, "same_height") == 1
    assert read_feature(rows, halved, "same_width") == 0
    assert abs(read_feature(rows, halved, "width_ratio") - 1 / 3) < 0.003
    assert read_feature(rows, halved, "equal_cells") == 0


def test_features_of_steps_to_come_match_hand_computed_values():
    state = np.array([[1, 0, 2], [0, 4, 0]], dtype=np.uint8)
    target = np.array([[2, 0, 1], [4, 4, 0]], dtype=np.uint8)
    rows = compute_executed_features(state, target, FUNCTIONS)
    assert abs(read_feature(rows, 0, "equal_background") - 5 / 6) < 0.003
    assert abs(read_feature(rows, 0, "equal_unmarked") - 2 / 4) < 0.003  # of the four that are not 4
    assert abs(read_feature(rows, 0, "equal_mapped") - 5 / 6) < 0.003  # 1 as 2, 2 as 1
    assert abs(read_feature(rows, 0, "turned_cells") - 5 / 6) < 0.003  # mirrored
    assert read_feature(rows, 0, "turned_equal") == 0
    assert read_feature(rows, row_index("rot90"), "turned_cells") == read_feature(rows, 0, "turned_cells")
    assert read_feature(rows, row_index("mirror_right"), "holds_target") == 0
    beside = compute_executed_features(state, np.concatenate([state, state[:, ::-1]], axis=1), FUNCTIONS)
    assert read_feature(beside, 0, "unmirrored_cells") == 1
    assert read_feature(beside, row_index("vmirror"), "unmirrored_cells") < 1
    part = compute_executed_features(state, state[:, 1:], FUNCTIONS)
    assert read_feature(part, 0, "holds_target") == 1
    assert read_feature(part, row_index("vmirror"), "holds_target") == 0


def list_turns(grid):
    """List the seven rotations and mirror images except the grid itself."""
    quarters = [np.rot90(grid, quarter) for quarter in range(4)]
    return [*quarters[1:], *map(np.fliplr, quarters)]


def is_part(part, grid) -> bool:
    (height, width), (high, wide) = grid.shape, part.shape
    positions = ((row, column) for row in range(height - high + 1) for column in range(width - wide + 1))
    is_contained = any(is_equal(grid[row : row + high, column : column + wide], part) for row, column in positions)
    return is_contained and part.shape != grid.shape


@settings(max_examples=60, deadline=None)
@given(GRIDS, GRIDS)
def test_flags_match_the_grids(state, target):
    before = state.copy(), target.copy()
    rows = compute_executed_features(state, target, FUNCTIONS)
    assert rows.shape == (1 + len(FUNCTIONS), len(FEATURES))
    assert rows.dtype == np.uint8
    for position, primitive in enumerate(FUNCTIONS):
        result, kept = primitive(state), primitive(target)
        applies = result is not None
        assert read_feature(rows, 1 + position, "applies") == applies
        assert read_feature(rows, 1 + position, "equal") == (applies and is_equal(result, target))
        assert read_feature(rows, 1 + position, "changed") == (applies and not is_equal(result, state))
        assert read_feature(rows, 1 + position, "fixed_point") == (kept is not None and is_equal(kept, target))
        if applies:
            assert read_feature(rows, 1 + position, "turned_equal") == any(
                is_equal(image, target) for image in list_turns(result)
            )
            assert read_feature(rows, 1 + position, "holds_target") == is_part(target, result)
    assert read_feature(rows, 0, "equal") == is_equal(state, target)
    assert np.array_equal(before[0], state)
    assert np.array_equal(before[1], target)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.data())
def test_shares_of_cells_match_numpy(height, width, data):
    cells = arrays(np.uint8, (height, width), elements=st.integers(0, 4))
    state, target = data.draw(cells), data.draw(cells)
    rows = compute_executed_features(state, target, FUNCTIONS)
    pairs = list(zip(state.ravel().tolist(), target.ravel().tolist(), strict=True))
    mapped = sum(max(pairs.count((colour, other)) for other in range(10)) for colour in range(10))
    unmarked = target != MARK
    shares = {
        "equal_cells": (state == target).mean(),
        "equal_content": ((state == target) & (target > 0)).sum() / max((target > 0).sum(), 1),
        "equal_background": ((state == 0) == (target == 0)).mean(),
        "equal_unmarked": ((state == target) & unmarked).sum() / max(unmarked.sum(), 1),
        "equal_mapped": mapped / state.size,
        "equal_rows": (state == target).all(axis=1).mean(),
        "equal_columns": (state == target).all(axis=0).mean(),
        "turned_cells": max((image == target).mean() for image in list_turns(state) if image.shape == target.shape),
        "histogram_distance": np.abs(
            np.subtract(*(np.bincount(image.ravel(), minlength=10) for image in (state, target)))
        ).sum()
        / state.size
        / 2,
    }
    for name, share in shares.items():
        assert abs(read_feature(rows, 0, name) - share) < 0.003, name
    doubled = [(2, 1), (1, 2), (2, 2)][data.draw(st.integers(0, 2))]
    mirrored = target
    for axis, times in enumerate(doubled):
        mirrored = np.concatenate([mirrored, np.flip(mirrored, axis)], axis) if times == 2 else mirrored
    of_half = compute_executed_features(state, mirrored, FUNCTIONS)
    assert abs(read_feature(of_half, 0, "unmirrored_cells") - (state == target).mean()) < 0.003


@settings(max_examples=60, deadline=None)
@given(GRIDS, st.data())
def test_part_is_found_at_any_position(grid, data):
    rows, columns = (sorted(data.draw(st.tuples(*[st.integers(0, size)] * 2))) for size in grid.shape)
    part = grid[rows[0] : rows[1], columns[0] : columns[1]].copy()
    if part.size:
        assert read_feature(compute_executed_features(grid, part, FUNCTIONS), 0, "holds_target") == (
            part.shape != grid.shape
        )


@settings(max_examples=30, deadline=None)
@given(GRIDS)
def test_target_equal_to_the_state_is_equal_throughout(state):
    rows = compute_executed_features(state, state, FUNCTIONS)
    ones = ("equal", "equal_cells", "equal_rows", "equal_columns", "equal_up_to_colours", "colours_cover")
    assert all(read_feature(rows, 0, name) == 1 for name in ones)
    assert read_feature(rows, 0, "histogram_distance") == 0
