"""Words of the language: each part of an explanation has one, and every explanation is made of them."""

import pytest

from neural_guide.app.provenance import ROOT
from neural_guide.arc.collections import load_tasks
from neural_guide.dsl.vocabulary import PRIMITIVES, WIDE
from neural_guide.search.cell_rules.features import compute_features, list_feature_names
from neural_guide.search.piece_lists.values import list_piece_functions
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget
from neural_guide.search.solver import solve
from neural_guide.search.words import GROUPS, LANGUAGE, PRIMITIVE, find_group, list_program_words, list_used_words

TASKS = {arc.task.task_id: arc.task for arc in load_tasks("arc1-training")}


def test_words_are_different_and_know_their_group():
    assert len(set(LANGUAGE.names)) == len(LANGUAGE)
    assert LANGUAGE.names[: len(WIDE)] == WIDE.names
    assert {find_group(word) for word in LANGUAGE.names} == {PRIMITIVE, *GROUPS}
    assert {find_group(word) for word in WIDE.names} == {PRIMITIVE}


def test_every_feature_of_cells_of_real_grids_is_listed():
    names = set(list_feature_names())
    for task in list(TASKS.values())[::20]:
        assert compute_features(task.pairs[0].input).keys() <= names


@pytest.mark.parametrize("step", [*list_piece_functions()[::7], *list(PRIMITIVES)[::10]])
def test_every_step_of_a_program_has_words(step):
    words = list_program_words((step,))
    assert words
    assert all(word in LANGUAGE for word in words)


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("67a3c6ac", {"vmirror", "form: program"}),
        ("08ed6ac7", {"form: units", "verb: recolour"}),
        ("3c9b0459", {"rot180", "form: program"}),
        ("a416b8f3", {"form: program"}),
    ],
)
def test_the_words_of_explanations_of_real_tasks(task, expected):
    outcome = solve(TASKS[task], WIDE, Prior.uniform(len(WIDE)), SearchBudget(nodes=600))
    used = [set(list_used_words(candidate)) for candidate in outcome.candidates]
    assert any(expected <= words for words in used), used


def test_explanations_of_all_families_are_made_of_words():
    families = set()
    for task in ("0b148d64", "08ed6ac7", "3c9b0459", "0d3d703e", "a5313dff"):
        outcome = solve(TASKS[task], WIDE, Prior.uniform(len(WIDE)), SearchBudget(nodes=600))
        for candidate in outcome.candidates:
            words = list_used_words(candidate)
            assert len(set(words)) == len(words)
            assert all(word in LANGUAGE for word in words)
            form = "units" if candidate.family == "units" else candidate.family
            assert f"form: {form}" in words
            assert (f"transform: {candidate.transform}" in words) == bool(candidate.transform)
            families.add(candidate.family)
    assert {"program", "units", "cells"} <= families


def test_the_documentation_counts_the_words():
    page = (ROOT / "docs" / "language-guide.md").read_text(encoding="utf-8")
    assert f"{len(LANGUAGE)} in ten groups" in page
    sizes = {group: len(names) for group, names in GROUPS.items()} | {PRIMITIVE: len(WIDE)}
    sizes["piece step, piece property"] = sizes.pop("piece step") + sizes.pop("piece property")
    for group, size in sizes.items():
        assert f"| {group} | {size} |" in page
