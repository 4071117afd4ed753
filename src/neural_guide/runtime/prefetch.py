"""Bounded look-ahead: run jobs in an executor ahead of their consumer, and yield the results in order."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Executor, Future
from typing import TypeVar

from neural_guide.runtime.signals import Stopped, kill_workers

Job = TypeVar("Job")
Result = TypeVar("Result")


def iterate_ahead(
    executor: Executor, work: Callable[[Job], Result], jobs: Iterable[Job], limit: int
) -> Generator[Result, None, None]:
    """Yield the result of each job, in the order of the jobs.

    At most `limit` jobs are submitted whose results are not consumed yet, so memory does not grow with the number
    of jobs. Jobs are drawn from `jobs` one by one, as they are submitted.

    Args:
        executor: threads or processes for this call alone. It is shut down, and waiting jobs are cancelled, when
            the iteration ends, fails or is closed.
        work: the function to apply; must be picklable for processes.
        jobs: arguments of `work`.
        limit: most jobs in flight, 1 or more.

    Raises:
        Exception: whatever `work` or the executor raises, at the job that raised it.
        Stopped: a signal arrived; the worker processes are killed.
    """
    pending: deque[Future[Result]] = deque()
    try:
        for job in jobs:
            pending.append(executor.submit(work, job))
            if len(pending) >= limit:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    except Stopped:
        kill_workers()
        raise
    finally:
        executor.shutdown(cancel_futures=True)
