"""Units and their features: drawn examples of each, and rules for all of them on random and on real grids."""

import re

import numpy as np
import pytest
from hypothesis import given, settings

from neural_guide.search.rule_learning.tree import VALUE_COUNT
from neural_guide.search.unit_rules.comparisons import COMPARISONS
from neural_guide.search.unit_rules.features import compare_scenes, compute_unit_features, list_costs
from neural_guide.search.unit_rules.units import MAX_UNITS, NO_UNIT, PARTITIONS, SEGMENTATIONS, split_into_units
from search.unit_rules.drawing import build_grid, split_drawing
from search.unit_rules.drawn_features import COMPARISONS as DRAWN_COMPARISONS
from search.unit_rules.drawn_features import FEATURES as DRAWN_FEATURES
from search.unit_rules.drawn_units import UNITS
from search.unit_rules.scenes import iterate_real_scenes, list_scenes
from support.strategies import grids

GRIDS = grids(colours=4)


def is_comparison(name):
    return any(name.startswith(f"{comparison} ") for comparison in COMPARISONS)


def test_each_kind_of_unit_has_a_drawing():
    assert set(UNITS) == set(SEGMENTATIONS)


@pytest.mark.parametrize("kind", SEGMENTATIONS)
def test_a_grid_is_split_into_the_drawn_units(kind):
    given_tokens, letters = split_drawing(UNITS[kind])
    scene = split_into_units(build_grid(given_tokens), kind)
    owners = [["." if owner == NO_UNIT else "abcdefgh"[owner] for owner in row] for row in scene.owners.tolist()]
    assert owners == letters


def name_family(name):
    """Name the features that differ in the template or the colour alone: `is shape of ...`, `is inside ...`."""
    return re.sub(r"^(is \w+ of) .*|^(direction to|is \w+) \d$", r"\1\2 ...", name)


def test_each_feature_has_a_drawing():
    names = {drawn.name for drawn in DRAWN_FEATURES}
    assert names <= set(list_costs())
    assert {name_family(name) for name in list_costs() if not is_comparison(name)} == set(map(name_family, names))


def test_each_comparison_has_a_drawing():
    assert {drawn.name for drawn in DRAWN_COMPARISONS} <= set(list_costs())
    for comparison in COMPARISONS:
        assert any(drawn.name.startswith(f"{comparison} ") for drawn in DRAWN_COMPARISONS), comparison


@pytest.mark.parametrize("drawn", DRAWN_FEATURES + DRAWN_COMPARISONS, ids=lambda drawn: drawn.name)
def test_a_feature_has_the_drawn_values(drawn):
    given_tokens, value_tokens = split_drawing(drawn.drawing)
    scene = split_into_units(build_grid(given_tokens), drawn.kind)
    values = compute_unit_features(scene)[drawn.name]
    assert [
        ["." if owner == NO_UNIT else str(values[owner]) for owner in row] for row in scene.owners.tolist()
    ] == value_tokens


@pytest.mark.parametrize(
    ("grid", "kind"),
    [
        (np.zeros((2, 2)), "object"),
        (np.ones((2, 2)), "gap"),
        (np.eye(3), "panel"),
        (np.indices((9, 10)).sum(axis=0) % 2, "side shape"),  # 45 shapes
    ],
)
def test_no_units_for_none_or_too_many(grid, kind):
    assert split_into_units(grid.astype(np.uint8), kind) is None


@settings(max_examples=60, deadline=None)
@given(GRIDS)
def test_units_are_few_share_no_cell_and_keep_their_cells(grid):
    before = grid.copy()
    for scene in list_scenes(grid):
        assert 1 <= len(scene) <= MAX_UNITS
        assert sum(unit.mask.sum() for unit in scene.units) == np.count_nonzero(scene.owners != NO_UNIT)
        assert list(scene.units) == sorted(scene.units, key=lambda unit: (unit.top, unit.left))
        for unit, mask in zip(scene.units, scene.masks, strict=True):
            rows, columns = np.nonzero(mask)
            assert (unit.top, unit.left) == (rows.min(), columns.min())
            assert (unit.bottom, unit.right) == (rows.max() + 1, columns.max() + 1)
            assert np.array_equal(unit.cells, np.where(unit.mask, grid[unit.box], 0))
    assert np.array_equal(grid, before)


@settings(max_examples=60, deadline=None)
@given(GRIDS)
def test_units_of_content_and_of_background_cover_it(grid):
    for kind in SEGMENTATIONS:
        scene = split_into_units(grid, kind)
        if scene is not None and kind not in ("panel", *PARTITIONS):
            assert np.array_equal(scene.owners != NO_UNIT, grid == 0 if kind == "gap" else grid != 0), kind


@settings(max_examples=30, deadline=None)
@given(GRIDS)
def test_every_feature_has_one_small_integer_a_unit(grid):
    before = grid.copy()
    for scene in list_scenes(grid):
        features = compute_unit_features(scene)
        assert set(features) == set(list_costs())
        for name, values in features.items():
            assert len(values) == len(scene), name
            assert all(type(value) is int and 0 <= value < VALUE_COUNT for value in values), name
    assert np.array_equal(grid, before)


@pytest.mark.parametrize("shape", [(1, 93), (93, 1), (100, 100)])
def test_features_of_the_largest_grids_are_small_integers(shape):
    walls = np.zeros(shape, dtype=np.uint8)
    walls[shape[0] // 2], walls[:, shape[1] // 2] = 5, 5
    for scene in list_scenes(walls):
        for name, values in compute_unit_features(scene).items():
            assert all(0 <= value < VALUE_COUNT for value in values), name


def test_no_feature_repeats_another_one_on_real_grids():
    real_features = [compute_unit_features(scene) for scene in iterate_real_scenes(tasks=40)]
    names_by_values = {}
    for name in list_costs():
        values = tuple(value for features in real_features for value in features[name])
        assert len(set(values)) > 1, name
        assert values not in names_by_values, (name, names_by_values[values])
        names_by_values[values] = name


def test_features_that_tell_units_apart_are_listed_once_and_the_cheapest_is_kept():
    drawings = ["1 1 . 2 |", "3 . 4 4 |"]
    scenes = [split_into_units(build_grid(split_drawing(drawing)[0]), "object") for drawing in drawings]
    features, costs = compare_scenes(scenes), list_costs()
    assert features.values.shape == (len(features.names), 4)
    assert features.costs.tolist() == [costs[name] for name in features.names]
    values = {
        name: [number for scene in scenes for number in compute_unit_features(scene)[name]] for name in features.names
    }
    assert features.values.tolist() == list(values.values())
    assert len({tuple(row) for row in values.values()}) == len(features.names)
    assert values["size"] == [2, 1, 1, 2]
    assert values["own colour"] == [1, 2, 3, 4]
    for absent in ("width", "height", "touches border"):  # as size, or the same for all units
        assert absent not in features.names
    for name in costs:
        row = [number for scene in scenes for number in compute_unit_features(scene)[name]]
        assert len(set(row)) == 1 or any(row == kept and costs[other] <= costs[name] for other, kept in values.items())


def test_no_features_for_units_that_are_all_alike():
    scene = split_into_units(np.array([[1]], dtype=np.uint8), "object")
    assert compare_scenes([scene, scene]).values.shape == (0, 2)
