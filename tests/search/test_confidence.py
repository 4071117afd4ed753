"""Confidence: probabilities of different answers to one test, of which at most one is right."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neural_guide.search.answers import choose_answers
from neural_guide.search.candidates import Candidate, Evidence, ProgramLayer
from neural_guide.search.cell_rules.rule import CellRule
from neural_guide.search.confidence import compute_terms, estimate_log_odds
from neural_guide.search.layering import TRANSPARENT
from neural_guide.search.unit_rules.arguments import Action
from neural_guide.search.unit_rules.rule import UnitCase, UnitRule
from neural_guide.search.unit_rules.stages import StagedRule

PLAIN = ProgramLayer((), (TRANSPARENT, *range(1, 10)))
RULES = {
    "cells": CellRule((), ()),
    "units": StagedRule((), (UnitRule("object", (), (UnitCase((), Action("keep")),)),)),
}
COSTS, SUPPORT = st.floats(0, 80), st.floats(0.1, 1)
COLOURS = st.lists(st.integers(0, 4) | st.none(), min_size=2, max_size=2)
EVIDENCE = st.none() | st.integers(0, 3).map(lambda hits: Evidence(3, hits, (hits / 3, 0.5)))


def make_candidate(colours, cost=10.0, support=1.0, evidence=None, kind="program"):
    answers = tuple(None if colour is None else np.array([[colour]], dtype=np.uint8) for colour in colours)
    return Candidate(
        program=("rot90",) if kind == "program" else (),
        relabelling=None,
        answers=answers,
        nodes=5,
        seconds=0.1,
        layers=(PLAIN, PLAIN) if kind == "layering" else (),
        rule=RULES.get(kind),
        cost=cost,
        support=support,
        evidence=evidence,
    )


CANDIDATES = st.builds(
    make_candidate, COLOURS, COSTS, SUPPORT, EVIDENCE, st.sampled_from(["program", "layering", *RULES])
)


@given(st.lists(CANDIDATES, max_size=6), st.booleans())
def test_answers_to_a_test_differ_and_their_confidences_sum_to_less_than_one(candidates, by_odds):
    for test, answers in enumerate(choose_answers(candidates, 2, 3, by_odds=by_odds)):
        colours = [int(candidates[answer.candidate].answers[test][0, 0]) for answer in answers]
        assert len(set(colours)) == len(colours)
        given = {int(candidate.answers[test][0, 0]) for candidate in candidates if candidate.answers[test] is not None}
        assert len(answers) == min(3, len(given))
        assert all(0 < answer.confidence < 1 for answer in answers)
        assert sum(answer.confidence for answer in answers) < 1


@given(st.lists(CANDIDATES, min_size=1, max_size=6))
def test_the_likeliest_answer_comes_first(candidates):
    for test, answers in enumerate(choose_answers(candidates, 2, 2, by_odds=True)):
        odds = [estimate_log_odds(entry, test) for entry in candidates if entry.answers[test] is not None]
        assert not odds or estimate_log_odds(candidates[answers[0].candidate], test) == max(odds)


def test_without_odds_the_order_is_kept():
    candidates = [make_candidate([1, 1], cost=30.0), make_candidate([1, 2], cost=1.0), make_candidate([3, 3], cost=2.0)]
    chosen = choose_answers(candidates, 2, 2, by_odds=False)
    assert [[answer.candidate for answer in answers] for answers in chosen] == [[0, 2], [0, 1]]


@given(COSTS, SUPPORT)
def test_cost_and_missing_support_lower_the_odds_and_agreement_raises_them(cost, support):
    def odds(**changes):
        return estimate_log_odds(make_candidate([1, 1], **({"cost": cost, "support": support} | changes)), 0)

    def evidence(agreement):
        return Evidence(3, 3, (agreement, 0.0))

    assert odds() > odds(cost=cost + 5)
    assert odds(support=1.0) >= odds()
    assert odds(evidence=evidence(1.0)) > odds(evidence=evidence(0.5)) > odds(evidence=evidence(0.0))


@given(COLOURS, COSTS, SUPPORT, EVIDENCE)
def test_each_family_has_its_own_terms(colours, cost, support, evidence):
    families = ("program", "layering", *RULES)
    candidates = [make_candidate(colours, cost, support, evidence, family) for family in families]
    assert tuple(candidate.family for candidate in candidates) == families
    flags = [(terms.layering, terms.rule, terms.units) for terms in (compute_terms(entry, 0) for entry in candidates)]
    assert flags == [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]


def test_the_second_answer_is_the_likeliest_if_the_first_is_wrong():
    """One that was found under another transform errs more often than its odds say."""
    first, same = make_candidate([1, 1], cost=5.0), make_candidate([2, 2], cost=12.0)
    other = replace(make_candidate([3, 3], cost=11.0), transform="transposed")
    chosen = choose_answers([first, other, same], 2, 2, by_odds=True)[0]
    assert [answer.candidate for answer in chosen] == [0, 2]
