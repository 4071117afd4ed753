import numpy as np
import pytest

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.grid import is_grid
from neural_guide.data.generation.input_sets import (
    InputSource,
    apply_palette,
    apply_symmetry,
    draw_palette,
    load_arc_pools,
)
from neural_guide.data.generation.quality import measure_grids


def canonicalize(grid):
    """The canonical form of a grid up to symmetry and colours other than background: the least of eight views."""
    views = []
    for symmetry in range(8):
        view = apply_symmetry(grid, symmetry)
        names = {0: 0}
        views.append((view.shape, tuple(names.setdefault(cell, len(names)) for cell in view.ravel().tolist())))
    return min(views)


@pytest.mark.parametrize("arc_share", [0.0, 1.0])
@pytest.mark.parametrize("count", [1, 4, 8])
def test_inputs_are_valid_different_and_of_several_colours(arc_share, count):
    source, rng = InputSource(arc_share), np.random.default_rng(1)
    for _ in range(30):
        grids = source.draw(count, rng)
        assert len(grids) == count
        assert all(is_grid(grid) and grid.flags.c_contiguous and grid.min() < grid.max() for grid in grids)
        assert len({(grid.shape, grid.tobytes()) for grid in grids}) == count


def test_arc_inputs_are_training_grids_up_to_colours_and_symmetry():
    inputs, outputs = load_arc_pools()
    assert len(inputs) == len(outputs) == 400
    assert sum(map(len, inputs)) == sum(map(len, outputs)) == 1718
    known = {canonicalize(grid) for pool in inputs + outputs for grid in pool if grid.size <= 100}
    source, rng = InputSource(1.0), np.random.default_rng(2)
    small = [grid for _ in range(60) for grid in source.draw(4, rng) if grid.size <= 100]
    assert len(small) > 50
    assert all(canonicalize(grid) in known for grid in small)


def test_inputs_are_similar_to_those_of_arc():
    """ARC-1 training has 10.6, 3.55 and 0.615; ARC-1 evaluation 13.5, 4.14 and 0.613."""
    source, rng = InputSource(0.5), np.random.default_rng(4)
    side, colours, background = measure_grids([grid for _ in range(1000) for grid in source.draw(4, rng)])
    assert 9.5 < side < 12.5
    assert 3.2 < colours < 4
    assert 0.57 < background < 0.66


def test_evaluation_tasks_are_never_read(monkeypatch):
    names = []
    monkeypatch.setattr("neural_guide.arc.collections.load_tasks", lambda name: names.append(name) or load_tasks(name))
    InputSource(1.0)
    assert names == ["arc1-training"]


def test_the_eight_symmetries_differ():
    grid = np.arange(6, dtype=np.uint8).reshape(2, 3)
    views = [apply_symmetry(grid, symmetry) for symmetry in range(8)]
    assert len({(view.shape, view.tobytes()) for view in views}) == 8
    assert np.array_equal(apply_symmetry(grid, 0), grid)


def test_palettes_permute_colours_and_keep_the_background():
    palette = draw_palette(np.random.default_rng(0))
    assert palette[0] == 0
    assert sorted(palette) == list(range(10))
    grid = np.array([[0, 1], [2, 1]], dtype=np.uint8)
    assert apply_palette(grid, palette).tolist() == [[0, palette[1]], [palette[2], palette[1]]]
