"""Efforts, quantiles, bounds and intervals of a comparison, by hand where that is possible."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_guide.harness.speedup import Effort, by_length, compare, order_statistics

INF = math.inf


def effort(taken, budget=1000.0):
    """Tasks that took so many nodes, a thousandth as many seconds; infinite: stopped at the budget."""
    taken = np.array(taken, dtype=float)
    spent = np.where(np.isfinite(taken), taken, budget)
    return Effort(spent, spent / 1000, np.isfinite(taken))


def drawn(tasks, factor, seed, budget=INF):
    """A guide and a prior that takes `factor` times as long in the median, task by task with noise."""
    rng = np.random.default_rng(seed)
    hardness = rng.lognormal(5, 1.5, tasks)
    guide = hardness * rng.lognormal(0, 0.5, tasks)
    other = factor * hardness * rng.lognormal(0, 0.5, tasks)
    censored = [np.where(taken <= budget, taken, INF) for taken in (guide, other)]
    return {"guide": effort(censored[0], budget), "uniform": effort(censored[1], budget)}


def test_needs_are_order_statistics_over_all_tasks():
    found = compare("five", {"guide": effort([50, 10, INF, 40, 20])})
    assert [found.need("guide", "nodes", share).value for share in (0.2, 0.4, 0.6, 0.8)] == [10, 20, 40, 50]
    assert found.need("guide", "seconds", 0.6).value == 0.04
    assert (found.group, found.tasks, found.ratios) == ("five", 5, ())


def test_a_share_that_is_not_solved_has_no_value_but_a_bound():
    found = compare("five", {"guide": effort([INF, 10, INF, 40, INF], budget=700)})
    needs = [found.need("guide", "nodes", share) for share in (0.2, 0.4, 0.6, 0.8)]
    assert [need.value for need in needs] == [10, 40, None, None]
    assert [need.at_least for need in needs] == [10, 40, 700, 700]


@given(st.lists(st.one_of(st.floats(0, 1e6), st.just(INF)), min_size=1, max_size=40), st.floats(0.01, 1))
@settings(deadline=None)
def test_an_order_statistic_is_the_least_value_that_enough_tasks_keep_below(values, share):
    least = order_statistics(np.array(values), (share,))[0]
    enough = [value for value in values if sum(v <= value for v in values) >= share * len(values) - 1e-9]
    assert least == min(enough)


def test_a_share_of_the_tasks_is_counted_exactly():
    assert order_statistics(np.arange(1.0, 101.0), (0.07,))[0] == 7  # 0.07 * 100 is 7.000000000000001


def test_ratios_compare_with_the_guide():
    found = compare("five", {"guide": effort([1, 2, 3, 4, 5]), "uniform": effort([10, 30, 20, 60, 90])})
    ratios = [found.ratio("uniform", "nodes", share).value for share in (0.2, 0.4, 0.6, 0.8)]
    assert ratios == [10, 10, 10, 15]
    assert found.ratio("guide", "nodes", 0.2) is None
    for one in found.ratios:
        assert one.low <= one.value <= one.high


def test_beyond_the_other_budget_a_ratio_is_a_lower_bound():
    others = {"guide": effort([1, 2, 3, 4, 5]), "uniform": effort([10, 30, INF, INF, INF], budget=600)}
    found = compare("five", others)
    known, bound = found.ratio("uniform", "nodes", 0.4), found.ratio("uniform", "nodes", 0.6)
    assert (known.value, known.is_bound, known.high) == (15, False, None)  # some resamples are censored
    assert (bound.value, bound.is_bound, bound.high) == (200, True, None)
    assert bound.low <= bound.value


def test_a_search_that_time_stopped_early_bounds_no_more_than_it_spent():
    """Two searches ended after 5 nodes: that says nothing about 600."""
    uniform = Effort(np.array([10.0, 30, 5, 5, 600]), np.full(5, 60.0), np.array([True, True, False, False, False]))
    found = compare("five", {"guide": effort([1, 2, 3, 4, 5]), "uniform": uniform})
    assert found.need("uniform", "nodes", 0.6).value is None
    assert found.ratio("uniform", "nodes", 0.6).value == 10 / 3
    assert found.ratio("uniform", "nodes", 0.8).value == 30 / 4


def test_nothing_is_said_where_the_guide_does_not_solve_the_share():
    found = compare("five", {"guide": effort([1, 2, INF, INF, INF]), "oracle": effort([1, 1, 1, 1, 1])})
    assert found.ratio("oracle", "nodes", 0.4).value == 0.5
    assert found.ratio("oracle", "nodes", 0.6) is None
    # In some resamples the guide does not solve two in five: it may be behind by any factor there.
    assert found.ratio("oracle", "nodes", 0.4).low == 0.0 < found.ratio("oracle", "nodes", 0.4).high < INF


def test_no_ratio_to_no_time_at_all():
    zero = Effort(np.ones(5), np.zeros(5), np.ones(5, dtype=bool))
    found = compare("five", {"guide": zero, "uniform": effort([1, 2, 3, 4, 5])})
    assert found.ratio("uniform", "seconds", 0.6) is None
    assert found.ratio("uniform", "nodes", 0.6).value == 3


def test_an_interval_holds_a_known_ratio_as_often_as_it_says():
    """95 % of intervals, give or take the 100 that are drawn; too wide is as wrong as too narrow."""
    held = dict.fromkeys((0.4, 0.6), 0)
    for seed in range(100):
        found = compare("known", drawn(150, 8.0, seed), resamples=300)
        for share in held:
            one = found.ratio("uniform", "nodes", share)
            held[share] += one.low <= 8.0 <= one.high
    assert all(89 <= count <= 99 for count in held.values()), held


def test_intervals_of_censored_tasks_hold_it_too():
    held = 0
    for seed in range(60):
        one = compare("known", drawn(100, 8.0, seed, budget=2500.0), resamples=300).ratio("uniform", "nodes", 0.6)
        held += one.low <= 8.0 <= (INF if one.high is None else one.high)
    assert held >= 54


def test_resamples_are_paired():
    """A prior that takes exactly twice as long on every task has no spread at all, however hard the tasks vary."""
    taken = np.random.default_rng(0).lognormal(5, 2, 60)
    found = compare("paired", {"guide": effort(taken), "uniform": effort(2 * taken)})
    assert all(one.low == pytest.approx(2) == one.high for one in found.ratios)


def test_equal_seeds_give_equal_intervals():
    efforts = drawn(80, 5.0, 0)
    assert compare("a", efforts, seed=1).ratios == compare("a", efforts, seed=1).ratios
    assert compare("a", efforts, seed=1).ratios != compare("a", efforts, seed=2).ratios


def test_each_length_is_compared_on_its_own():
    efforts = drawn(90, 5.0, 0)
    lengths = np.repeat([3, 2, 5], 30)
    found = by_length(efforts, lengths, seed=4)
    assert [(one.group, one.tasks) for one in found] == [("length 2", 30), ("length 3", 30), ("length 5", 30)]
    alone = compare("length 2", {prior: one[lengths == 2] for prior, one in efforts.items()}, seed=4)
    assert found[0].ratios == alone.ratios
    assert found[0].needs == alone.needs


def test_tasks_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match=r"the same tasks"):
        compare("odd", {"guide": effort([1, 2]), "uniform": effort([1])})
    with pytest.raises(ValueError, match=r"the same tasks"):
        compare("none", {"guide": effort([])})
    with pytest.raises(ValueError, match="seconds has shape"):
        Effort(np.ones(3), np.ones(2), np.ones(3, dtype=bool))
    for bad in (np.nan, INF, -1.0):
        with pytest.raises(ValueError, match="nodes has a value"):
            Effort(np.array([1.0, bad]), np.ones(2), np.zeros(2, dtype=bool))
