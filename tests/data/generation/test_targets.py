"""Enumerations and targets, compared with a brute-force recursion over all programs."""

from collections import Counter

import numpy as np
import pytest

from neural_guide.data.generation.enumeration import Enumeration, LastStep
from neural_guide.data.generation.targets import LENGTH_SHARES, Balance, draw_targets
from neural_guide.dsl.vocabulary import PRIMITIVES, V2
from support.input_sets import draw_input_sets


def key(grid):
    return grid.shape, grid.tobytes()


def iterate_results(inputs, depth):
    """Iterate over (program, grids) of every program up to a length that applies to all inputs, by plain recursion."""
    yield (), inputs
    if depth == 0:
        return
    for name in V2.names:
        grids = [PRIMITIVES[name](grid) for grid in inputs]
        if all(grid is not None for grid in grids):
            for program, result in iterate_results(grids, depth - 1):
                yield (name, *program), result


def find_shortest_programs(inputs, depth):
    """The shortest programs of each result, in vocabulary order."""
    programs_by_result = {}
    for program, grids in iterate_results(inputs, depth):
        programs_by_result.setdefault(tuple(map(key, grids)), []).append(program)
    order = {name: number for number, name in enumerate(V2.names)}
    for programs in programs_by_result.values():
        least = min(map(len, programs))
        programs[:] = sorted(
            (program for program in programs if len(program) == least),
            key=lambda program: [order[name] for name in program],
        )
    return programs_by_result


@pytest.mark.parametrize("pairs", [1, 3])
def test_each_result_is_stored_once_with_its_first_shortest_program(pairs):
    for inputs in draw_input_sets(3, pairs):
        enumeration, expected = Enumeration(inputs, 3), find_shortest_programs(inputs, 3)
        grids = enumeration.grids.grids
        keys = [tuple(key(grids[number]) for number in state) for state in enumeration.states.tolist()]
        assert len(set(keys)) == len(keys)
        assert set(keys) == set(expected)
        for state, result in enumerate(keys):
            programs = expected[result]
            assert enumeration.trace_program(state) == programs[0]
            assert enumeration.n_programs[state] == len(programs)
            assert enumeration.lengths[state] == len(programs[0])
            assert {V2.names[primitive] for primitive in np.flatnonzero(enumeration.uses[state])} == set(programs[0])


def test_one_step_beyond_agrees_with_a_deeper_enumeration():
    for inputs in draw_input_sets(3, 3, seed=1):
        enumeration, deeper = Enumeration(inputs, 1), Enumeration(inputs, 2)
        last_step = LastStep(enumeration)
        for state in np.flatnonzero(deeper.lengths == 2):
            grids = [deeper.grids.grids[number] for number in deeper.states[state]]
            numbers = tuple(enumeration.grids.intern(grid) for grid in grids)
            origins = last_step.find_origins(numbers)
            parent, primitive = origins[0]
            assert (*enumeration.trace_program(parent), V2.names[primitive]) == deeper.trace_program(int(state))
            assert sum(enumeration.n_programs[origin] for origin, _ in origins) == deeper.n_programs[state]
            assert last_step.apply(parent, primitive) == numbers


def test_targets_against_all_programs_up_to_their_own_length():
    """Targets of every length are minimal, canonical and counted right. Length 4 is slow, so few sets have it."""
    lengths = Counter()
    for seed, inputs in enumerate(draw_input_sets(8, 2, seed=3, cells=80)):
        rng, balance = np.random.default_rng(seed), Balance()
        targets = []
        for target in draw_targets(inputs, 4, balance, rng):
            balance.add(target.program)
            targets.append(target)
        deep = any(len(target.program) == 4 for target in targets)
        if deep and lengths[4] >= 6:
            continue
        expected = find_shortest_programs(list(inputs), 4 if deep else 3)
        for target in targets:
            result = tuple(map(key, target.outputs))
            programs = expected[result]
            assert target.program == programs[0]
            assert target.n_programs == len(programs)
            lengths[len(target.program)] += 1
            longest = min(3, len(target.program))
            rivals = [grids for grids, known in expected.items() if 0 < len(known[0]) <= longest and grids != result]
            for pair, output in enumerate(target.outputs):
                assert target.rivals[pair] == sum(grids[pair] == key(output) for grids in rivals)
    assert all(lengths[length] >= 3 for length in (1, 2, 3, 4))


def test_rare_lengths_and_primitives_are_preferred():
    balance = Balance()
    assert balance.choose_length(4) == 1 + int(np.argmax(LENGTH_SHARES))
    for _ in range(1000):
        balance.add((V2.names[0],) * balance.choose_length(4))
    shares = balance._lengths / 1000
    assert np.allclose(shares, LENGTH_SHARES, atol=0.005)
    need = balance.compute_need()
    assert need[0] < need[1:].min()
    assert Balance().choose_length(1) == 1
