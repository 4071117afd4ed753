"""Confidence: probabilities of answers of which at most one is right."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neural_guide.search.candidates import Candidate, ProgramLayer
from neural_guide.search.cell_rules.rule import CellRule
from neural_guide.search.confidence import assign_confidence
from neural_guide.search.layering import TRANSPARENT

ANSWER = (np.zeros((1, 1), dtype=np.uint8),)
PLAIN = (TRANSPARENT, *range(1, 10))
RELABELLED = (TRANSPARENT, 7, *range(2, 10))
COSTS, SUPPORT = st.floats(0, 80), st.floats(0.1, 1)


def make_program(cost):
    return Candidate(("rot90",), None, ANSWER, 5, 0.1, cost=cost)


def make_layering(cost, support, *relabellings):
    layers = tuple(ProgramLayer((), relabelling) for relabelling in relabellings)
    return Candidate((), None, ANSWER, 5, 0.1, layers, cost=cost, support=support)


def make_rule(cost, support):
    return Candidate((), None, ANSWER, 5, 0.1, rule=CellRule((), ()), cost=cost, support=support)


@given(
    st.lists(
        COSTS.map(make_program)
        | st.builds(make_rule, COSTS, SUPPORT)
        | st.builds(make_layering, COSTS, SUPPORT, st.just(PLAIN), st.just(RELABELLED)),
        max_size=4,
    )
)
def test_confidences_of_different_answers_sum_to_less_than_one(candidates):
    results = assign_confidence(candidates)
    assert all(0 < candidate.confidence < 1 for candidate in results)
    assert sum(candidate.confidence for candidate in results) < 1
    assert [candidate.cost for candidate in results] == [candidate.cost for candidate in candidates]


@given(COSTS, SUPPORT)
def test_cost_layers_relabelling_and_support_lower_the_confidence(cost, support):
    def confidence(candidate):
        return assign_confidence([candidate])[0].confidence

    plain = make_layering(cost, support, PLAIN, PLAIN)
    assert confidence(make_program(cost)) > confidence(make_program(cost + 5))
    assert confidence(make_program(cost)) > confidence(make_layering(cost, 1.0, PLAIN, PLAIN))
    assert confidence(plain) > confidence(make_layering(cost, support, PLAIN, RELABELLED))
    assert confidence(make_rule(cost, support)) > confidence(make_rule(cost + 5, support))
    assert confidence(make_rule(cost, 1.0)) >= confidence(make_rule(cost, support))
    assert confidence(make_layering(cost, 1.0, PLAIN, PLAIN)) >= confidence(plain)
