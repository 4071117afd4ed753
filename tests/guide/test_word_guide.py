"""A guide of all words: it brings the search of `wide`, is queried once a task, and rules out no job."""

from dataclasses import replace

import numpy as np
import pytest

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.grid import is_equal
from neural_guide.dsl.vocabulary import V2, WIDE, Vocabulary
from neural_guide.guide.default_guide import choose_dsl
from neural_guide.guide.guide import load_guide
from neural_guide.guide.priors import (
    build_frequency_prior,
    build_guide_prior,
    build_search_prior,
)
from neural_guide.search.jobs import Job, choose_job, compute_job_lift
from neural_guide.search.prior import LatePrior, Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import solve
from neural_guide.search.words import LANGUAGE, RULE_WORDS
from support.guides import build_untrained_guide

TASKS = {arc.task.task_id: arc for arc in load_tasks("arc1-training")}


@pytest.fixture(scope="module")
def guide():
    return build_untrained_guide(LANGUAGE, has_steps=False)


def test_it_brings_the_vocabulary_of_programs(guide, tmp_path):
    assert guide.programs == WIDE
    assert guide.predicts_words
    assert not build_untrained_guide(V2).predicts_words
    guide.save(tmp_path / "guide.safetensors")
    loaded = load_guide(str(tmp_path))
    assert choose_dsl(None, str(tmp_path)) == "wide"
    task = TASKS["67a3c6ac"].task
    assert np.array_equal(loaded.probabilities(task), guide.probabilities(task))


@pytest.mark.parametrize(("task", "queries"), [("67a3c6ac", 0), ("045e512c", 1)])
def test_it_is_queried_once_where_the_most_promising_jobs_give_no_certain_answer(guide, task, queries):
    asked = []

    def query():
        asked.append(task)
        return build_guide_prior(guide, TASKS[task].task)

    solve(TASKS[task].task, WIDE, LatePrior(query), SearchBudget(nodes=1500), SearchSettings(min_promise=0.5))
    assert len(asked) == queries
    late = build_search_prior(guide, TASKS[task].task)
    assert isinstance(late, LatePrior)
    assert late.query() is late.query()


def test_its_prior_has_primitives_and_lifts_of_the_other_words(guide):
    task = TASKS["67a3c6ac"].task
    prior = build_guide_prior(guide, task)
    assert prior.probabilities is not None
    assert prior.probabilities.shape == (len(WIDE),)
    assert prior.lifts.keys() == set(RULE_WORDS)
    usual = replace(guide, baselines=replace(guide.baselines, base_rates=guide.probabilities(task)))
    assert np.allclose(list(build_guide_prior(usual, task).lifts.values()), 1, atol=1e-4)
    frequencies = build_frequency_prior(guide).probabilities
    assert frequencies is not None
    assert frequencies.shape == (len(WIDE),)


def test_a_guide_of_an_older_language_guides_the_search_of_the_present_one():
    """Primitives that it does not know are as likely as the mean, other words as likely as usual."""
    newer = {"vmirror", "unit: object", "unit feature: most size"}
    older = Vocabulary(tuple(name for name in LANGUAGE.names if name not in newer))
    guide, arc = build_untrained_guide(older, has_steps=False), TASKS["67a3c6ac"]
    assert guide.programs == WIDE
    prior = build_guide_prior(guide, arc.task)
    assert prior.probabilities is not None
    others = np.delete(prior.probabilities, WIDE.names.index("vmirror"))
    assert prior.probabilities[WIDE.names.index("vmirror")] == pytest.approx(others.mean())
    assert prior.lifts.keys() == set(RULE_WORDS) - newer
    outcome = solve(arc.task, guide.programs, build_search_prior(guide, arc.task), SearchBudget(nodes=1000))
    assert outcome.candidates[0].program == ("vmirror",)


@pytest.mark.parametrize("task", ["67a3c6ac", "08ed6ac7", "25ff71a9"])
def test_a_guide_of_random_weights_delays_answers_and_loses_none(guide, task):
    arc = TASKS[task]
    prior = build_search_prior(guide, arc.task)
    outcome = solve(arc.task, WIDE, prior, SearchBudget(nodes=2000))
    assert arc.answers is not None
    assert any(is_equal(candidate.answers[0], arc.answers[0]) for candidate in outcome.candidates)


JOBS = [
    Job("", "programs"),
    Job("", "cells"),
    Job("", "lines"),
    Job("", "layerings"),
    Job("", "after rules"),
    Job("", "after programs"),
    Job("", "units", "object"),
    Job("", "units", "colour"),
    Job("transposed", "programs"),
]


@pytest.mark.parametrize("job", JOBS)
def test_a_likelier_word_brings_its_job_forward_within_a_bound(job):
    word = (
        f"unit: {job.word}"
        if job.kind == "units"
        else {
            "programs": "form: program",
            "layerings": "form: layering",
            "after rules": "form: stages",
            "after programs": "form: stages",
        }.get(job.kind, f"form: {job.kind}")
    )
    assert compute_job_lift(job, {}) == 1
    lifts = [compute_job_lift(job, {word: lift}) for lift in (0.0, 1e-9, 0.5, 1.0, 2.0, 1e9)]
    assert lifts == sorted(lifts)
    assert lifts[0] == 1 / lifts[-1] > 0
    assert lifts[2] < lifts[3] == 1 < lifts[4]


def test_lifts_change_the_order_of_jobs():
    programs, cells = Job("", "programs"), Job("", "cells")
    assert choose_job([programs, cells]) == programs
    assert choose_job([programs, cells], {"form: cells": 100.0, "form: program": 0.01}) == cells
    assert choose_job([programs, cells], {"form: cells": 1.0, "form: program": 1.0}) == programs


def test_features_of_a_high_lift_do_not_change_what_a_rule_costs():
    task = TASKS["08ed6ac7"].task
    probabilities = np.ones(len(WIDE))
    outcomes = [
        solve(task, WIDE, Prior(probabilities, lifts=lifts), SearchBudget(nodes=600))
        for lifts in ({}, {"unit feature: rank by height": 50.0})
    ]
    first, second = (
        {str(candidate.explanation): candidate.cost for candidate in outcome.candidates} for outcome in outcomes
    )
    shared = first.keys() & second.keys()
    assert shared
    assert all(first[name] == second[name] for name in shared)
