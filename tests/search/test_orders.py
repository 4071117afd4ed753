"""Orders of programs: every state once, none missed, the cheapest first."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neural_guide.arc.grid import is_equal
from neural_guide.dsl.program import run
from neural_guide.dsl.vocabulary import PRIMITIVES
from neural_guide.search.best_first import BestFirst
from neural_guide.search.depth_first import DepthFirst, SortAndAdd
from neural_guide.search.prior import Advice, Prior, ranking, step_costs
from neural_guide.search.settings import UNIFORM_MIXING
from neural_guide.search.state_space import Space

NAMES = ("rot90", "vmirror", "crop_content", "mirror_down", "fill_holes")
FUNCTIONS = [PRIMITIVES[name] for name in NAMES]
LENGTH = 3
GRIDS = st.tuples(st.integers(1, 5), st.integers(1, 5)).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 3))
)
INPUTS = st.lists(GRIDS, min_size=1, max_size=2)
CHANCES = arrays(np.float64, len(NAMES), elements=st.floats(0, 1))


def key(state):
    return tuple((grid.shape, grid.tobytes()) for grid in state)


def brute_force(inputs, costs, length=LENGTH):
    """The cost of the cheapest program of each state, from all programs."""
    cheapest = {}
    for steps in range(length + 1):
        for program in product(NAMES, repeat=steps):
            made = [run(program, grid) for grid in inputs]
            if all(grid is not None for grid in made):
                cost = sum(costs[NAMES.index(name)] for name in program)
                cheapest[key(made)] = min(cost, cheapest.get(key(made), math.inf))
    return cheapest


def walked(order):
    """Everything an order reaches, in its order."""
    reached = [order.reached]
    while order.advance():
        if order.reached is not None:
            reached.append(order.reached)
    return reached


def advisor_of(table):
    """Answers that depend on the state, by a hash of its cells."""

    def advise(grids, results):
        assert [len(made) for made in results] == [len(NAMES)] * len(grids)
        row = sum(int(grid.sum()) + grid.shape[0] for grid in grids) % len(table)
        return Advice(table[row] + 1e-9, table[-row], np.tile(table[-1 - row] + 1e-9, (len(NAMES), 1)))

    return advise


def orders(space, chances, table):
    steps = ranking(chances)
    advised = Prior(advisor=advisor_of(table))
    return {
        "best first": BestFirst(space, Prior(chances), LENGTH),
        "asked once": BestFirst(space, advised, LENGTH),
        "asked always": BestFirst(space, advised, LENGTH, query_depth=8, query_threshold=1.0),
        "asked late": BestFirst(space, advised, LENGTH, query_depth=8, query_threshold=0.3),
        "depth first": DepthFirst(space, steps, LENGTH),
        "sort and add": SortAndAdd(space, steps, LENGTH),
    }


TABLES = arrays(np.float64, (4, len(NAMES)), elements=st.floats(0, 1))


@pytest.mark.parametrize(
    "name", orders(Space([np.zeros((1, 1), np.uint8)], [], FUNCTIONS), np.ones(5), np.ones((4, 5)))
)
@settings(max_examples=25, deadline=None)
@given(inputs=INPUTS, chances=CHANCES, table=TABLES)
def test_every_state_once_and_none_missed(name, inputs, chances, table):
    space = Space(inputs, inputs, FUNCTIONS)
    reached = walked(orders(space, chances, table)[name])
    states = [key(space.grids_of(one.state)) for one in reached]
    assert len(states) == len(set(states))
    assert set(states) == set(brute_force(inputs, np.ones(len(NAMES))))
    assert space.nodes <= sum(len(NAMES) ** steps for steps in range(1, LENGTH + 1))


@pytest.mark.parametrize("name", ["best first", "asked once", "asked always", "asked late"])
@settings(max_examples=25, deadline=None)
@given(inputs=INPUTS, chances=CHANCES, table=TABLES)
def test_costs_never_fall(name, inputs, chances, table):
    costs = [one.cost for one in walked(orders(Space(inputs, inputs, FUNCTIONS), chances, table)[name])]
    assert costs == sorted(costs)


@settings(max_examples=40, deadline=None)
@given(INPUTS, CHANCES)
def test_best_first_finds_the_cheapest_program_of_each_state(inputs, chances):
    space, costs = Space(inputs, [], FUNCTIONS), step_costs(chances)
    found = {key(space.grids_of(one.state)): one.cost for one in walked(BestFirst(space, Prior(chances), LENGTH))}
    cheapest = brute_force(inputs, costs)
    assert all(math.isclose(found[state], cost, abs_tol=1e-9) for state, cost in cheapest.items())


@settings(max_examples=30, deadline=None)
@given(INPUTS, CHANCES)
def test_programs_replay_and_are_no_longer_than_asked(inputs, chances):
    space = Space(inputs, [], FUNCTIONS)
    walked(BestFirst(space, Prior(chances), 2))
    for state in range(len(space)):
        program = [NAMES[step] for step in space.program(state)]
        assert len(program) <= 2
        assert all(map(is_equal, space.grids_of(state), [run(program, grid) for grid in inputs]))


def test_orders_that_share_a_space_execute_nothing_twice():
    space = Space([np.arange(6, dtype=np.uint8).reshape(2, 3)], [], FUNCTIONS)
    walked(BestFirst(space, Prior.uniform(len(NAMES)), LENGTH))
    spent = space.nodes
    assert spent > 0
    walked(DepthFirst(space, ranking(np.arange(5.0)), LENGTH))
    assert space.nodes == spent


def test_to_ask_is_paid_for_in_nodes():
    grid = np.arange(6, dtype=np.uint8).reshape(2, 3)
    space = Space([grid], [grid], FUNCTIONS)
    order = BestFirst(space, Prior(advisor=advisor_of(np.ones((4, len(NAMES))))), LENGTH, query_depth=8)
    assert (order.asked, space.nodes) == (0, len(NAMES))  # executed first: perhaps nobody need be asked
    assert order.advance()
    assert (order.asked, space.nodes) == (1, len(NAMES))
    while order.asked < 2:
        assert order.advance()
    assert space.nodes == 2 * len(NAMES)


@given(CHANCES)
def test_the_floor_bounds_what_a_wrong_guide_costs(chances):
    """No step is dearer than the floor makes it, whatever the guide says."""
    costs = step_costs(chances)
    assert np.all(costs > 0)
    assert np.all(costs <= -math.log(UNIFORM_MIXING / len(NAMES)) + 1e-9)
    assert np.isclose(np.exp(-costs).sum(), 1)
