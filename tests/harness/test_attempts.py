"""Attempts: a task that crashes, hangs or raises costs that task only."""

import os
import signal
import sys
import time
from dataclasses import replace

import pytest

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.task import Task
from neural_guide.dsl.vocabulary import V2, WIDE, get_vocabulary
from neural_guide.errors import UserError
from neural_guide.guide.default_guide import SHIPPED_FOLDER
from neural_guide.harness.attempts import AttemptSettings, attempt_task, run_attempts
from neural_guide.harness.local_workers import LocalPool
from neural_guide.search.settings import SearchBudget, SearchSettings

SETTINGS = AttemptSettings(None, "uniform", V2.names, SearchBudget(nodes=300, seconds=1.0), SearchSettings())
FAULTS = ("exits", "killed", "hangs", "raises")


def attempt_with_faults(task, settings, guide):
    """Attempt a task, except for those named after their fault."""
    match task.task_id:
        case "exits":
            os._exit(3)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hangs":
            time.sleep(600)
        case "raises":
            raise ValueError("a fault of ours,\nin two lines")
    return attempt_task(task, settings, guide)


@pytest.fixture(scope="module")
def tasks() -> list[Task]:
    return [arc.task for arc in load_tasks("arc1-training")[:6]]


@pytest.fixture(scope="module")
def attempted(tasks):
    """Results of sound tasks between those with a fault, and the seconds they took."""
    faulty = [Task(name, tasks[0].pairs, tasks[0].test_inputs) for name in FAULTS]
    mixed = [task for two in zip(tasks, faulty, strict=False) for task in two] + tasks[len(faulty) :]
    started = time.monotonic()
    results = list(run_attempts(mixed, SETTINGS, LocalPool(2), attempt=attempt_with_faults, grace=1.0))
    return results, time.monotonic() - started


def test_each_task_has_one_result(attempted, tasks):
    results, seconds = attempted
    assert sorted(result.task_id for result in results) == sorted([*FAULTS, *(task.task_id for task in tasks)])
    assert seconds < 120  # the sleep is 600


def test_a_failure_names_its_fault(attempted):
    failures = {result.task_id: result.failure for result in attempted[0] if result.task_id in FAULTS}
    assert failures["exits"] == "crashed: its process ended with code 3"
    assert failures["killed"] == "crashed: its process was ended by SIGKILL, most often for want of memory"
    assert failures["hangs"] == "hung: no answer after 2 s, its process was ended"
    assert failures["raises"].startswith("failed: ValueError: a fault of ours, in two lines (test_attempts.py:")


def test_other_tasks_have_the_results_of_this_process(attempted, tasks):
    results = {result.task_id: result for result in attempted[0]}
    for task in tasks:
        expected, result = attempt_task(task, SETTINGS, None), results[task.task_id]
        assert result.failure == ""
        for name in ("nodes", "stop_reason", "state_count", "query_count"):
            assert getattr(expected.search, name) == getattr(result.search, name)
        assert [candidate.program for candidate in expected.search.candidates] == [
            candidate.program for candidate in result.search.candidates
        ]


def list_imports(task, settings, guide):
    """Raise the names of the large libraries that this process has imported."""
    raise ValueError(sorted({"numba", "torch"} & sys.modules.keys()))


def search_and_list_imports(task, settings, guide):
    """Search a task, then raise the names of the large libraries that this process has imported."""
    attempt_task(task, settings, guide)
    list_imports(task, settings, guide)


@pytest.mark.parametrize("dsl", [None, "v2", "wide"])
def test_no_search_imports_torch(tasks, dsl):
    settings = replace(SETTINGS, prior="guide", checkpoint=str(SHIPPED_FOLDER / dsl)) if dsl else SETTINGS
    settings = replace(settings, names=get_vocabulary(dsl or "v2").names, budget=SearchBudget(nodes=300))
    (result,) = run_attempts(tasks[:1], settings, LocalPool(1), attempt=search_and_list_imports)
    assert "['numba']" in result.failure


def test_a_missing_guide_is_an_error(tasks, tmp_path):
    settings = AttemptSettings(str(tmp_path / "gone"), "guide", V2.names, SETTINGS.budget, SETTINGS.search)
    with pytest.raises(UserError, match="there is no such file"):
        list(run_attempts(tasks, settings, LocalPool(1)))


def test_a_second_search_checks_a_guide_of_programs_alone():
    guided = replace(SETTINGS, prior="guide")
    assert guided.max_searches == 2
    assert replace(guided, names=WIDE.names).max_searches == 1  # every job is done in the end
    assert replace(guided, names=WIDE.names, search=SearchSettings(forms=False)).max_searches == 2
    assert replace(SETTINGS, names=WIDE.names).max_searches == 1
