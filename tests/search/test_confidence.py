"""Stated confidence: chances of answers of which at most one is right."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neural_guide.search.candidates import Candidate, Part
from neural_guide.search.cell_rules.rule import CellRule
from neural_guide.search.confidence import stated
from neural_guide.search.layering import CLEAR

ANSWER = (np.zeros((1, 1), dtype=np.uint8),)
PLAIN = (CLEAR, *range(1, 10))
BOUND = (CLEAR, 7, *range(2, 10))
COSTS, SUPPORT = st.floats(0, 80), st.floats(0.1, 1)


def program(cost):
    return Candidate(("rot90",), None, ANSWER, 5, 0.1, cost=cost)


def assembly(cost, support, *tables):
    return Candidate((), None, ANSWER, 5, 0.1, tuple(Part((), table) for table in tables), cost=cost, support=support)


def rule(cost, support):
    return Candidate((), None, ANSWER, 5, 0.1, rule=CellRule((), ()), cost=cost, support=support)


@given(
    st.lists(
        COSTS.map(program)
        | st.builds(rule, COSTS, SUPPORT)
        | st.builds(assembly, COSTS, SUPPORT, st.just(PLAIN), st.just(BOUND)),
        max_size=4,
    )
)
def test_chances_of_answers_that_exclude_each_other(found):
    confident = stated(found)
    assert all(0 < each.confidence < 1 for each in confident)
    assert sum(each.confidence for each in confident) < 1
    assert [each.cost for each in confident] == [each.cost for each in found]


@given(COSTS, SUPPORT)
def test_what_speaks_for_a_candidate(cost, support):
    def first(candidate):
        return stated([candidate])[0].confidence

    assert first(program(cost)) > first(program(cost + 5))
    assert first(program(cost)) > first(assembly(cost, 1.0, PLAIN, PLAIN))
    assert first(assembly(cost, support, PLAIN, PLAIN)) > first(assembly(cost, support, PLAIN, BOUND))
    assert first(rule(cost, support)) > first(rule(cost + 5, support))
    assert first(rule(cost, 1.0)) >= first(rule(cost, support))
    assert first(assembly(cost, 1.0, PLAIN, PLAIN)) >= first(assembly(cost, support, PLAIN, PLAIN))
