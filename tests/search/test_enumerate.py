"""The order of programs: every state once, cheapest first, none missed."""

import math
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neural_guide.dsl.program import run
from neural_guide.dsl.vocabulary import PRIMITIVES
from neural_guide.search.enumerate import FLOOR, enumerate_programs, step_costs

NAMES = ("rot90", "vmirror", "crop_content", "mirror_down", "fill_holes")
FUNCTIONS = [PRIMITIVES[name] for name in NAMES]
GRIDS = st.tuples(st.integers(1, 5), st.integers(1, 5)).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 3))
)
INPUTS = st.lists(GRIDS, min_size=1, max_size=2)
PRIORS = arrays(np.float64, len(NAMES), elements=st.floats(0, 1))


def key(state):
    return tuple((grid.shape, grid.tobytes()) for grid in state)


@settings(max_examples=60, deadline=None)
@given(INPUTS, PRIORS)
def test_every_state_once_in_order_and_none_missed(inputs, prior):
    costs = step_costs(prior)
    reached = list(enumerate_programs(inputs, NAMES, FUNCTIONS, costs, max_length=3))
    order = [one.cost for one in reached]
    assert order == sorted(order)
    states = [key(one.state) for one in reached]
    assert len(states) == len(set(states))
    cheapest: dict[tuple, float] = {}
    for length in range(4):
        for program in product(NAMES, repeat=length):
            made = [run(program, grid) for grid in inputs]
            if all(grid is not None for grid in made):
                cost = sum(costs[NAMES.index(name)] for name in program)
                cheapest[key(made)] = min(cost, cheapest.get(key(made), math.inf))
    assert {key(one.state) for one in reached} == set(cheapest)
    assert all(math.isclose(one.cost, cheapest[key(one.state)], abs_tol=1e-9) for one in reached)


@settings(max_examples=30, deadline=None)
@given(INPUTS, PRIORS)
def test_programs_replay(inputs, prior):
    for one in enumerate_programs(inputs, NAMES, FUNCTIONS, step_costs(prior), max_length=2):
        assert key(one.state) == key([run(one.program, grid) for grid in inputs])


@given(PRIORS)
def test_the_floor_bounds_what_a_wrong_guide_costs(prior):
    """No step is dearer than the floor makes it, whatever the guide says."""
    costs = step_costs(prior)
    assert np.all(costs > 0)
    assert np.all(costs <= -math.log(FLOOR / len(NAMES)) + 1e-9)
    assert np.isclose(np.exp(-costs).sum(), 1)
