"""Candidates applied to inputs: those of their task give its outputs and their answers; new ones an output or none."""

import numpy as np
import pytest

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.grid import is_equal, is_equal_list, is_grid
from neural_guide.arc.task import Pair, Task
from neural_guide.dsl.vocabulary import V2
from neural_guide.harness.task_results import CandidateResult
from neural_guide.search.application import apply_candidate
from neural_guide.search.candidates import Candidate, ProgramLayer
from neural_guide.search.cell_rules.feature import CONTENT, ProgramFeature
from neural_guide.search.cell_rules.rule import Case, CellRule
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import solve
from neural_guide.search.task_transforms import ORIENTATION_NAMES
from neural_guide.search.unit_rules.arguments import Action
from neural_guide.search.unit_rules.rule import UnitCase, UnitRule
from neural_guide.search.unit_rules.stages import StagedRule

TASKS = ("1f85a75f", "543a7ed5", "178fcbfb", "4347f46a")
EVERYTHING = SearchSettings(pieces=True, assembly=True, cells=True, units=True, forms=True, answers=12)
CELL = np.ones((1, 1), dtype=np.uint8)
PLAIN_TASK = Task("t", (Pair(CELL, CELL),))
CLEAR_BACKGROUND, PLAIN = (255, *range(1, 10)), tuple(range(10))


def name_kind(candidate):
    if candidate.rule is not None:
        return {"cells": "cell rule", "lines": "line rule", "units": "unit rule"}[candidate.family]
    return "layering" if candidate.layers else "program" if candidate.relabelling is None else "relabelled program"


@pytest.fixture(scope="module")
def solved_tasks():
    """Real tasks and their candidates, of every kind and under every transform."""
    arcs = {arc.task.task_id: arc.task for arc in load_tasks("arc1-training")}
    budget, uniform = SearchBudget(nodes=1500, length=3), Prior.uniform(len(V2))
    results = [(arcs[task_id], solve(arcs[task_id], V2, uniform, budget, EVERYTHING).candidates) for task_id in TASKS]
    candidates = [candidate for _, found in results for candidate in found]
    assert {name_kind(candidate) for candidate in candidates} == {
        *("program", "relabelled program", "layering", "cell rule", "line rule", "unit rule"),
    }
    transforms = {candidate.transform for candidate in candidates}
    assert transforms >= {"", "background first", "colours by rank", "transposed"}
    assert any(name in ORIENTATION_NAMES for name in transforms)
    return results


@pytest.mark.parametrize("convert", [lambda candidate: candidate, CandidateResult.from_candidate])
def test_the_inputs_of_the_task_give_its_outputs_and_the_answers(solved_tasks, convert):
    for task, candidates in solved_tasks:
        inputs = [*(pair.input for pair in task.pairs), *task.test_inputs]
        for candidate in candidates:
            expected = [*(pair.output for pair in task.pairs), *candidate.answers]
            assert is_equal_list(apply_candidate(convert(candidate), task, inputs), expected), candidate


def test_an_output_is_a_grid_and_depends_on_its_own_input_alone(solved_tasks):
    rng = np.random.default_rng(0)
    for task, candidates in solved_tasks:
        new = [rng.integers(0, 10, size=grid.shape, dtype=np.uint8) for grid in task.test_inputs]
        new.append(np.where(task.pairs[0].input == 0, 0, 4).astype(np.uint8))
        for candidate in candidates:
            outputs = apply_candidate(candidate, task, new)
            assert all(output is None or is_grid(output) for output in outputs)
            for given, output in zip(new, outputs, strict=True):
                [alone] = apply_candidate(candidate, task, [given])
                assert (alone is None and output is None) or is_equal(alone, output)


def build_candidate(**parts):
    blank = {"program": (), "relabelling": None, "answers": (), "nodes": 0, "seconds": 0.0}
    return Candidate(**{**blank, **parts})


def apply_to(candidate, rows, task=PLAIN_TASK):
    [output] = apply_candidate(candidate, task, [np.array(rows, dtype=np.uint8)])
    return None if output is None else output.tolist()


def test_a_program_ends_with_its_relabelling_and_skips_a_step_that_does_not_apply():
    candidate = build_candidate(program=("split_overlay", "vmirror"), relabelling=(0, 1, 5, *range(3, 10)))
    assert apply_to(candidate, [[1, 0, 2, 2]]) == [[5, 1]]
    assert apply_to(candidate, [[1, 0, 2]]) == [[5, 0, 1]]  # a row of three cells has no halves


