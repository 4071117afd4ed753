import numpy as np
import pytest

from neural_guide.arc.grid import is_grid
from neural_guide.data.generation.procedural_grids import (
    FAMILIES,
    LARGEST_SIDE,
    draw_blank,
    draw_blob,
    draw_rectangle,
    draw_ring,
    draw_style,
    sprinkle,
    stamp,
)


def draw_family(family: str, seed: int, count: int = 4):
    rng = np.random.default_rng(seed)
    style = draw_style(rng)
    draw = FAMILIES[family](style, rng)
    return style, [draw(rng) for _ in range(count)]


@pytest.mark.parametrize("family", FAMILIES)
def test_families_draw_valid_grids_in_their_palette(family):
    for seed in range(200):
        style, grids = draw_family(family, seed)
        for grid in grids:
            assert is_grid(np.ascontiguousarray(grid))
            assert max(grid.shape) <= LARGEST_SIDE + 3  # three separators between four panels
            walls = 1 if family == "panels" else 0
            assert len(set(np.unique(grid)) - {0, *style.palette}) <= walls


@pytest.mark.parametrize("family", FAMILIES)
def test_families_repeat_by_seed_and_vary_within_a_task(family):
    repeated = [draw_family(family, seed)[1] for seed in (5, 5)]
    assert all(np.array_equal(*pair) for pair in zip(*repeated, strict=True))
    counts = [len({grid.tobytes() for grid in draw_family(family, seed)[1]}) for seed in range(20)]
    assert np.mean(counts) > 3


def test_most_panels_have_a_separator():
    separated = 0
    for seed in range(40):
        _, (grid,) = draw_family("panels", seed, count=1)
        for lines in (grid, grid.T):
            middle = lines[len(lines) // 2]
            separated += bool(len(lines) % 2 and middle[0] and (middle == middle[0]).all())
    assert separated >= 15


@pytest.mark.parametrize("shape", [draw_rectangle, draw_ring, draw_blob])
def test_shapes_fit_their_limit_and_touch_every_side(shape):
    rng = np.random.default_rng(0)
    for limit in (3, 4, 7):
        for _ in range(50):
            cells = shape(limit, rng)
            assert max(cells.shape) <= limit
            assert cells.any(axis=0).all()
            assert cells.any(axis=1).all()


def test_a_stamp_paints_only_its_cells():
    rng = np.random.default_rng(0)
    grid = np.zeros((4, 5), dtype=np.uint8)
    stamp(grid, np.ones((2, 3), dtype=np.uint8), 7, rng)
    assert (grid == 7).sum() == 6
    stamp(grid, np.ones((9, 9), dtype=np.uint8), 3, rng)
    assert (grid == 3).sum() == 0


def test_density_of_sprinkled_cells():
    rng = np.random.default_rng(0)
    style = draw_style(rng)
    grid = np.zeros((30, 30), dtype=np.uint8)
    sprinkle(grid, style, 0.3, rng)
    assert 0.24 < (grid != 0).mean() < 0.36


def test_sides_stay_within_the_style():
    rng = np.random.default_rng(0)
    for _ in range(200):
        style = draw_style(rng)
        rows, columns = draw_blank(style, rng).shape
        assert 3 <= style.rows[0] <= rows <= style.rows[1] <= LARGEST_SIDE
        assert 3 <= style.columns[0] <= columns <= style.columns[1] <= LARGEST_SIDE
