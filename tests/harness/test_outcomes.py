"""Outcomes: candidates compared with test outputs, by hand."""

import numpy as np
import pytest

from neural_guide.arc.collections import ArcTask
from neural_guide.arc.task import Pair, Task
from neural_guide.harness.outcomes import judge_outcome
from neural_guide.harness.task_results import CandidateResult, SearchResult, TaskResult
from neural_guide.reporting.solve.rows import (
    build_output_rows,
    build_row,
    list_attempts,
    list_confidences,
    list_failures,
    list_solutions,
)
from neural_guide.search.answers import Answer
from neural_guide.search.candidates import ProgramLayer
from neural_guide.search.unit_rules.arguments import Action
from neural_guide.search.unit_rules.rule import UnitCase, UnitRule
from neural_guide.search.unit_rules.stages import StagedRule

NAMES = ("rot90", "hmirror", "vmirror", "hollow")
ONE, TWO, THREE = ([[colour]] for colour in (1, 2, 3))


def make_grid(rows):
    return np.array(rows, dtype=np.uint8)


def make_task(*answers, task_id="t") -> ArcTask:
    """Return a task with one pair and these answers; with None among them, they are not known."""
    known = None if None in answers else tuple(map(make_grid, answers))
    tests = tuple(make_grid([[9, 8]]) for _ in answers)
    return ArcTask(Task(task_id, (Pair(make_grid([[1, 2]]), make_grid([[2, 1]])),), tests), known)


def make_candidate(*answers, program=("vmirror",), nodes=3, relabelling=None) -> CandidateResult:
    return CandidateResult(program, relabelling, answers, nodes, 0.25)


def make_search(*candidates, stop_reason="nodes", tests=1) -> SearchResult:
    """Return a search whose candidates are attempts at every test that they answer, in order."""
    places = range(max([tests, *(len(candidate.answers) for candidate in candidates)]))
    answers = tuple(
        tuple(
            Answer(index, 0.5 - 0.1 * index)
            for index, candidate in enumerate(candidates)
            if candidate.answers[place] is not None
        )
        for place in places
    )
    return SearchResult(candidates, answers, 100, 1.5, stop_reason, 0, 50)


def judge(arc, *candidates, stop_reason="nodes", unguided=None, probabilities=()):
    search = make_search(*candidates, stop_reason=stop_reason)
    return judge_outcome(TaskResult("t", search, unguided, probabilities), arc, NAMES)


@pytest.mark.parametrize("order", [(ONE, TWO), (TWO, ONE)])
def test_right_in_the_first_or_second_attempt_is_solved(order):
    outcome = judge(make_task(ONE), *(make_candidate(answer) for answer in order), stop_reason="answered")
    assert (outcome.solved, outcome.reason, outcome.explanation) == (True, "", "")
    assert outcome.correct.answers == (ONE,)


def test_every_output_must_be_right_in_one_of_the_attempts():
    arc = make_task(ONE, TWO)
    joint = judge(arc, make_candidate(ONE, THREE), make_candidate(THREE, TWO))
    assert joint.solved
    assert joint.correct.answers == (ONE, THREE)
    half = judge(arc, make_candidate(ONE, THREE), make_candidate(ONE, ONE))
    assert (half.solved, half.reason) == (False, "wrong")
    # The drawing of a solved task has no wrong output: the pair, and the one test that the first attempt gets right.
    assert len(list_solutions([joint])[0].states) == 2


