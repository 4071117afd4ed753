"""Leaving a pair out: a real rule predicts the pairs that it was not fitted on, one that fits by chance does not."""

from dataclasses import replace

import numpy as np
import pytest

from neural_guide.arc.grid import is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.dsl.vocabulary import V2
from neural_guide.search.goal import Goal
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import solve
from search.unit_rules.drawn_tasks import RECOLOUR_LARGEST, parse_task

SETTINGS = SearchSettings(assembly=True, cells=True, leave_one_out=True)
BUDGET = SearchBudget(length=1)
RNG = np.random.default_rng(0)
INPUTS = [RNG.integers(0, 3, (5, 6)).astype(np.uint8) for _ in range(5)]


def make_task(outputs):
    pairs = tuple(Pair(grid, output) for grid, output in zip(INPUTS[:4], outputs, strict=True))
    return Task("t", pairs, (INPUTS[4],))


def find_first(task, settings=SETTINGS):
    outcome = solve(task, V2, Prior.uniform(len(V2)), BUDGET, settings)
    return outcome.candidates[outcome.answers[0][0].candidate], outcome.answers[0][0].confidence


def mark_alone(grid):
    """Recolour cells without an equal cell beside them to 9: a rule of cells, no program."""
    padded = np.pad(grid, 1, constant_values=8)
    beside = [padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]]
    return np.where(np.any([grid == other for other in beside], axis=0), grid, 9).astype(np.uint8)


@pytest.mark.parametrize(("change", "family"), [(lambda grid: grid[:, ::-1].copy(), "program"), (mark_alone, "cells")])
def test_a_real_rule_predicts_every_pair(change, family):
    candidate, confidence = find_first(make_task([change(grid) for grid in INPUTS[:4]]))
    assert candidate.family == family
    assert (candidate.evidence.pairs, candidate.evidence.predicted) == (4, 4)
    assert candidate.evidence.agreement == (1.0,)
    assert confidence > 0.7


def test_a_real_rule_of_units_predicts_every_pair_and_is_found_only_where_it_is_wanted():
    task, answer = parse_task(RECOLOUR_LARGEST)
    settings = SearchSettings(units=True, leave_one_out=True)
    outcome = solve(task, V2, Prior.uniform(len(V2)), BUDGET, settings)
    first = outcome.candidates[outcome.answers[0][0].candidate]
    assert first.family == "units"
    assert is_equal(first.answers[0], answer)
    assert (first.evidence.pairs, first.evidence.predicted) == (3, 3)
    assert first.evidence.agreement == (1.0,)
    without = solve(task, V2, Prior.uniform(len(V2)), BUDGET, replace(settings, units=False))
    assert all("units" not in (candidate.family, *candidate.families) for candidate in without.candidates)


def test_a_rule_that_fits_by_chance_predicts_no_pair():
    """The outputs mark cells at random; a tree over cells can learn them by heart."""
    rng = np.random.default_rng(1)
    outputs = [np.where((np.arange(30).reshape(5, 6) == rng.integers(30)), 9, grid) for grid in INPUTS[:4]]
    task = make_task([output.astype(np.uint8) for output in outputs])
    candidate, confidence = find_first(task)
    assert candidate.rule is not None
    assert candidate.evidence.predicted == 0
    assert confidence < 0.3
    assert find_first(task, replace(SETTINGS, leave_one_out=False))[0].evidence is None


def test_one_pair_leaves_none_to_predict():
    task = Task("t", (Pair(INPUTS[0], INPUTS[0][:, ::-1].copy()),), (INPUTS[1],))
    assert find_first(task)[0].evidence is None


def test_states_that_explain_all_pairs_but_one_are_named_by_that_pair():
    from neural_guide.dsl.interning import GridTable

    grids = GridTable([])
    outputs = [np.array([[colour]], dtype=np.uint8) for colour in (1, 2, 3)]
    goal = Goal(outputs, grids)
    wide = np.array([[1, 1]], dtype=np.uint8)
    ids = {name: grids.intern(grid) for name, grid in zip("abcw", [*outputs, wide], strict=True)}

    def left_out(names):
        return sorted(goal.find_relabellings_without(tuple(ids[name] for name in names)))

    assert left_out("abc") == [0, 1, 2]
    assert left_out("abw") == [2]
    assert left_out("aww") == []
    assert left_out("aba") == [0, 2]  # the first and the third contradict each other: 1 becomes 1, or 3
