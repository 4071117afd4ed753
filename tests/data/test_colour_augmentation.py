"""One map of colours a task, for training on outputs in other colours."""

import numpy as np
import pytest

from neural_guide.arc.grid import COLOURS, PAD
from neural_guide.data.colour_augmentation import FEW, apply_colour_maps, draw_colour_maps, find_output_colours
from neural_guide.data.store.feature_cache import has_features, open_features
from neural_guide.data.store.store import open_store


@pytest.fixture(scope="module")
def store(dataset):
    return open_store(str(dataset))


def outputs_of(store, task: int) -> list[np.ndarray]:
    return [store.grids(int(record))[1] for record in np.flatnonzero(store.task_of == task)]


def test_the_colours_of_outputs_are_those_of_all_pairs(store):
    seen = find_output_colours(store)
    for task in range(len(store.lengths)):
        assert set(np.flatnonzero(seen[task])) == {int(cell) for made in outputs_of(store, task) for cell in made.flat}


def test_colours_are_permuted_or_merged_to_a_few(store):
    maps = draw_colour_maps(store)
    left = np.array([len(set(each[:COLOURS].tolist())) for each in maps])
    assert set(left.tolist()) == {*FEW, COLOURS}
    assert 0.35 < np.mean(left == COLOURS) < 0.65
    assert maps[:, :COLOURS].max() < COLOURS
    assert (maps[:, COLOURS:] == np.arange(COLOURS, 256)).all()  # canvases keep what is around a grid
    assert maps[0, PAD] == PAD
    assert np.mean(maps[:, 0] != 0) > 0.7  # the background becomes content too


def test_what_has_two_colours_keeps_two(store):
    maps = draw_colour_maps(store)
    for task in range(len(store.lengths)):
        outputs = outputs_of(store, task)
        before = {int(cell) for made in outputs for cell in made.flat}
        after = {int(maps[task][cell]) for cell in before}
        assert min(2, len(before)) <= len(after) <= len(before)


def test_maps_follow_from_the_store(store):
    assert (draw_colour_maps(store) == draw_colour_maps(store)).all()


def test_each_output_gets_the_colours_of_its_task():
    outputs = np.array([[[0, 1], [PAD, PAD]], [[0, 1], [1, PAD]]], np.uint8)
    maps = np.tile(np.arange(256, dtype=np.uint8), (2, 1))
    maps[0, :2], maps[1, :2] = (3, 4), (5, 6)
    assert apply_colour_maps(outputs, maps).tolist() == [[[3, 4], [PAD, PAD]], [[5, 6], [6, PAD]]]


def test_there_may_be_no_task_to_recolour():
    nothing = apply_colour_maps(np.zeros((0, 4, 10, 10), np.uint8), np.zeros((0, 256), np.uint8))
    assert nothing.shape == (0, 4, 10, 10)


def test_features_of_other_colours_lie_beside_the_others(store):
    plain, other = open_features(store, progress=False), open_features(store, recoloured=True, progress=False)
    assert has_features(store)
    assert has_features(store, recoloured=True)
    records = np.arange(len(store))
    assert plain.shape == other.shape
    assert (plain[records] != other[records]).any(axis=(1, 2)).mean() > 0.9
    assert (open_features(store, progress=False)[records] == plain[records]).all()
