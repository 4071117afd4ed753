"""Colour maps, one for each task, for training on outputs in other colours."""

import numpy as np
import pytest

from neural_guide.arc.grid import COLOURS, PAD
from neural_guide.data.colour_augmentation import (
    MERGED_COLOURS,
    apply_colour_maps,
    draw_colour_maps,
    find_output_colours,
)
from neural_guide.data.store.feature_cache import are_features_cached, open_features
from neural_guide.data.store.store import open_store


@pytest.fixture(scope="module")
def store(dataset):
    return open_store(str(dataset))


def list_outputs(store, task: int) -> list[np.ndarray]:
    return [store.grids(int(record))[1] for record in np.flatnonzero(store.task_of == task)]


def test_the_colours_of_outputs_are_those_of_all_pairs(store):
    present = find_output_colours(store)
    for task in range(len(store.lengths)):
        assert set(np.flatnonzero(present[task])) == {
            int(cell) for output in list_outputs(store, task) for cell in output.flat
        }


def test_colours_are_permuted_or_merged_to_a_few(store):
    maps = draw_colour_maps(store)
    counts = np.array([len(set(colours.tolist())) for colours in maps[:, :COLOURS]])
    assert set(counts.tolist()) == {*MERGED_COLOURS, COLOURS}
    assert 0.35 < np.mean(counts == COLOURS) < 0.65
    assert maps[:, :COLOURS].max() < COLOURS
    assert (maps[:, COLOURS:] == np.arange(COLOURS, 256)).all()  # padding of canvases stays
    assert maps[0, PAD] == PAD
    assert np.mean(maps[:, 0] != 0) > 0.7  # the background becomes content too


def test_outputs_of_two_colours_keep_two(store):
    maps = draw_colour_maps(store)
    for task in range(len(store.lengths)):
        outputs = list_outputs(store, task)
        before = {int(cell) for output in outputs for cell in output.flat}
        after = {int(maps[task][cell]) for cell in before}
        assert min(2, len(before)) <= len(after) <= len(before)


def test_maps_follow_from_the_store(store):
    assert (draw_colour_maps(store) == draw_colour_maps(store)).all()


def test_each_output_gets_the_colours_of_its_task():
    outputs = np.array([[[0, 1], [PAD, PAD]], [[0, 1], [1, PAD]]], np.uint8)
    maps = np.tile(np.arange(256, dtype=np.uint8), (2, 1))
    maps[0, :2], maps[1, :2] = (3, 4), (5, 6)
    assert apply_colour_maps(outputs, maps).tolist() == [[[3, 4], [PAD, PAD]], [[5, 6], [6, PAD]]]


def test_maps_of_no_task_give_no_outputs():
    empty = apply_colour_maps(np.zeros((0, 4, 10, 10), np.uint8), np.zeros((0, 256), np.uint8))
    assert empty.shape == (0, 4, 10, 10)


def test_features_of_augmented_outputs_are_stored_beside_the_others(few_records):
    store = open_store(str(few_records), progress=False)
    plain, augmented = open_features(store, progress=False), open_features(store, augmented=True, progress=False)
    assert are_features_cached(store)
    assert are_features_cached(store, augmented=True)
    records = np.arange(len(store))
    assert plain.shape == augmented.shape
    assert (plain[records] != augmented[records]).any(axis=(1, 2)).mean() > 0.9
    assert (open_features(store, progress=False)[records] == plain[records]).all()
