"""Every concept: its drawn pair, and the rules for all of them."""

from itertools import pairwise

import numpy as np
import pytest
from pairs import parse_pair

from neural_guide.app.provenance import ROOT
from neural_guide.arc.grid import is_equal, is_grid
from neural_guide.data.generation.concepts.catalogue import CONCEPTS, name_concept
from neural_guide.data.generation.concepts.tasks import MAX_DRAWS, draw_examples
from neural_guide.data.task_sources import TASKS_PER_CONCEPT
from support.concept_pairs import PAIRS

COLOURS = list(range(1, 10))
DRAWN = {name_concept(type(concept)): (concept, *parse_pair(text)) for concept, text in PAIRS.items()}


@pytest.fixture(scope="module")
def samples():
    """A task of each concept as its rule is written: the concept and its pairs, all of them with one random stream."""
    drawn = {}
    for name, kind in CONCEPTS.items():
        rng = np.random.default_rng(3)
        tasks = (draw_examples(kind, rng) for _ in range(MAX_DRAWS))
        drawn[name] = next((concept, pairs) for concept, pairs in tasks if pairs)
    return drawn


def test_each_concept_has_a_drawn_pair():
    assert set(DRAWN) == set(CONCEPTS)
    assert len(PAIRS) == len(CONCEPTS)


@pytest.mark.parametrize("name", CONCEPTS)
def test_concept_maps_its_pair(name):
    concept, grid, expected = DRAWN[name]
    result = concept.apply(grid.copy())
    assert result is not None
    assert result.tolist() == expected.tolist()


@pytest.mark.parametrize("name", CONCEPTS)
def test_concept_is_documented(name):
    assert CONCEPTS[name].__doc__.strip().endswith(".")
    assert not CONCEPTS[name].__doc__.startswith(CONCEPTS[name].__name__ + "(")


def test_rules_are_total_repeatable_and_leave_their_input_unchanged(samples):
    rng = np.random.default_rng(0)
    grids = [rng.integers(0, 4, rng.integers(1, 9, 2), dtype=np.uint8) for _ in range(10)]
    grids += [np.full((rows, columns), 3, dtype=np.uint8) for rows, columns in ((1, 1), (1, 30), (30, 1), (30, 30))]
    grids += [grid for _, grid, _ in DRAWN.values()]
    grids += [pair.input for _, pairs in samples.values() for pair in pairs[:1]][::3]
    for name, (concept, _, _) in DRAWN.items():
        for grid in grids:
            before = grid.copy()
            result = concept.apply(grid)
            assert is_equal(grid, before), name
            assert result is None or (is_grid(result) and not np.shares_memory(result, grid)), name
            assert concept.list_cases(grid) <= concept.cases, name


def test_rules_follow_from_the_input_alone(samples):
    for name, (concept, pairs) in samples.items():
        assert pairs, name
        for pair in pairs:
            assert is_equal(concept.apply(np.ascontiguousarray(pair.input.T).T), pair.output), name


def test_no_concept_explains_the_pairs_of_another(samples):
    def explains(concept, pairs):
        outputs = ((concept.apply(pair.input), pair.output) for pair in pairs)
        return all(output is not None and is_equal(output, expected) for output, expected in outputs)

    confused = [
        (name, other)
        for name, (_, pairs) in samples.items()
        for other, (rival, _) in samples.items()
        if other != name and explains(rival, pairs)
    ]
    assert not confused


def test_parameters_are_drawn_and_colours_with_a_meaning_are_not_left_for_the_look():
    for name, kind in CONCEPTS.items():
        draws = []
        for seed in range(12):
            colours = list(COLOURS)
            draws.append(kind.draw(colours, np.random.default_rng(seed)))
            assert colours == COLOURS[: len(colours)], name
            assert colours, name
        if vars(draws[0]):
            orders = [kind.draw(list(order), np.random.default_rng(0)) for order in (COLOURS, COLOURS[::-1])]
            assert any(left != right for left, right in pairwise((*draws, *orders))), name


def test_the_pages_list_every_concept():
    page = (ROOT / "docs" / "concepts.md").read_text()
    assert f"Each of its {len(CONCEPTS)} *concepts*" in page
    assert [
        name for name, kind in CONCEPTS.items() if f"| `{name}` | {kind.__doc__.splitlines()[0]} |" not in page
    ] == []
    tasks = f"| `concepts` | {TASKS_PER_CONCEPT * len(CONCEPTS)} | {TASKS_PER_CONCEPT} tasks of three tests"
    assert f"{tasks} for each of the {len(CONCEPTS)} concepts" in (ROOT / "docs" / "solving.md").read_text()
