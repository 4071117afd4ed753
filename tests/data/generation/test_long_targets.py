"""Two steps beyond an enumeration, compared with deeper enumerations, which `test_targets` checks by brute force."""

import numpy as np
import pytest

from neural_guide.arc.grid import is_equal
from neural_guide.data.generation.enumeration import Enumeration, LastStep
from neural_guide.data.generation.long_targets import LastTwoSteps, LongTargetSampler
from neural_guide.data.generation.targets import PrimitiveCounts
from neural_guide.dsl.vocabulary import V2
from support.input_sets import draw_input_sets

EQUAL_NEED = PrimitiveCounts().compute_need()


def draw_target(inputs, rng, need=EQUAL_NEED):
    return LongTargetSampler(LastStep(Enumeration(inputs, 3)), rng).draw(need)


@pytest.mark.parametrize("pairs", [1, 3])
def test_two_steps_beyond_agree_with_a_deeper_enumeration(pairs):
    for inputs in draw_input_sets(2, pairs, seed=1, cells=150):
        enumeration, deeper = Enumeration(inputs, 1), Enumeration(inputs, 3)
        last_two_steps = LastTwoSteps(LastStep(enumeration))
        for state in np.flatnonzero(deeper.lengths == 3):
            grids = [deeper.grids.grids[number] for number in deeper.states[state]]
            routes = last_two_steps.find_routes(tuple(enumeration.grids.intern(grid) for grid in grids))
            assert routes[0].trace_program(enumeration) == deeper.trace_program(int(state))
            assert sum(enumeration.n_programs[route.parent] for route in routes) == deeper.n_programs[state]


def test_targets_of_five_steps_are_minimal_and_canonical():
    """An enumeration of depth 4 has every result of four steps; the first step from it to the target is canonical."""
    n_targets = 0
    for seed, inputs in enumerate(draw_input_sets(6, 3, seed=2, cells=60)):
        target = draw_target(inputs, np.random.default_rng(seed))
        if target is None:
            continue
        n_targets += 1
        deeper = Enumeration(inputs, 4)
        state = tuple(deeper.grids.intern(grid) for grid in target.outputs)
        assert deeper.find(state) is None
        origins = LastStep(deeper).find_origins(state)
        parent, primitive = origins[0]
        assert (*deeper.trace_program(parent), V2.names[primitive]) == target.program
        assert sum(deeper.n_programs[origin] for origin, _ in origins) == target.n_programs
    assert n_targets >= 4


@pytest.mark.parametrize(("seed", "cells"), [(3, 30), (5, 16)])
def test_targets_are_informative(seed, cells):
    """On small grids, where many results are blank, all alike or equal to the inputs."""
    rng, n_targets = np.random.default_rng(seed), 0
    for inputs in draw_input_sets(12, 2, seed, cells):
        target = draw_target(inputs, rng)
        if target is not None:
            n_targets += 1
            assert all(grid.any() for grid in target.outputs)
            assert sum(grid.min() == grid.max() for grid in target.outputs) <= 1
            assert not is_equal(*target.outputs)
            assert not any(map(is_equal, inputs, target.outputs))
    assert n_targets >= 5


def test_needed_primitives_are_drawn_more_often():
    rare = {"keep_common"}
    need = np.array([1.0 if name in rare else 1e-9 for name in V2.names])
    input_sets = draw_input_sets(6, 2, seed=4, cells=60)

    def count_uses(need):
        targets = [draw_target(inputs, np.random.default_rng(0), need) for inputs in input_sets]
        return sum(len(rare & set(target.program)) for target in targets if target)

    assert count_uses(need) >= 3 * count_uses(EQUAL_NEED)


def test_inputs_with_no_results_at_that_depth_give_no_target():
    blank = np.zeros((1, 1), dtype=np.uint8)
    assert draw_target([blank], np.random.default_rng(0)) is None