def test_outputs_are_judged_one_by_one():
    """The second test is answered by a candidate of its own, and right at the second attempt."""
    arc = make_task(ONE, TWO, THREE)
    candidates = (make_candidate(ONE, None, TWO), make_candidate(None, THREE, None), make_candidate(None, TWO, None))
    outcome = judge(arc, *candidates)
    assert [[attempt.is_right for attempt in attempts] for attempts in outcome.outputs] == [
        [True],
        [False, True],
        [False],
    ]
    assert (outcome.solved, outcome.solved_outputs) == (False, 2)
    assert outcome.explanation == "consistent with the pairs, wrong on 1 of 3 tests"
    rows = build_output_rows(outcome)
    assert [(row.output, row.solved, row.right_attempt) for row in rows] == [
        (1, "yes", 1),
        (2, "yes", 2),
        (3, "no", None),
    ]
    assert (build_row(outcome).outputs, build_row(outcome).solved_outputs) == (3, 2)
    attempts = [[None if grid is None else grid.tolist() for grid in two] for two in list_attempts(outcome)]
    assert attempts == [[ONE, None], [THREE, TWO], [TWO, None]]
    assert list_confidences([outcome]) == [(0.5, True), (0.4, False), (0.3, True), (0.5, False)]
    assert judge(make_task(ONE, TWO), make_candidate(ONE, None), make_candidate(None, TWO)).solved


def test_wrong_inexpressible_and_budget_are_different_reasons():
    arc = make_task(ONE)
    cases = {
        "wrong": (
            judge(arc, make_candidate(TWO), stop_reason="exhausted"),
            "consistent with the pairs, wrong on the test",
        ),
        "inexpressible": (
            judge(arc, stop_reason="exhausted"),
            "not expressible within the length: every program was tried",
        ),
        "budget": (judge(arc, stop_reason="seconds"), "budget spent (seconds)"),
        "unpromising": (
            judge(arc, stop_reason="unpromising"),
            "stopped: no part of the search promised enough (search.min_promise)",
        ),
    }
    for reason, (outcome, explanation) in cases.items():
        assert (outcome.solved, outcome.reason, outcome.explanation) == (False, reason, explanation)


def test_an_answer_of_another_shape_is_wrong():
    assert judge(make_task([[1, 1]]), make_candidate([[1], [1]])).reason == "wrong"


def test_misled_gives_nodes_and_rank_of_the_right_program():
    """Probabilities .9 .2 .5 .2: hmirror is tied with hollow for the last place, so its rank is 4; vmirror's is 2."""
    probabilities = (0.9, 0.2, 0.5, 0.2)
    wrong = make_candidate(TWO, program=("hollow",), nodes=7)
    right = make_candidate(ONE, program=("vmirror", "rot90"), nodes=1_234)
    outcome = judge(make_task(ONE), unguided=make_search(wrong, right), probabilities=probabilities)
    assert (outcome.solved, outcome.reason, outcome.rank) == (False, "misled", 2)
    assert outcome.explanation == "guide misled: unguided it takes 1,234 nodes; the guide ranks its worst primitive 2"
    assert outcome.best_candidate == right
    row = build_row(outcome)
    assert (row.program, row.nodes, row.seconds, row.attempts) == ("vmirror rot90", 100, 1.5, 0)
    unguided = make_search(make_candidate(ONE, program=("hmirror",)))
    assert judge(make_task(ONE), unguided=unguided, probabilities=probabilities).rank == 4


def test_a_wrong_unguided_program_does_not_blame_the_guide():
    outcome = judge(make_task(ONE), unguided=make_search(make_candidate(TWO)), probabilities=(0.1,) * 4)
    assert (outcome.reason, outcome.explanation) == ("budget", "budget spent (nodes)")


def test_a_failed_task_has_no_search_and_gives_the_reason():
    failure = "crashed: its process ended with code 3"
    outcome = judge_outcome(TaskResult("t", failure=failure), make_task(ONE), NAMES)
    assert (outcome.solved, outcome.reason, outcome.explanation) == (False, "failed", failure)
    assert list_attempts(outcome) == [(None, None)]
    assert build_row(outcome).nodes == 0
    assert judge_outcome(TaskResult("t", failure="hung"), make_task(None), NAMES).solved is None


def test_without_outputs_it_is_unknown_whether_a_task_is_solved():
    outcome = judge(make_task(None), make_candidate(ONE))
    assert (outcome.solved, outcome.reason) == (None, "unknown")
    assert build_row(outcome).solved == "unknown"
    assert len(list_solutions([outcome])) == 1  # still drawn
    assert judge(make_task(None), stop_reason="memory").explanation == "budget spent (memory)"
    assert judge(make_task(None), stop_reason="exhausted").reason == "inexpressible"


