import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from neural_guide.arc.collections import load_tasks
from neural_guide.data.generation import quality as q
from neural_guide.data.generation.statistics import ARC_INPUTS
from support.grids import draw

GRIDS = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=30), elements=st.integers(0, 9))
PAIRS = st.lists(st.tuples(GRIDS, GRIDS), min_size=1, max_size=4)


def load_arc_grids(name):
    tasks = load_tasks(name)
    inputs = [g for arc in tasks for g in (*(pair.input for pair in arc.task.pairs), *arc.task.test_inputs)]
    outputs = [g for arc in tasks for g in (*(pair.output for pair in arc.task.pairs), *arc.answers)]
    return inputs, outputs


def test_measures_of_two_grids_by_hand():
    side, colours, background = q.measure_grids([draw("0011", "0022"), draw("5")])
    assert side == ((2 + 4) / 2 + 1) / 2
    assert colours == (3 + 1) / 2
    assert background == (4 / 8 + 0) / 2


def test_certainty_by_hand():
    assert q.compute_certainty([0, 0, 0]) == 1
    assert q.compute_certainty([1, 3]) == (1 / 2 + 1 / 4) / 2


def test_change_by_hand():
    before = np.zeros((10, 10), dtype=np.uint8)
    three_cells = before.copy()
    three_cells[0, :3] = 1
    half = before.copy()
    half[:5] = 1
    assert q.compute_change([before], [three_cells]) == pytest.approx(0.03 / 0.15)
    assert q.compute_change([before, before], [three_cells, half]) == pytest.approx((0.2 + 1) / 2)
    assert q.compute_change([before], [before[:5]]) == 1
    assert q.compute_change([before], [before]) == 0


def test_likeness_by_hand():
    grids = [draw("01", "10")]
    squares = [((2 - 9.84) / 5.89) ** 2, ((2 - 3.45) / 1.64) ** 2, ((0.5 - 0.549) / 0.326) ** 2]
    assert q.compute_likeness(grids) == pytest.approx(math.exp(-sum(squares) / 6))


def test_quality_and_complexity_by_hand():
    before, after = draw("01", "10"), draw("10", "01")
    likeness = q.compute_likeness([before, after])
    assert q.compute_quality([before], [after], [0], 1) == round(likeness**0.5, 4)
    assert q.compute_quality([before], [after], [1], 2) == round(0.5**0.3 * 0.5**0.15 * likeness**0.5, 4)
    assert q.compute_complexity([before], [after], 1) == round(0.25 * 2 / 30 + 0.15 * 1 / 9, 4)
    assert q.compute_complexity([before], [after], 4) == round(0.6 + 0.25 * 2 / 30 + 0.15 * 1 / 9, 4)


@given(PAIRS, st.data(), st.integers(1, 10**9), st.integers(1, 4))
def test_quality_and_complexity_are_in_range_for_any_grids(pairs, data, programs, length):
    inputs, outputs = zip(*pairs, strict=True)
    rivals = data.draw(st.lists(st.integers(0, 10**6), min_size=len(pairs), max_size=len(pairs)))
    for value in (q.compute_quality(inputs, outputs, rivals, programs), q.compute_complexity(inputs, outputs, length)):
        assert math.isfinite(value)
        assert 0 <= value <= 1
        assert value == round(value, 4)


@given(PAIRS, st.integers(0, 50), st.integers(1, 50))
def test_more_ambiguity_never_raises_quality(pairs, rivals, programs):
    inputs, outputs = zip(*pairs, strict=True)
    least = q.compute_quality(inputs, outputs, [rivals] * len(pairs), programs)
    assert q.compute_quality(inputs, outputs, [rivals + 1] * len(pairs), programs) <= least
    assert q.compute_quality(inputs, outputs, [rivals] * len(pairs), programs + 1) <= least


def test_arc_constants_are_those_of_the_tasks():
    inputs, outputs = load_arc_grids("arc1-training")
    rows = np.array([q.measure_grids([single]) for single in inputs + outputs])
    statistics = [(mean, spread) for mean, spread in zip(rows.mean(axis=0), rows.std(axis=0), strict=True)]
    expected = [q.ARC_SIDE, q.ARC_COLOURS, q.ARC_BACKGROUND]
    assert np.allclose(statistics, expected, atol=0.006)
    assert np.allclose(q.measure_grids(inputs), ARC_INPUTS["ARC-1 training"], atol=0.006)
    evaluation_inputs, _ = load_arc_grids("arc1-evaluation")
    assert np.allclose(q.measure_grids(evaluation_inputs), ARC_INPUTS["ARC-1 evaluation"], atol=0.006)
