"""Fresh pairs for real rules: what counts as like a task's own pairs, and what the benchmark says of a run."""

import json
from pathlib import Path
from random import Random

import numpy as np
import pytest

from neural_guide.arc.collections import load_tasks
from neural_guide.harness.journal import Journal
from neural_guide.harness.task_results import CandidateResult, SearchResult, TaskResult
from neural_guide.search.answers import Answer
from neural_guide.search.candidates import Evidence

FOLDER = Path(__file__).parents[1] / "benchmarks"
SOLVED, WRONG = "67a3c6ac", "68b16354"  # mirrored left to right, and top to bottom


@pytest.fixture(autouse=True)
def benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)


def test_pairs_are_like_those_of_the_task_in_background_colours_and_size():
    from fresh_pairs_draw import Likeness

    likeness = Likeness([((0, 0, 3),), ((5, 5), (5, 0))])
    assert likeness.matches(((0, 3, 0, 0), (0, 5, 0, 0)))
    assert likeness.matches(((5, 5),))
    assert not likeness.matches(((3, 3),))  # background of no pair
    assert not likeness.matches(((0, 0, 4),))
    assert not likeness.matches(((0,) * 9,))  # more than twice four cells


def test_a_fresh_pair_is_new_and_follows_the_rule():
    from fresh_pairs_draw import draw_pairs

    def generate(rng, lower, upper):
        assert 0 == lower < upper <= 1
        row = tuple(rng.choice((0, 0, 3, 4)) for _ in range(4))
        return {"input": (row,), "output": (row[::-1] if row[0] != 3 else row,)}

    def verify(rows):
        return [row[::-1] for row in rows if row.index(0) >= 0]  # an error without background

    task = {"pairs": [[[0, 0, 0, 3]]], "tests": [[[3, 0, 0, 0]]]}
    drawn = draw_pairs(task, Random(0), generate, verify, 10, 1000)
    rows = {given[0] for given, _ in drawn["like"]}  # of background 0 and colour 3, not known, and as the rule has it
    assert rows == {(0, 0, 0, 0), (0, 3, 0, 0), (0, 0, 3, 0), (0, 3, 3, 0), (0, 3, 0, 3), (0, 0, 3, 3), (3, 0, 0, 3)}
    assert drawn["draws"] == 1000
    assert len(drawn["unlike"]) == 10
    pairs = drawn["like"] + drawn["unlike"]
    inputs = [given for given, _ in pairs]
    assert len(set(inputs)) == len(inputs)
    assert not {((0, 0, 0, 3),), ((3, 0, 0, 0),)} & set(inputs)
    assert all(output == (given[0][::-1],) for given, output in pairs)


def build_result(task_id, program, answers):
    candidate = CandidateResult(program, None, answers, nodes=5, seconds=0.1, evidence=Evidence(3, 3, (1.0,)))
    search = SearchResult(
        (candidate,), ((Answer(0, 0.95),),), nodes=5, seconds=0.1, stop_reason="nodes", query_count=0, state_count=5
    )
    return TaskResult(task_id, search)


def test_a_run_is_judged_by_fresh_pairs(tmp_path, monkeypatch):
    """One task is solved and right on two of three fresh inputs; the program of the other does not apply to one."""
    import fresh_pairs

    arcs = {arc.task.task_id: arc for arc in load_tasks("arc1-training")}
    (tmp_path / "run").mkdir()
    journal = Journal(tmp_path / "run", {})
    answers = {task_id: tuple(answer.tolist() for answer in arcs[task_id].answers) for task_id in (SOLVED, WRONG)}
    journal.add(build_result(SOLVED, ("vmirror",), answers[SOLVED]))
    flip = ("rot90", "rot90", "vmirror")
    journal.add(build_result(WRONG, flip, ([[1]],)))
    row, mirrored = [[1, 2, 3]], [[3, 2, 1]]
    fresh = {
        SOLVED: {"draws": 3, "like": [[row, mirrored], [mirrored, row], [row, row]], "unlike": [[row, mirrored]]},
        WRONG: {"draws": 3, "like": [[[[1], [2]], [[2], [1]]]], "unlike": []},
    }
    (tmp_path / "fresh_pairs-seed0-50-of-4000.json").write_text(json.dumps(fresh))
    monkeypatch.setattr(
        "sys.argv", ["fresh_pairs.py", str(tmp_path / "run"), "--folder", str(tmp_path), "--pictures", "1"]
    )
    fresh_pairs.main()
    report = json.loads((tmp_path / "fresh_pairs.json").read_text())
    solved, wrong = report["tasks"]
    assert (solved["task_id"], solved["is_solved"], solved["family"]) == (SOLVED, True, "program")
    assert (solved["confidence"], solved["pairs"], solved["predicted"]) == (0.95, 3, 3)
    assert solved["like"] == {"pairs": 3, "right": 2, "missing": 0}
    assert solved["unlike"] == {"pairs": 1, "right": 1, "missing": 0}
    assert (wrong["task_id"], wrong["is_solved"], wrong["like"]["right"]) == (WRONG, False, 1)
    table = (tmp_path / "fresh_pairs.md").read_text()
    assert "| all left-out pairs predicted | 1 | 1 | 0 | 1 |" in table
    assert "| program | 1 | 1 | 0 | 1 | 0 | 3 | 2 | 0 | 0.67 \\[0.67, 0.67\\] |" in table
    assert (tmp_path / "fresh_pairs" / f"lucky_{SOLVED}.png").stat().st_size > 5_000


def test_a_candidate_that_does_not_give_the_outputs_of_its_pairs_is_an_error():
    import fresh_pairs
    from neural_guide.harness.outcomes import judge_outcome

    arc = next(arc for arc in load_tasks("arc1-training") if arc.task.task_id == SOLVED)
    result = build_result(SOLVED, ("rot90",), tuple(answer.tolist() for answer in arc.answers))
    with pytest.raises(RuntimeError, match=f"{SOLVED}: rot90 does not give"):
        fresh_pairs.evaluate_candidate(judge_outcome(result, arc, ()), {"like": [], "unlike": []})


def test_the_interval_is_that_of_the_share_over_tasks():
    from fresh_pairs import _format_share

    assert _format_share(np.array([10] * 40), np.array([20] * 40)) == "0.50 [0.50, 0.50]"
    text = _format_share(np.array([0, 20] * 20), np.array([20] * 40))
    low, high = (float(word.strip("[],")) for word in text.split()[1:])
    assert 0.33 < low < 0.37  # half the tasks right: a standard error of 0.079
    assert 0.63 < high < 0.67