def test_a_row_has_the_relabelling_and_the_nodes_to_the_right_candidate():
    swap = (0, 2, 1, *range(3, 10))
    wrong = make_candidate(TWO, nodes=3)
    right = make_candidate(ONE, nodes=40, program=("rot90",), relabelling=swap)
    row = build_row(judge(make_task(ONE), wrong, right))
    assert (row.program, row.nodes, row.seconds) == ("rot90 colours:1>2,2>1", 40, 0.25)
    assert build_row(judge(make_task(ONE), make_candidate(ONE, program=()))).program == "(unchanged)"


def test_attempts_stand_at_their_outputs():
    outcome = judge(make_task(ONE, TWO), make_candidate(ONE, THREE))
    attempts = [(first.tolist(), second) for first, second in list_attempts(outcome)]
    assert attempts == [(ONE, None), (THREE, None)]


def test_a_full_gallery_keeps_room_for_wrong_answers():
    unguided = make_search(make_candidate(ONE))
    misled = [judge(make_task(ONE), unguided=unguided, probabilities=(0.1,) * 4) for _ in range(20)]
    wrong = [judge(make_task(ONE), make_candidate(TWO)) for _ in range(5)]
    reasons = [failure.reason.split()[0] for failure in list_failures([*misled, *wrong])]
    assert reasons == ["guide"] * 9 + ["consistent"] * 3


def test_a_wrong_answer_is_drawn_at_every_test():
    """The candidate answers one of two tests, and its layers differ in shape there: the overlay is left out."""
    layers = (ProgramLayer(("rot90",), tuple(range(10))), ProgramLayer((), tuple(range(10))))
    layered = CandidateResult((), None, (THREE, None), 3, 0.25, layers=layers)
    for candidate, width in ((make_candidate(THREE, None), 3), (layered, 4)):
        [failure] = list_failures([judge(make_task(ONE, TWO), candidate)])
        assert [len(row) for row in failure.solution.states] == [width, width]
        assert [row[-1].tolist() for row in failure.solution.states] == [ONE, TWO]


def list_outlines(solution):
    """List the outlines of a solution as rows of numbers, None where there is none."""
    return [[None if outline is None else outline.tolist() for outline in row] for row in solution.outlines]


def test_a_rule_of_units_is_described_and_drawn_step_by_step():
    actions = {1: Action("recolour", (2,)), 2: Action("recolour", (1,)), 8: Action("keep"), 9: Action("recolour", (1,))}
    cases = tuple(UnitCase((colour,), action) for colour, action in actions.items())
    rule = StagedRule((), (UnitRule("shape", ("own colour",), cases),))
    candidate = CandidateResult((), None, ([[1, 8]],), 3, 0.25, rule=rule)
    solved = judge(make_task([[1, 8]]), candidate)
    assert build_row(solved).program == (
        "each shape: recolour 2 if own colour 1; recolour 1 if own colour 2 or own colour 9; keep if own colour 8"
    )
    [solution] = list_solutions([solved])
    assert solution.program == (
        "each shape, own colour 1: recolour 2",
        "each shape, own colour 2 or own colour 9: recolour 1",
    )
    states = [[[[1, 2]], [[2, 2]], [[2, 1]]], [[[9, 8]], [[9, 8]], [[1, 8]]]]
    assert [[grid.tolist() for grid in row] for row in solution.states] == states
    [failure] = list_failures([judge(make_task(ONE), candidate)])
    assert failure.solution.program == (*solution.program, "truth")
    assert [grid.tolist() for grid in failure.solution.states[0]] == [*states[1], ONE]
    outlines = [[[[0, -1]], [[-1, 1]], None], [[[-1, -1]], [[0, -1]], None]]
    assert list_outlines(solution) == outlines
    assert list_outlines(failure.solution) == [[*outlines[1], None]]
