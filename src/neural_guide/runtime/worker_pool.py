"""Processes that work for this one, and end with it however it ends."""

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import parent_process
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType
from typing import TypeVar

from neural_guide.errors import UserError

JOBS_AHEAD = 2  # under way or waiting, for each process: bounds the memory

Job = TypeVar("Job")
Result = TypeVar("Result")


def in_order(work: Callable[[Job], Result], jobs: Sequence[Job], processes: int, remedy: str) -> Iterator[Result]:
    """The result of each job, in the order of the jobs; made a few jobs ahead.

    Args:
        work: a function that can be pickled.
        jobs: what it is called with, one after the other.
        processes: workers beside this process, 1 or more; 1, or a single job, works in this process.
        remedy: how the user has fewer workers, e.g. `generate.processes=1`.

    Raises:
        UserError: a worker was ended from outside.
    """
    processes = min(processes, len(jobs))
    return map(work, jobs) if processes <= 1 else _in_processes(work, jobs, processes, remedy)


def _in_processes(work: Callable[[Job], Result], jobs: Sequence[Job], processes: int, remedy: str) -> Iterator[Result]:
    pool = worker_pool(processes)
    pending: deque[Future[Result]] = deque()
    try:
        for job in jobs:
            pending.append(pool.submit(work, job))
            if len(pending) >= JOBS_AHEAD * processes:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    except BrokenProcessPool:
        raise UserError(
            "A worker of the generator was ended from outside, most often for want of memory; each needs "
            f"about 0.2 GiB. Nothing was written. Use fewer with {remedy}."
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Lean(SpawnProcess):
    """A process that imports what its work needs, and not the program that it works for."""

    def start(self) -> None:
        """Start it; what it is given must not be defined in the program's own module."""
        program = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")  # all that a process is told of the program
        try:
            super().start()
        finally:
            sys.modules["__main__"] = program


class LeanContext(SpawnContext):
    """Of processes that are spawned, not forked: this one may hold threads (progress bar, BLAS, torch).

    Spawned as usual, each would import the program that was started: torch and Lightning, half a GiB and seconds of
    the processor, in every worker that executes primitives.
    """

    Process = _Lean


def worker_pool(processes: int) -> ProcessPoolExecutor:
    """A pool whose processes leave Ctrl-C to this one, and end where this one is killed."""
    return ProcessPoolExecutor(processes, LeanContext(), settle)


def settle() -> None:
    """Make a worker leave Ctrl-C to its parent, and end with it however it ends: a killed parent tells nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """Wait for the parent's end and end then; for a thread of its own. A killed parent tells its processes nothing."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
