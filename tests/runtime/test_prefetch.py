"""Bounded look-ahead over an executor."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from neural_guide.runtime.prefetch import iterate_ahead


def iterate(work, jobs, limit=3):
    return iterate_ahead(ThreadPoolExecutor(4), work, jobs, limit)


def test_results_come_in_the_order_of_the_jobs():
    def finish_late_jobs_first(job):
        time.sleep((10 - job) / 1000)
        return job * job

    assert list(iterate(finish_late_jobs_first, range(10))) == [job * job for job in range(10)]
    assert list(iterate(abs, [])) == []


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_at_most_the_limit_of_jobs_is_drawn_ahead(limit):
    drawn = []

    def jobs():
        for job in range(20):
            drawn.append(job)
            yield job

    for count, result in enumerate(iterate(abs, jobs(), limit), 1):
        assert result == count - 1
        assert len(drawn) == min(20, count - 1 + limit)


def test_closing_cancels_the_jobs_that_wait_and_ends_the_executor():
    started, release = [], threading.Event()

    def work(job):
        started.append(job)
        assert job == 0 or release.wait(10)
        return job

    executor = ThreadPoolExecutor(1)
    results = iterate_ahead(executor, work, range(9), 5)
    assert next(results) == 0
    threading.Timer(0.05, release.set).start()
    results.close()
    assert len(started) <= 2  # the one that ran was finished, the others were cancelled
    with pytest.raises(RuntimeError, match="shutdown"):
        executor.submit(work, 0)


def test_an_error_is_raised_at_its_job_and_ends_the_executor():
    executor = ThreadPoolExecutor(2)
    results = iterate_ahead(executor, lambda job: 1 // (2 - job), range(9), 4)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)
    with pytest.raises(RuntimeError, match="shutdown"):
        executor.submit(abs, 0)
