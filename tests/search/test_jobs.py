"""Jobs of a search: each is done once, the most promising first, and the search ends when none is left."""

import math
import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.grid import is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.dsl.vocabulary import V2, WIDE
from neural_guide.search.confidence import estimate_log_odds
from neural_guide.search.jobs import Job, choose_job, estimate_promise
from neural_guide.search.leave_one_out import has_log_odds, leave_pairs_out
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import solve
from neural_guide.search.task_transforms import list_transforms
from neural_guide.search.transform_search import Limits, TransformSearch

RNG = np.random.default_rng(0)
ALL = SearchSettings().resolve(extended=True)
LIMITS = Limits(nodes=3000, other_nodes=0, end=math.inf, nbytes=math.inf)


def build_searches(task, settings=ALL, length=2):
    prior = Prior.uniform(len(V2))
    return [
        TransformSearch(transform, V2, prior, settings, length, time.perf_counter(), math.inf)
        for transform in list_transforms(task)
    ]


def make_task(change, palettes):
    """Return a task of random grids, each in the colours of its own palette."""
    grids = [np.array(palette, dtype=np.uint8)[RNG.integers(0, 3, (5, 5))] for palette in palettes]
    pairs = tuple(Pair(grid, change(grid)) for grid in grids[:-1])
    return Task("t", pairs, (grids[-1],)), change(grids[-1])


def scramble(grid):
    return RNG.permuted(grid)


PALETTES = [(0, 1, 2), (0, 3, 4), (0, 5, 6), (0, 7, 8)]


def test_every_job_is_done_once_and_the_search_ends():
    task, _ = make_task(scramble, PALETTES)
    for search in build_searches(task):
        done: list[Job] = []
        while jobs := list(search.list_jobs(explores=search.space.nodes < 1000)):
            assert len({(job.kind, job.word) for job in jobs}) == len(jobs)
            done.append(choose_job(jobs))
            assert done.count(done[-1]) == 1
            assert estimate_promise(done[-1]) == max(map(estimate_promise, jobs)) > 0
            search.run(done[-1], LIMITS)
        kinds = {job.kind for job in done}
        assert {"programs", "layerings", "cells", "lines"} <= kinds
        assert ("units" in kinds) == (not search.transform.grids.is_transposed)
        assert ("after rules" in kinds) == (not search.transform.name)


def test_combining_waits_for_new_states_until_no_more_come():
    task, _ = make_task(scramble, PALETTES)
    search = build_searches(task, length=4)[0]

    def list_kinds(*, explores):
        return {job.kind for job in search.list_jobs(explores=explores)}

    assert "cells" not in list_kinds(explores=True)
    assert "cells" in list_kinds(explores=False)
    search.run(Job("", "programs"), LIMITS)
    assert search.space.nodes >= 500
    assert {"cells", "layerings"} <= list_kinds(explores=True)
    search.run(Job("", "cells"), LIMITS)
    assert "cells" not in list_kinds(explores=True) | list_kinds(explores=False)
    search.run(Job("", "programs", round=1), LIMITS)
    assert "cells" not in list_kinds(explores=True)
    assert "cells" in list_kinds(explores=False)


@pytest.mark.parametrize("kind", ["programs", "layerings", "cells", "lines", "after programs"])
@pytest.mark.parametrize("transform", ["", "background first", "colours by rank", "transposed"])
def test_later_rounds_promise_less_and_never_nothing(transform, kind):
    promises = [estimate_promise(Job(transform, kind, round=number)) for number in range(12)]
    assert all(first > second > 0 for first, second in pairwise(promises))


def test_a_rule_of_ranked_colours_is_found_before_the_task_itself_is_searched_deeply():
    """Every pair has colours of its own: the commoner of the two disappears, by no rule about one colour."""

    def drop_commoner(grid):
        counts = np.bincount(grid.ravel(), minlength=10)
        counts[0] = 0
        return np.where(grid == counts.argmax(), 0, grid).astype(np.uint8)

    task, answer = make_task(drop_commoner, PALETTES)
    outcome = solve(task, V2, Prior.uniform(len(V2)), SearchBudget(nodes=4000), SearchSettings(cells=True, forms=True))
    first = outcome.candidates[0]
    assert first.transform == "colours by rank"
    assert is_equal(first.answers[0], answer)
    assert first.nodes < 2000


