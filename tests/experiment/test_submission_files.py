"""The submission that a user names is whole and valid while its run goes on."""

import json

import numpy as np
import pytest

from neural_guide.arc.collections import ArcTask
from neural_guide.arc.submission_json_rules import list_json_violations
from neural_guide.arc.task import Pair, Task
from neural_guide.experiment import submission_files
from neural_guide.experiment.submission_files import grow_submission, summarize_submission
from neural_guide.harness.outcomes import judge_outcome, mark_unreached
from neural_guide.harness.task_results import CandidateResult, SearchResult, TaskResult
from neural_guide.search.answers import Answer

NAMES = ("vmirror",)


def make_task(task_id: str) -> ArcTask:
    row = np.array([[1, 2]], dtype=np.uint8)
    return ArcTask(Task(task_id, (Pair(row, row[:, ::-1]),), (row,)), None)


def make_outcome(arc: ArcTask, *rows: list[list[int]]):
    candidates = tuple(CandidateResult(NAMES, None, (answer,), 1, 0.1) for answer in rows)
    answers = (tuple(Answer(index, 0.4) for index in range(len(rows))),)
    search = SearchResult(candidates, answers, 9, 0.1, "nodes", 0, 2)
    return judge_outcome(TaskResult(arc.task.task_id, search), arc, NAMES)


TASKS = [make_task(name) for name in ("a", "b", "c")]
SUBMITTED = [arc.task for arc in TASKS]
FALLBACK = [{"attempt_1": [[1, 2]], "attempt_2": [[1, 2]]}]
ANSWERED = [{"attempt_1": [[2, 1]], "attempt_2": [[2, 1]]}]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "submission.json"


def read_valid(path):
    assert list_json_violations(path.read_bytes(), SUBMITTED) == []
    return json.loads(path.read_text())


def test_it_is_complete_before_the_first_task_and_after_each(path, monkeypatch):
    monkeypatch.setattr(submission_files, "REWRITE_SECONDS", 0.0)
    with grow_submission([path], SUBMITTED, [make_outcome(TASKS[0], [[2, 1]])]) as submission:
        assert read_valid(path) == {"a": ANSWERED, "b": FALLBACK, "c": FALLBACK}
        submission.add(make_outcome(TASKS[2], [[2, 1]]))
        assert read_valid(path) == {"a": ANSWERED, "b": FALLBACK, "c": ANSWERED}


def test_it_has_every_finished_task_when_the_run_is_stopped(path):
    def stop():
        with grow_submission([path], SUBMITTED, []) as submission:
            submission.add(make_outcome(TASKS[1], [[2, 1]]))
            assert read_valid(path)["b"] == FALLBACK  # written again within seconds, not at once
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
    assert read_valid(path) == {"a": FALLBACK, "b": ANSWERED, "c": FALLBACK}


def test_the_summary_counts_answers_and_fallbacks(path):
    outcomes = [make_outcome(TASKS[0], [[2, 1]]), make_outcome(TASKS[1]), mark_unreached(TASKS[2])]
    assert summarize_submission(path, SUBMITTED, outcomes) == (
        f"{path}: 3 tasks, 1 answered by the search, 2 by their test inputs as a fallback, 1 of these not finished "
        "before the deadline"
    )
    assert summarize_submission(path, SUBMITTED[:1], outcomes[:1]).endswith(
        "1 tasks, 1 answered by the search, 0 by their test inputs as a fallback"
    )
