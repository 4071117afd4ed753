"""Isolated workers: jobs in processes of their own, each fault a real one."""

import os
import signal
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from neural_guide.errors import UserError
from neural_guide.harness.isolated_workers import JobFailure, run_isolated


def double(job: int) -> int:
    return 2 * job


def prepare_double():
    return double


def terminate_once(marker: Path, job: int) -> int:
    """Send SIGTERM to this process at the first call, as a supervisor does to every process of a run."""
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGTERM)
    return double(job)


def interrupt(job: int) -> int:
    os.kill(os.getpid(), signal.SIGINT)
    return double(job)


def sleep_unless_zero(job: int) -> int:
    time.sleep(0 if job == 0 else 600)
    return double(job)


def raise_error(job: int) -> int:
    raise ValueError(f"{job} is\nodd")


def return_it(function):
    return function


def refuse():
    raise UserError("no such guide")


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def prepare(function):
    return partial(return_it, function)


def test_every_job_is_answered_once():
    assert sorted(run_isolated(range(20), prepare_double, 2, 60)) == [(job, 2 * job) for job in range(20)]
    assert list(run_isolated([], prepare_double, 2, 60)) == []


def test_a_terminated_process_costs_no_job(tmp_path):
    function = partial(terminate_once, tmp_path / "terminated")
    assert list(run_isolated([4], prepare(function), 1, 60)) == [(4, 8)]


def test_ctrl_c_is_left_to_the_parent():
    assert list(run_isolated([4], prepare(interrupt), 1, 60)) == [(4, 8)]


def test_closed_early_it_leaves_no_process():
    before = set(psutil.Process().children(recursive=True))
    answers = run_isolated([0, 1, 2], prepare(sleep_unless_zero), 2, 60)
    assert next(answers) == (0, 0)
    workers = [process for process in psutil.Process().children(recursive=True) if process not in before]
    assert len(workers) >= 2
    started = time.monotonic()
    answers.close()
    assert time.monotonic() - started < 5
    left = [process for process in workers if process.is_running() and "spawn_main" in " ".join(process.cmdline())]
    assert left == []


def test_a_user_error_at_the_start_is_raised():
    with pytest.raises(UserError, match="no such guide"):
        list(run_isolated([1], refuse, 1, 60))


def test_processes_that_end_before_they_begin_end_the_work():
    with pytest.raises(UserError, match=r"was ended by SIGKILL.*workers=1"):
        list(run_isolated([1, 2, 3], kill, 2, 60))


def test_a_time_limit_may_exceed_what_the_system_can_wait():
    assert list(run_isolated([1], prepare_double, 1, 1e12)) == [(1, 2)]


def test_jobs_without_an_answer_at_the_end_are_not_yielded():
    answers = run_isolated([1, 2], prepare(sleep_unless_zero), 1, 3.0, end=time.monotonic() + 0.5)
    assert list(answers) == []  # without an end they would be hung after 3 s


def test_a_job_is_adapted_as_it_begins():
    answers = run_isolated([10, 20, 30], prepare_double, 1, 60, adapt=lambda job, waiting: job + waiting)
    assert list(answers) == [(13, 26), (22, 44), (31, 62)]


def test_an_error_costs_its_job_and_names_its_place():
    ((job, answer),) = run_isolated([3], prepare(raise_error), 1, 60)
    assert job == 3
    assert isinstance(answer, JobFailure)
    assert answer.message.startswith("failed: ValueError: 3 is odd (test_isolated_workers.py:")
