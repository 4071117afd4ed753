import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_guide.arc.task import Pair
from neural_guide.data.audit.grid_statistics import compute_quartiles, tally_arc_pairs, tally_pairs
from neural_guide.data.generation.quality import measure_grids
from neural_guide.data.generation.statistics import ARC_INPUTS
from support.strategies import grids


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(grids(), grids()), min_size=1, max_size=12))
def test_means_equal_those_of_single_grids(pairs):
    tally = tally_pairs([Pair(*pair) for pair in pairs]).as_dict()
    for role, kind in enumerate(("inputs", "outputs")):
        side, colours, background = measure_grids([pair[role] for pair in pairs])
        assert tally[kind]["mean_side"] == pytest.approx(side)
        assert tally[kind]["mean_colours"] == pytest.approx(colours)
        assert tally[kind]["mean_background"] == pytest.approx(background)
        assert sum(tally[kind]["background"]) == len(pairs)
    same_size = [pair for pair in pairs if pair[0].shape == pair[1].shape]
    assert tally["same_size"] == pytest.approx(len(same_size) / len(pairs))
    assert tally["equal"] == pytest.approx(sum(np.array_equal(*pair) for pair in pairs) / len(pairs))
    assert tally["smaller"] == pytest.approx(sum(output.size < grid.size for grid, output in pairs) / len(pairs))
    assert tally["larger"] == pytest.approx(sum(output.size > grid.size for grid, output in pairs) / len(pairs))
    if same_size:
        changed = [float((grid != output).mean()) for grid, output in same_size]
        assert tally["mean_changed"] == pytest.approx(np.mean(changed))


def test_arc_statistics_equal_those_of_the_generator():
    tally = tally_arc_pairs().as_dict()
    inputs = tally["inputs"]
    means = (inputs["mean_side"], inputs["mean_colours"], inputs["mean_background"])
    assert means == pytest.approx(ARC_INPUTS["ARC-1 training"], abs=0.01)
    assert tally["pairs"] == 1718


def test_quartiles_of_a_histogram():
    values = np.array([1, 1, 2, 3, 5, 8, 8, 9, 9, 9, 9, 9])
    expected = np.quantile(values, [0.25, 0.5, 0.75], method="inverted_cdf").tolist()
    assert compute_quartiles(np.bincount(values)) == expected
