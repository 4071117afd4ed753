"""Search orders: every state once, none missed, the cheapest first."""

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
from neural_guide.search.best_first import BestFirstSearch
from neural_guide.search.depth_first import DepthFirstSearch, SortAndAddSearch
from neural_guide.search.prior import PolicyOutput, Prior, compute_step_costs, rank_primitives
from neural_guide.search.settings import UNIFORM_MIXING
from neural_guide.search.state_space import StateSpace

NAMES = ("rot90", "vmirror", "crop_content", "mirror_down", "fill_holes")
FUNCTIONS = [PRIMITIVES[name] for name in NAMES]
LENGTH = 3
GRIDS = st.tuples(st.integers(1, 5), st.integers(1, 5)).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 3))
)
INPUTS = st.lists(GRIDS, min_size=1, max_size=2)
PROBABILITIES = arrays(np.float64, len(NAMES), elements=st.floats(0, 1))
TABLES = arrays(np.float64, (4, len(NAMES)), elements=st.floats(0, 1))
BEST_FIRST_ORDERS = ("best first", "query inputs", "query all", "query doubtful")
ORDERS = (*BEST_FIRST_ORDERS, "depth first", "sort and add")


def hashable(grids):
    return tuple((grid.shape, grid.tobytes()) for grid in grids)


def brute_force(inputs, costs, length=LENGTH):
    """Return the cost of the cheapest program of each state, from all programs."""
    cheapest = {}
    for steps in range(length + 1):
        for program in product(NAMES, repeat=steps):
            grids = [run(program, grid) for grid in inputs]
            if all(grid is not None for grid in grids):
                cost = sum(costs[NAMES.index(name)] for name in program)
                cheapest[hashable(grids)] = min(cost, cheapest.get(hashable(grids), math.inf))
    return cheapest


def exhaust(order):
    """Return all states that an order reaches, in its order."""
    reached = [order.new_state]
    while order.advance():
        if order.new_state is not None:
            reached.append(order.new_state)
    return reached


def policy_from(table):
    """Return a policy whose outputs depend on the state, by a hash of its cells."""

    def policy(grids, results):
        assert [len(pair_results) for pair_results in results] == [len(NAMES)] * len(grids)
        row = sum(int(grid.sum()) + grid.shape[0] for grid in grids) % len(table)
        return PolicyOutput(table[row] + 1e-9, table[-row], np.tile(table[-1 - row] + 1e-9, (len(NAMES), 1)))

    return policy


def make_order(name, space, probabilities, table):
    if name == "depth first":
        return DepthFirstSearch(space, rank_primitives(probabilities), LENGTH)
    if name == "sort and add":
        return SortAndAddSearch(space, rank_primitives(probabilities), LENGTH)
    if name == "best first":
        return BestFirstSearch(space, Prior(probabilities), LENGTH)
    query = {
        "query inputs": {},
        "query all": {"query_depth": 8, "query_threshold": 1.0},
        "query doubtful": {"query_depth": 8, "query_threshold": 0.3},
    }[name]
    return BestFirstSearch(space, Prior(policy=policy_from(table)), LENGTH, **query)


@pytest.mark.parametrize("name", ORDERS)
@settings(max_examples=25, deadline=None)
@given(inputs=INPUTS, probabilities=PROBABILITIES, table=TABLES)
def test_every_state_once_and_none_missed(name, inputs, probabilities, table):
    space = StateSpace(inputs, inputs, FUNCTIONS)
    reached = exhaust(make_order(name, space, probabilities, table))
    states = [hashable(space.get_grids(entry.state)) for entry in reached]
    assert len(states) == len(set(states))
    assert set(states) == set(brute_force(inputs, np.ones(len(NAMES))))
    assert space.nodes <= sum(len(NAMES) ** steps for steps in range(1, LENGTH + 1))


@pytest.mark.parametrize("name", BEST_FIRST_ORDERS)
@settings(max_examples=25, deadline=None)
@given(inputs=INPUTS, probabilities=PROBABILITIES, table=TABLES)
def test_costs_never_fall(name, inputs, probabilities, table):
    order = make_order(name, StateSpace(inputs, inputs, FUNCTIONS), probabilities, table)
    costs = [entry.cost for entry in exhaust(order)]
    assert costs == sorted(costs)


@settings(max_examples=40, deadline=None)
@given(INPUTS, PROBABILITIES)
def test_best_first_finds_the_cheapest_program_of_each_state(inputs, probabilities):
    space, costs = StateSpace(inputs, [], FUNCTIONS), compute_step_costs(probabilities)
    reached = exhaust(BestFirstSearch(space, Prior(probabilities), LENGTH))
    cost_by_state = {hashable(space.get_grids(entry.state)): entry.cost for entry in reached}
    cheapest = brute_force(inputs, costs)
    assert all(math.isclose(cost_by_state[state], cost, abs_tol=1e-9) for state, cost in cheapest.items())


@settings(max_examples=30, deadline=None)
@given(INPUTS, PROBABILITIES)
def test_programs_replay_and_keep_to_the_length(inputs, probabilities):
    space = StateSpace(inputs, [], FUNCTIONS)
    exhaust(BestFirstSearch(space, Prior(probabilities), 2))
    for state in range(len(space)):
        program = [NAMES[step] for step in space.get_program(state)]
        assert len(program) <= 2
        assert all(map(is_equal, space.get_grids(state), [run(program, grid) for grid in inputs]))


def test_orders_that_share_a_space_execute_nothing_twice():
    space = StateSpace([np.arange(6, dtype=np.uint8).reshape(2, 3)], [], FUNCTIONS)
    exhaust(BestFirstSearch(space, Prior.uniform(len(NAMES)), LENGTH))
    nodes = space.nodes
    assert nodes > 0
    exhaust(DepthFirstSearch(space, rank_primitives(np.arange(5.0)), LENGTH))
    assert space.nodes == nodes


def test_a_query_costs_nodes():
    grid = np.arange(6, dtype=np.uint8).reshape(2, 3)
    space = StateSpace([grid], [grid], FUNCTIONS)
    order = BestFirstSearch(space, Prior(policy=policy_from(np.ones((4, len(NAMES))))), LENGTH, query_depth=8)
    assert (order.query_count, space.nodes) == (0, len(NAMES))  # executed first: the query may be skipped
    assert order.advance()
    assert (order.query_count, space.nodes) == (1, len(NAMES))
    while order.query_count < 2:
        assert order.advance()
    assert space.nodes == 2 * len(NAMES)


@given(PROBABILITIES)
def test_uniform_mixing_bounds_the_cost_of_a_wrong_guide(probabilities):
    """No step costs more than uniform mixing allows, whatever the probabilities."""
    costs = compute_step_costs(probabilities)
    assert np.all(costs > 0)
    assert np.all(costs <= -math.log(UNIFORM_MIXING / len(NAMES)) + 1e-9)
    assert np.isclose(np.exp(-costs).sum(), 1)
