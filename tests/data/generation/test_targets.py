"""Trees and targets against a plain enumeration of all programs, written without any of their ideas."""

from collections import Counter

import numpy as np
import pytest

from neural_guide.data.generation.enumeration import LastStep, Tree
from neural_guide.data.generation.targets import LENGTH_SHARES, Balance, draw_targets
from neural_guide.dsl.vocabulary import PRIMITIVES, V2
from support.input_sets import input_sets


def key(grid):
    return grid.shape, grid.tobytes()


def every_result(inputs, depth):
    """(program, grids) of every program up to a length that applies to all inputs, by plain recursion."""
    yield (), inputs
    if depth == 0:
        return
    for name in V2.names:
        grids = [PRIMITIVES[name](grid) for grid in inputs]
        if all(grid is not None for grid in grids):
            for program, result in every_result(grids, depth - 1):
                yield (name, *program), result


def shortest(inputs, depth):
    """For each result the programs of its least length, in vocabulary order."""
    found = {}
    for program, grids in every_result(inputs, depth):
        found.setdefault(tuple(map(key, grids)), []).append(program)
    order = {name: number for number, name in enumerate(V2.names)}
    for programs in found.values():
        least = min(map(len, programs))
        programs[:] = sorted((p for p in programs if len(p) == least), key=lambda p: [order[n] for n in p])
    return found


@pytest.mark.parametrize("pairs", [1, 3])
def test_a_tree_holds_every_result_once_with_its_first_shortest_program(pairs):
    for inputs in input_sets(3, pairs):
        tree, plain = Tree(inputs, 3), shortest(inputs, 3)
        keys = [tuple(key(tree.grids.grids[number]) for number in state) for state in tree.states.tolist()]
        assert len(set(keys)) == len(keys)
        assert set(keys) == set(plain)
        for state, found in enumerate(keys):
            assert tree.program(state) == plain[found][0]
            assert tree.programs[state] == len(plain[found])
            assert tree.lengths[state] == len(plain[found][0])
            assert {V2.names[p] for p in np.flatnonzero(tree.used[state])} == set(plain[found][0])


def test_one_step_beyond_a_tree_agrees_with_a_deeper_tree():
    for inputs in input_sets(3, 3, seed=1):
        tree, deeper = Tree(inputs, 1), Tree(inputs, 2)
        beyond = LastStep(tree)
        for state in np.flatnonzero(deeper.lengths == 2):
            wanted = [deeper.grids.grids[number] for number in deeper.states[state]]
            numbers = tuple(tree.grids.intern(grid) for grid in wanted)
            origins = beyond.origins(numbers)
            parent, primitive = origins[0]
            assert (*tree.program(parent), V2.names[primitive]) == deeper.program(int(state))
            assert sum(tree.programs[origin] for origin, _ in origins) == deeper.programs[state]
            assert beyond.result(parent, primitive) == numbers


def test_targets_against_all_programs_up_to_their_own_length():
    """Minimal, canonical and counted right, for every length; exact, and slow for length 4: few sets."""
    lengths = Counter()
    for seed, inputs in enumerate(input_sets(8, 2, seed=3, cells=80)):
        rng, balance = np.random.default_rng(seed), Balance()
        targets = []
        for target in draw_targets(inputs, 4, balance, rng):
            balance.add(target.program)
            targets.append(target)
        deep = any(len(target.program) == 4 for target in targets)
        if deep and lengths[4] >= 6:
            continue
        plain = shortest(list(inputs), 4 if deep else 3)
        for target in targets:
            programs = plain[tuple(map(key, target.outputs))]
            assert target.program == programs[0]
            assert target.programs == len(programs)
            lengths[len(target.program)] += 1
            shown = [k for k, p in plain.items() if 0 < len(p[0]) <= min(3, len(target.program))]
            others = [k for k in shown if k != tuple(map(key, target.outputs))]
            for pair, output in enumerate(target.outputs):
                assert target.rivals[pair] == sum(k[pair] == key(output) for k in others)
    assert all(lengths[length] >= 3 for length in (1, 2, 3, 4))


def test_the_draw_makes_up_for_what_is_rare():
    balance = Balance()
    assert balance.length(4) == 1 + int(np.argmax(LENGTH_SHARES))
    for _ in range(1000):
        balance.add((V2.names[0],) * balance.length(4))
    made = balance._lengths / 1000
    assert np.allclose(made, LENGTH_SHARES, atol=0.005)
    need = balance.need()
    assert need[0] < need[1:].min()
    assert Balance().length(1) == 1
