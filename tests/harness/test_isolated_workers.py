"""Jobs in processes of their own, each fault a real one."""

import os
import signal
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from neural_guide.errors import UserError
from neural_guide.harness.isolated_workers import Failed, done_apart


def doubled(job: int) -> int:
    return 2 * job


def doubler():
    return doubled


def stopped_once(place: Path, job: int) -> int:
    """As by a supervisor that asks every process of a run to end."""
    if not place.exists():
        place.touch()
        os.kill(os.getpid(), signal.SIGTERM)
    return doubled(job)


def interrupted(job: int) -> int:
    os.kill(os.getpid(), signal.SIGINT)
    return doubled(job)


def slow(job: int) -> int:
    time.sleep(0 if job == 0 else 600)
    return doubled(job)


def maker(function):
    return function


def refusing():
    raise UserError("no such guide")


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def made(function):
    return partial(maker, function)


def test_every_job_is_answered_once():
    assert sorted(done_apart(range(20), doubler, 2, 60)) == [(job, 2 * job) for job in range(20)]
    assert list(done_apart([], doubler, 2, 60)) == []


def test_a_process_that_was_asked_to_end_costs_no_job(tmp_path):
    assert list(done_apart([4], made(partial(stopped_once, tmp_path / "stopped")), 1, 60)) == [(4, 8)]


def test_ctrl_c_is_left_to_the_parent():
    assert list(done_apart([4], made(interrupted), 1, 60)) == [(4, 8)]


def test_left_early_no_process_stays():
    before = set(psutil.Process().children(recursive=True))
    jobs = done_apart([0, 1, 2], made(slow), 2, 60)
    assert next(jobs) == (0, 0)
    mine = [each for each in psutil.Process().children(recursive=True) if each not in before]
    assert len(mine) >= 2
    started = time.monotonic()
    jobs.close()
    assert time.monotonic() - started < 5
    left = [each for each in mine if each.is_running() and "spawn_main" in " ".join(each.cmdline())]
    assert left == []


def test_a_mistake_at_the_start_is_told():
    with pytest.raises(UserError, match="no such guide"):
        list(done_apart([1], refusing, 1, 60))


def test_processes_that_end_before_they_begin_end_the_work():
    with pytest.raises(UserError, match=r"was ended by SIGKILL.*workers=1"):
        list(done_apart([1, 2, 3], killed, 2, 60))


def test_a_time_beyond_what_the_system_can_wait_is_no_fault():
    assert list(done_apart([1], doubler, 1, 1e12)) == [(1, 2)]


def raising(job: int) -> int:
    raise ValueError(f"{job} is\nodd")


def test_an_error_costs_its_job_and_says_where():
    ((job, answer),) = done_apart([3], made(raising), 1, 60)
    assert job == 3
    assert isinstance(answer, Failed)
    assert answer.words.startswith("failed: ValueError: 3 is odd (test_isolated_workers.py:")
