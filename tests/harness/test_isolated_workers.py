"""Isolated workers: jobs in processes of their own, each fault a real one; here and on Ray, where it is installed."""

import os
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest

from neural_guide.errors import UserError
from neural_guide.harness.isolated_workers import JobFailure, run_isolated
from neural_guide.harness.local_workers import LocalPool
from neural_guide.harness.ray_workers import RayPool
from neural_guide.runtime.ray_cluster import connect_to_ray
from support.ray_runs import NEEDS_RAY


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


def note_process(folder: Path, job: int) -> int:
    """Note the process of a job; job 3 then waits for its end."""
    (folder / f"{job}").write_text(str(os.getpid()))
    time.sleep(600 if job == 3 else 0)
    return double(job)


def write_to(array: np.ndarray) -> bool:
    return array.flags.writeable


@pytest.fixture(scope="module")
def ray_cluster():
    """A cluster of two cores on this machine, whose processes import what this one does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("RAY_ADDRESS", raising=False)
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        patch.setattr("neural_guide.runtime.ray_cluster.count_cores", lambda: 2)
        with connect_to_ray() as cluster:
            yield cluster


@pytest.fixture(params=["local", pytest.param("ray", marks=NEEDS_RAY)])
def pool(request):
    """Two processes of this machine, or of a cluster."""
    return LocalPool(2) if request.param == "local" else RayPool(request.getfixturevalue("ray_cluster"))


def test_every_job_is_answered_once(pool):
    assert sorted(run_isolated(range(20), prepare_double, pool, 60)) == [(job, 2 * job) for job in range(20)]
    assert list(run_isolated([], prepare_double, pool, 60)) == []


def test_a_terminated_process_costs_no_job(pool, tmp_path):
    function = partial(terminate_once, tmp_path / "terminated")
    assert list(run_isolated([4], prepare(function), pool, 60)) == [(4, 8)]


def test_a_killed_process_costs_its_job_only(pool, tmp_path):
    """Killed from outside, as the system does for want of memory, while it works on the job."""

    def kill_process_of_three():
        while not (tmp_path / "3").exists() or not (tmp_path / "3").read_text():
            time.sleep(0.01)
        os.kill(int((tmp_path / "3").read_text()), signal.SIGKILL)

    killer = threading.Thread(target=kill_process_of_three)
    killer.start()
    answers = dict(run_isolated(range(8), prepare(partial(note_process, tmp_path)), pool, 300))
    killer.join()
    failure = answers.pop(3)
    assert failure.message.startswith("crashed: its process ")
    assert "want of memory" in failure.message
    assert answers == {job: 2 * job for job in range(8) if job != 3}


def test_a_hung_job_costs_its_process_only(pool):
    answers = dict(run_isolated([1, 0, 0], prepare(sleep_unless_zero), pool, 2))
    assert answers == {0: 0, 1: JobFailure("hung: no answer after 2 s, its process was ended")}


def test_closed_early_it_leaves_no_process(pool, tmp_path):
    answers = run_isolated([3, 0], prepare(partial(note_process, tmp_path)), pool, 60)
    assert next(answers) == (0, 0)
    while not (tmp_path / "3").exists() or not (tmp_path / "3").read_text():
        time.sleep(0.01)
    worker = psutil.Process(int((tmp_path / "3").read_text()))
    started = time.monotonic()
    answers.close()
    worker.wait(timeout=10)
    assert time.monotonic() - started < 10


def test_a_user_error_at_the_start_is_raised(pool):
    with pytest.raises(UserError, match="no such guide"):
        list(run_isolated([1], refuse, pool, 60))


def test_processes_that_end_before_they_begin_end_the_work(pool):
    with pytest.raises(UserError, match=r"end before they begin.*want of memory.*workers="):
        list(run_isolated([1, 2, 3], kill, pool, 60))


def test_a_time_limit_may_exceed_what_the_system_can_wait(pool):
    assert list(run_isolated([1], prepare_double, pool, 1e12)) == [(1, 2)]


def test_jobs_without_an_answer_at_the_end_are_not_yielded(pool):
    answers = run_isolated([1, 2], prepare(sleep_unless_zero), pool, 3.0, end=time.monotonic() + 0.5)
    assert list(answers) == []  # without an end they would be hung after 3 s


def test_a_job_is_adapted_as_it_begins():
    answers = run_isolated([10, 20, 30], prepare_double, LocalPool(1), 60, adapt=lambda job, waiting: job + waiting)
    assert list(answers) == [(13, 26), (22, 44), (31, 62)]


def test_an_error_costs_its_job_and_names_its_place(pool):
    ((job, answer),) = run_isolated([3], prepare(raise_error), pool, 60)
    assert job == 3
    assert isinstance(answer, JobFailure)
    assert answer.message.startswith("failed: ValueError: 3 is odd (test_isolated_workers.py:")


def test_arrays_may_be_written_to_where_they_arrive(pool):
    """Compiled code takes a read-only array for another type, and compiles again."""
    ((_, answer),) = run_isolated([np.zeros(100_000)], prepare(write_to), pool, 60)
    assert answer is True


def test_ctrl_c_is_left_to_the_parent():
    assert list(run_isolated([4], prepare(interrupt), LocalPool(1), 60)) == [(4, 8)]
