"""One task that crashes, hangs or raises costs that task only."""

import os
import signal
import time

import pytest

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.task import Task
from neural_guide.dsl.vocabulary import V2
from neural_guide.errors import UserError
from neural_guide.harness.attempts import AttemptSettings, attempt, attempts
from neural_guide.search.settings import SearchBudget, SearchSettings

SETTINGS = AttemptSettings(None, "uniform", V2.names, SearchBudget(nodes=300, seconds=1.0), SearchSettings())
FAULTS = ("exits", "killed", "hangs", "raises")


def faulty(task, settings, guide):
    """The attempt, but for the tasks that are named after what happens to them."""
    match task.task_id:
        case "exits":
            os._exit(3)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hangs":
            time.sleep(600)
        case "raises":
            raise ValueError("a fault of ours,\nin two lines")
    return attempt(task, settings, guide)


@pytest.fixture(scope="module")
def tasks() -> list[Task]:
    return [arc.task for arc in load_tasks("arc1-training")[:6]]


@pytest.fixture(scope="module")
def answered(tasks):
    """Sound tasks between those with a fault, and what became of them all."""
    broken = [Task(name, tasks[0].pairs, tasks[0].test_inputs) for name in FAULTS]
    mixed = [task for two in zip(tasks, broken, strict=False) for task in two] + tasks[len(broken) :]
    started = time.monotonic()
    entries = list(attempts(mixed, SETTINGS, 2, attempt=faulty, grace=1.0))
    return entries, time.monotonic() - started


def test_each_task_has_one_entry(answered, tasks):
    entries, seconds = answered
    assert sorted(entry.task for entry in entries) == sorted([*FAULTS, *(task.task_id for task in tasks)])
    assert seconds < 120  # the sleep is 600


def test_faults_are_told(answered):
    told = {entry.task: entry.failure for entry in answered[0] if entry.task in FAULTS}
    assert told["exits"] == "crashed: its process ended with code 3"
    assert told["killed"] == "crashed: its process was ended by SIGKILL, most often for want of memory"
    assert told["hangs"] == "hung: no answer after 2 s, its process was ended"
    assert told["raises"].startswith("failed: ValueError: a fault of ours, in two lines (test_attempts.py:")


def test_the_others_are_answered_as_in_this_process(answered, tasks):
    entries = {entry.task: entry for entry in answered[0]}
    for task in tasks:
        here, there = attempt(task, SETTINGS, None), entries[task.task_id]
        assert there.failure == ""
        for name in ("nodes", "stopped", "states", "asked"):
            assert getattr(here.search, name) == getattr(there.search, name)
        assert [each.program for each in here.search.found] == [each.program for each in there.search.found]


def test_a_guide_that_is_gone_is_told(tasks, tmp_path):
    settings = AttemptSettings(str(tmp_path / "gone"), "guide", V2.names, SETTINGS.budget, SETTINGS.search)
    with pytest.raises(UserError, match="there is no such file"):
        list(attempts(tasks, settings, 1))
