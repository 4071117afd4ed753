"""Two steps beyond a tree, against deeper trees: those are held to a plain enumeration elsewhere."""

import numpy as np
import pytest

from neural_guide.arc.grid import is_equal
from neural_guide.data.generation.enumeration import LastStep, Tree
from neural_guide.data.generation.long_targets import LastTwoSteps, LongDraws
from neural_guide.data.generation.targets import Uses
from neural_guide.dsl.vocabulary import V2
from support.input_sets import input_sets


@pytest.mark.parametrize("pairs", [1, 3])
def test_two_steps_beyond_a_tree_agree_with_a_deeper_tree(pairs):
    for inputs in input_sets(2, pairs, seed=1, cells=150):
        tree, deeper = Tree(inputs, 1), Tree(inputs, 3)
        steps = LastTwoSteps(LastStep(tree))
        for state in np.flatnonzero(deeper.lengths == 3):
            wanted = [deeper.grids.grids[number] for number in deeper.states[state]]
            routes = steps.routes(tuple(tree.grids.intern(grid) for grid in wanted))
            assert routes[0].program(tree) == deeper.program(int(state))
            assert sum(tree.programs[route.parent] for route in routes) == deeper.programs[state]


def test_targets_of_five_steps_are_minimal_and_canonical():
    """A tree of depth 4 knows all that four steps make; the first way from it to the target is canonical."""
    drawn = 0
    for seed, inputs in enumerate(input_sets(6, 3, seed=2, cells=60)):
        target = LongDraws(LastStep(Tree(inputs, 3)), np.random.default_rng(seed)).draw(Uses().need())
        if target is None:
            continue
        drawn += 1
        deeper = Tree(inputs, 4)
        state = tuple(deeper.grids.intern(grid) for grid in target.outputs)
        assert deeper.find(state) is None
        origins = LastStep(deeper).origins(state)
        parent, primitive = origins[0]
        assert (*deeper.program(parent), V2.names[primitive]) == target.program
        assert sum(deeper.programs[origin] for origin, _ in origins) == target.programs
    assert drawn >= 4


@pytest.mark.parametrize(("seed", "cells"), [(3, 30), (5, 16)])
def test_targets_are_worth_showing(seed, cells):
    """On small grids, where many results are blank, all alike or the inputs again."""
    rng, drawn = np.random.default_rng(seed), 0
    for inputs in input_sets(24, 2, seed, cells):
        target = LongDraws(LastStep(Tree(inputs, 3)), rng).draw(Uses().need())
        if target is not None:
            drawn += 1
            assert all(grid.any() for grid in target.outputs)
            assert sum(grid.min() == grid.max() for grid in target.outputs) <= 1
            assert not is_equal(*target.outputs)
            assert not any(map(is_equal, inputs, target.outputs))
    assert drawn >= 10


def test_needed_primitives_are_drawn_more_often():
    wanted = {"keep_common"}
    need = np.array([1.0 if name in wanted else 1e-9 for name in V2.names])
    trees = [Tree(inputs, 3) for inputs in input_sets(6, 2, seed=4, cells=60)]

    def uses(need):
        targets = [LongDraws(LastStep(tree), np.random.default_rng(0)).draw(need) for tree in trees]
        return sum(len(wanted & set(target.program)) for target in targets if target)

    assert uses(need) >= 3 * uses(Uses().need())


def test_inputs_with_no_results_at_that_depth_give_no_target():
    blank = np.zeros((1, 1), dtype=np.uint8)
    tree = Tree([blank], 3)
    assert LongDraws(LastStep(tree), np.random.default_rng(0)).draw(Uses().need()) is None
