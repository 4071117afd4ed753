"""Tests searched alone: where no explanation covers all tests of a task, each is still answered."""

import numpy as np

from neural_guide.arc.grid import is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.dsl.vocabulary import V2
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import solve

RNG = np.random.default_rng(0)
SMALL = [RNG.integers(1, 5, (3, 4)).astype(np.uint8) for _ in range(4)]
TALL = RNG.integers(1, 5, (16, 4)).astype(np.uint8)  # its mirror image below would be too tall


def solve_mirrored(*tests, **settings):
    pairs = tuple(Pair(grid, np.concatenate((grid, grid[::-1]))) for grid in SMALL[:3])
    budget = SearchBudget(nodes=400, length=1)
    return solve(Task("t", pairs, tests), V2, Prior.uniform(len(V2)), budget, SearchSettings(**settings))


def test_a_test_that_no_program_can_answer_does_not_take_the_answers_of_the_others():
    assert not solve_mirrored(SMALL[3], TALL).candidates
    outcome = solve_mirrored(SMALL[3], TALL, single_tests=True)
    assert [len(answers) for answers in outcome.answers] == [1, 0]
    (candidate,) = outcome.candidates
    assert is_equal(candidate.answers[0], np.concatenate((SMALL[3], SMALL[3][::-1])))
    assert candidate.answers[1] is None
    assert outcome.nodes <= 400 + len(V2)


def test_one_explanation_for_all_tests_needs_no_search_alone():
    together, alone = (solve_mirrored(SMALL[3], SMALL[0], single_tests=flag) for flag in (False, True))
    assert together.nodes == alone.nodes
    assert [candidate.program for candidate in alone.candidates] == [entry.program for entry in together.candidates]