@pytest.mark.parametrize(
    "change", [lambda grid: grid[:, ::-1].copy(), lambda grid: np.where(grid == 1, 7, grid), scramble]
)
@pytest.mark.parametrize("least", [-1.0, 0.5, 2.2])
def test_leaving_out_may_stop_early_but_says_the_same(change, least):
    task, _ = make_task(lambda grid: change(grid).astype(np.uint8), [(0, 1, 2)] * 5)
    outputs = [pair.output for pair in task.pairs]
    search = build_searches(task)[0]
    for kind in ("programs", "cells", "layerings"):
        search.run(Job("", kind), LIMITS)
    pool = search._pool
    assert search.candidates or change is scramble
    for candidate in search.candidates[:4]:
        (judged,) = leave_pairs_out(pool, [candidate], outputs, math.inf)
        whole = estimate_log_odds(judged, 0) >= least
        assert has_log_odds(pool, candidate, outputs, math.inf, least) == whole


def test_a_search_without_extensions_only_tries_programs():
    task, answer = make_task(lambda grid: grid[::-1].copy(), PALETTES)
    outcome = solve(task, WIDE, Prior.uniform(len(WIDE)), SearchBudget(nodes=300), SearchSettings().programs_only)
    assert is_equal(outcome.candidates[0].answers[0], answer)
    assert {candidate.family for candidate in outcome.candidates} == {"program"}


def test_a_search_stops_before_jobs_that_promise_too_little():
    task, _ = make_task(scramble, PALETTES)
    budget, uniform = SearchBudget(nodes=3000, length=3), Prior.uniform(len(V2))
    outcomes = [solve(task, V2, uniform, budget, replace(ALL, min_promise=least)) for least in (math.inf, 2.5, 1.0)]
    assert {outcome.stop_reason for outcome in outcomes} == {"unpromising"}
    assert 0 == outcomes[0].nodes < outcomes[1].nodes < outcomes[2].nodes < 3000


def test_what_was_found_before_a_search_stops_is_kept():
    task, answer = make_task(lambda grid: grid[::-1].copy(), PALETTES)
    search = SearchSettings(min_promise=1.9, leave_one_out=False)  # the first programs promise 2
    outcome = solve(task, WIDE, Prior.uniform(len(WIDE)), SearchBudget(nodes=3000), search)
    assert outcome.stop_reason == "unpromising"
    assert any(is_equal(candidate.answers[0], answer) for candidate in outcome.candidates)


def test_a_certain_answer_waits_for_the_most_promising_jobs():
    """The first explanation, a rule over objects, is as good as certain and wrong on the test."""
    arc = next(arc for arc in load_tasks("arc1-training") if arc.task.task_id == "68b16354")
    outcome = solve(arc.task, WIDE, Prior.uniform(len(WIDE)), SearchBudget(nodes=20_000))
    assert outcome.stop_reason == "answered"
    assert outcome.nodes < 3000
    (attempts,) = outcome.answers
    assert attempts[0].confidence > 0.9
    assert arc.answers is not None
    assert any(is_equal(outcome.candidates[attempt.candidate].answers[0], arc.answers[0]) for attempt in attempts)


def test_a_canvas_that_draws_every_output_explains_the_task_before_the_first_job():
    def fold(grid):
        wide = np.hstack([grid, grid[:, ::-1]])
        return np.vstack([wide, wide[::-1], wide])

    task, answer = make_task(fold, [(1, 2, 3)] * 4)
    explained = [search.transform.name for search in build_searches(task) if search.explanation_count]
    assert explained == ["canvas mirrored"]
    first = solve(task, WIDE, Prior.uniform(len(WIDE)), SearchBudget(nodes=1)).candidates[0]
    assert (first.program, first.nodes) == ((), 0)
    assert is_equal(first.answers[0], answer)
