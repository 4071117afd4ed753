"""Candidates that give the same answers are one, likelier than each; the likeliest comes first."""

import math

import numpy as np
import pytest

from neural_guide.search.candidates import Candidate, Evidence, ProgramLayer, find_answers, merge_candidates

ONE, TWO, THREE = (np.full((1, 2), colour, dtype=np.uint8) for colour in (1, 2, 3))
OPAQUE = tuple(range(10))


def make_candidate(answer, cost, **values) -> Candidate:
    return Candidate(program=("rot90",), relabelling=None, answers=(answer,), nodes=1, seconds=0.0, cost=cost, **values)


def test_equal_answers_are_one_with_their_probabilities_summed():
    long = make_candidate(ONE, 3.0, evidence=Evidence(2, 1, (0.5,))).rank_alone()
    short = make_candidate(ONE, 2.0, layers=(ProgramLayer((), OPAQUE),)).rank_alone()
    for merged in (long.merge(short), short.merge(long)):
        assert merged.rank == pytest.approx(-math.log(math.exp(-3.0) + math.exp(-2.0)))
        assert (merged.cost, merged.layers) == (2.0, short.layers)
        assert merged.families == ("layering", "program")
        assert merged.evidence == long.evidence  # the only one


def test_candidates_of_two_transforms_are_joined_by_answer():
    first = [make_candidate(answer, cost).rank_alone() for answer, cost in ((ONE, 1.0), (TWO, 1.5))]
    second = [make_candidate(answer, cost).rank_alone() for answer, cost in ((TWO, 1.2), (THREE, 0.9))]
    merged = merge_candidates(first, second)
    assert [int(candidate.answers[0][0, 0]) for candidate in merged] == [2, 3, 1]
    assert merged[0].rank < 0.9 == merged[1].rank
    unranked = make_candidate(np.zeros((1, 2), dtype=np.uint8), 0.1)
    assert merge_candidates([unranked], merged)[-1] is unranked


def test_answers_are_found_by_their_grids():
    candidates = [make_candidate(None, 1.0), make_candidate(ONE, 1.0)]
    assert find_answers((ONE.copy(),), candidates) == 1
    assert find_answers((None,), candidates) == 0
    assert find_answers((TWO,), candidates) is None
    assert find_answers((ONE.T,), candidates) is None


def test_a_candidate_of_one_test_answers_that_test_of_the_task_alone():
    placed = make_candidate(ONE, 1.0, evidence=Evidence(3, 2, (0.7,))).place_among(1, 3)
    assert placed.answers == (None, ONE, None)
    assert placed.evidence == Evidence(3, 2, (0.0, 0.7, 0.0))
