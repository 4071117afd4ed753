"""Verdicts: what was found, compared with test outputs by hand."""

import numpy as np
import pytest

from neural_guide.arc.collections import ArcTask
from neural_guide.arc.task import Pair, Task
from neural_guide.harness.outcomes import judge
from neural_guide.harness.task_results import Entry, Found, Searched
from neural_guide.reporting.solve.rows import build_row, list_attempts, list_failures, list_solutions

NAMES = ("rot90", "hmirror", "vmirror", "hollow")
ONE, TWO, THREE = ([[colour]] for colour in (1, 2, 3))


def grid(rows):
    return np.array(rows, dtype=np.uint8)


def arc_task(*answers, task_id="t") -> ArcTask:
    """A task with one pair; its answers, or as many tests as None stands there."""
    known = None if None in answers else tuple(map(grid, answers))
    tests = tuple(grid([[9, 8]]) for _ in answers)
    return ArcTask(Task(task_id, (Pair(grid([[1, 2]]), grid([[2, 1]])),), tests), known)


def found(*answers, program=("vmirror",), nodes=3, colours=None) -> Found:
    return Found(program, colours, answers, nodes, 0.25)


def searched(*candidates, stopped="nodes") -> Searched:
    return Searched(candidates, 100, 1.5, stopped, 0, 50)


def verdict(arc, *candidates, stopped="nodes", unguided=None, chances=()):
    return judge(Entry("t", searched(*candidates, stopped=stopped), unguided, chances), arc, NAMES)


@pytest.mark.parametrize("order", [(ONE, TWO), (TWO, ONE)])
def test_right_in_the_first_or_second_attempt_is_solved(order):
    told = verdict(arc_task(ONE), *(found(answer) for answer in order), stopped="answered")
    assert (told.solved, told.reason, told.explained) == (True, "", "")
    assert told.right.answers == (ONE,)


def test_every_output_must_be_right_in_one_of_the_attempts():
    arc = arc_task(ONE, TWO)
    together = verdict(arc, found(ONE, THREE), found(THREE, TWO))
    assert together.solved
    assert together.right.answers == (ONE, THREE)
    half = verdict(arc, found(ONE, THREE), found(ONE, ONE))
    assert (half.solved, half.reason) == (False, "wrong")
    # What is drawn as solved holds no wrong output: the pair, and the one test that the first attempt gets right.
    assert len(list_solutions([together])[0].states) == 2


def test_wrong_inexpressible_and_budget_are_told_apart():
    arc = arc_task(ONE)
    cases = {
        "wrong": (verdict(arc, found(TWO), stopped="exhausted"), "consistent with the pairs, wrong on the test"),
        "inexpressible": (
            verdict(arc, stopped="exhausted"),
            "not expressible within the length: every program was tried",
        ),
        "budget": (verdict(arc, stopped="seconds"), "budget spent (seconds)"),
    }
    for reason, (told, words) in cases.items():
        assert (told.solved, told.reason, told.explained) == (False, reason, words)


def test_an_answer_of_another_shape_is_wrong():
    assert verdict(arc_task([[1, 1]]), found([[1], [1]])).reason == "wrong"


def test_misled_tells_nodes_and_rank_of_the_right_program():
    """Chances .9 .2 .5 .2: hmirror is tied with hollow for the last place, so its rank is 4; vmirror's is 2."""
    chances = (0.9, 0.2, 0.5, 0.2)
    wrong, right = found(TWO, program=("hollow",), nodes=7), found(ONE, program=("vmirror", "rot90"), nodes=1_234)
    told = verdict(arc_task(ONE), unguided=searched(wrong, right), chances=chances)
    assert (told.solved, told.reason, told.rank) == (False, "misled", 2)
    assert told.explained == "guide misled: unguided it takes 1,234 nodes; the guide ranks its worst primitive 2"
    assert told.shown == right
    row = build_row(told)
    assert (row.program, row.nodes, row.seconds, row.attempts) == ("vmirror rot90", 100, 1.5, 0)
    tied = verdict(arc_task(ONE), unguided=searched(found(ONE, program=("hmirror",))), chances=chances)
    assert tied.rank == 4


def test_an_unguided_program_that_is_wrong_does_not_blame_the_guide():
    told = verdict(arc_task(ONE), unguided=searched(found(TWO)), chances=(0.1,) * 4)
    assert (told.reason, told.explained) == ("budget", "budget spent (nodes)")


def test_failed_has_no_search_and_says_why():
    told = judge(Entry("t", failure="crashed: its process ended with code 3"), arc_task(ONE), NAMES)
    assert (told.solved, told.reason, told.explained) == (False, "failed", "crashed: its process ended with code 3")
    assert list_attempts(told) == [(None, None)]
    assert build_row(told).nodes == 0
    assert judge(Entry("t", failure="hung"), arc_task(None), NAMES).solved is None


def test_without_outputs_nobody_knows():
    told = verdict(arc_task(None), found(ONE))
    assert (told.solved, told.reason) == (None, "unknown")
    assert build_row(told).solved == "unknown"
    assert len(list_solutions([told])) == 1  # still worth a picture
    assert verdict(arc_task(None), stopped="memory").explained == "budget spent (memory)"
    assert verdict(arc_task(None), stopped="exhausted").reason == "inexpressible"


def test_a_row_names_the_colour_map_and_counts_until_the_right_one():
    swap = (0, 2, 1, *range(3, 10))
    told = verdict(arc_task(ONE), found(TWO, nodes=3), found(ONE, nodes=40, program=("rot90",), colours=swap))
    row = build_row(told)
    assert (row.program, row.nodes, row.seconds) == ("rot90 colours:1>2,2>1", 40, 0.25)
    assert build_row(verdict(arc_task(ONE), found(ONE, program=()))).program == "(unchanged)"


def test_attempts_stand_at_their_outputs():
    told = verdict(arc_task(ONE, TWO), found(ONE, THREE))
    assert [(first.tolist(), second) for first, second in list_attempts(told)] == [(ONE, None), (THREE, None)]


def test_a_full_gallery_keeps_room_for_wrong_answers():
    known = searched(found(ONE))
    misled = [verdict(arc_task(ONE), unguided=known, chances=(0.1,) * 4) for _ in range(20)]
    wrong = [verdict(arc_task(ONE), found(TWO)) for _ in range(5)]
    reasons = [failure.reason.split()[0] for failure in list_failures([*misled, *wrong])]
    assert reasons == ["guide"] * 9 + ["consistent"] * 3