def test_layers_need_one_shape_and_the_uppermost_covers():
    layers = (ProgramLayer(("vmirror",), CLEAR_BACKGROUND), ProgramLayer((), PLAIN))
    assert apply_to(build_candidate(layers=layers), [[1, 0, 2]]) == [[2, 0, 1]]
    assert apply_to(build_candidate(layers=layers), [[1, 3, 0]]) == [[1, 3, 1]]
    turned = (ProgramLayer(("rot90",), CLEAR_BACKGROUND), ProgramLayer((), PLAIN))
    assert apply_to(build_candidate(layers=turned), [[1, 0], [0, 2]]) == [[1, 2], [1, 2]]
    assert apply_to(build_candidate(layers=turned), [[1, 0, 2]]) is None


def test_a_rule_needs_its_features_and_takes_the_most_alike_case():
    known = CellRule(
        (ProgramFeature((), CONTENT),), (Case((1,), 7), Case((0,), ProgramFeature(("vmirror",), "colour")))
    )
    assert apply_to(build_candidate(rule=known), [[1, 0, 0]]) == [[7, 0, 1]]
    partial = known._replace(cases=known.cases[:1])
    assert apply_to(build_candidate(rule=partial), [[1, 1]]) == [[7, 7]]
    assert apply_to(build_candidate(rule=partial), [[1, 0]]) == [[7, 7]]
    by_colour = CellRule(
        (ProgramFeature((), CONTENT), ProgramFeature((), "colour")), (Case((0,), 0), Case((1, 2), 5), Case((1, 6), 8))
    )
    assert apply_to(build_candidate(rule=by_colour), [[0, 1, 2, 5, 9]]) == [[0, 5, 5, 8, 8]]
    turned = CellRule(
        (ProgramFeature((), CONTENT), ProgramFeature(("rot90",), "colour")), (Case((1,), 7), Case((0,), 2))
    )
    assert apply_to(build_candidate(rule=turned), [[1, 0], [0, 1]]) == [[7, 2], [2, 7]]
    assert apply_to(build_candidate(rule=turned), [[1, 0]]) is None
    by_area = CellRule((ProgramFeature((), "area of object"),), (Case((0,), 0), Case((1,), 4)))
    assert apply_to(build_candidate(rule=by_area), [[0, 8]]) == [[0, 4]]
    assert apply_to(build_candidate(rule=by_area), [[0, 0]]) is None  # without content there are no objects


def test_a_rule_of_units_needs_units_and_takes_the_most_alike_class():
    cases = (UnitCase((1,), Action("recolour", (4,))), UnitCase((2,), Action("move by", (0, 1))))
    candidate = build_candidate(rule=StagedRule((), (UnitRule("object", ("size",), cases),)))
    assert apply_to(candidate, [[1, 0, 2, 2, 0]]) == [[4, 0, 0, 2, 2]]
    assert apply_to(candidate, [[1, 0, 2, 2, 2]]) == [[4, 0, 0, 2, 2]]  # three cells act as two do
    assert apply_to(candidate, [[0, 0]]) is None  # no object
    taking = StagedRule((), (UnitRule("object", (), (UnitCase((), Action("take")),)),))
    assert apply_to(build_candidate(rule=taking), [[0, 1, 2, 0]]) == [[1, 2]]
    assert apply_to(build_candidate(rule=taking), [[0, 1, 0, 2]]) == [[1]]  # the first of two outputs


def test_colours_by_rank_are_those_of_each_input():
    """The rarer of two colours that differ from pair to pair becomes background."""
    inputs = [np.array([[first, first, second]], dtype=np.uint8) for first, second in ((3, 6), (7, 4))]
    pairs = tuple(Pair(grid, np.array([[row[0], row[1], 0] for row in grid], dtype=np.uint8)) for grid in inputs)
    task = Task("t", pairs, (np.array([[5, 5, 8]], dtype=np.uint8),))
    candidate = build_candidate(
        relabelling=(0, 1, 0, *range(3, 10)), transform="colours by rank", answers=(pairs[0].output,)
    )
    assert [apply_to(candidate, pair.input, task) for pair in pairs] == [pair.output.tolist() for pair in pairs]
    assert apply_to(candidate, [[9, 9, 1, 9]], task) == [[9, 9, 0, 9]]
