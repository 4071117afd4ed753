"""Worker processes that import little, leave Ctrl-C to their parent and exit when it does."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import parent_process, resource_tracker
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType
from typing import TypeVar

from neural_guide.errors import UserError
from neural_guide.runtime.prefetch import iterate_ahead

JOBS_PER_PROCESS = 2  # running or waiting, for each process: bounds the memory

Job = TypeVar("Job")
Result = TypeVar("Result")


def map_in_processes(
    work: Callable[[Job], Result], jobs: Sequence[Job], processes: int | str, remedy: str
) -> Iterator[Result]:
    """Iterate over the result of each job, in the order of the jobs, computed a few jobs ahead.

    Args:
        work: a picklable function.
        jobs: its arguments, one a call.
        processes: worker processes, 1 or more. With 1, or with a single job, this process does the work. `ray` uses
            those of a Ray cluster.
        remedy: the setting that reduces the number of workers, e.g. `generate.processes=1`.

    Raises:
        UserError: a worker was killed from outside, or there is no Ray cluster.
    """
    if isinstance(processes, str):
        from neural_guide.runtime.ray_executor import map_on_ray  # an extra that most runs do not need

        return map_on_ray(work, jobs)
    processes = min(processes, len(jobs))
    return map(work, jobs) if processes <= 1 else _map_in_pool(work, jobs, processes, remedy)


def _map_in_pool(work: Callable[[Job], Result], jobs: Sequence[Job], processes: int, remedy: str) -> Iterator[Result]:
    try:
        yield from iterate_ahead(make_worker_pool(processes), work, jobs, JOBS_PER_PROCESS * processes)
    except BrokenProcessPool:
        raise UserError(
            "A worker of the generator was ended from outside, most often for want of memory; each needs "
            f"about 0.2 GiB. Nothing was written. Use fewer with {remedy}."
        ) from None


class _LeanProcess(SpawnProcess):
    """A process that imports the modules of its work, and not the main module of the program."""

    def start(self) -> None:
        """Start the process; its arguments must not be defined in the program's own module."""
        program = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")  # the child is given the name of this empty module instead
        try:
            with _block_signals():
                super().start()
        finally:
            sys.modules["__main__"] = program


class LeanContext(SpawnContext):
    """A multiprocessing context whose processes are spawned without the main module of the program.

    Ctrl-C and a closed terminal reach every process of a group, and only the parent acts on them: its workers end with
    it. They are spawned, not forked, because this process may hold threads (progress bar, BLAS, torch). An ordinary
    spawned process would import the main module: torch and Lightning, half a GiB and seconds of processor time, in
    every worker that executes primitives.
    """

    Process = _LeanProcess


@contextlib.contextmanager
def _block_signals() -> Iterator[None]:
    """Block signals for a process that is started meanwhile: it inherits that, and never sees one, not even early."""
    resource_tracker.ensure_running()  # started with the first process, it would unblock signals again
    previous = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)


def make_worker_pool(processes: int) -> ProcessPoolExecutor:
    """Return a pool of so many processes, which exit when this process is killed."""
    return ProcessPoolExecutor(processes, LeanContext(), prepare_worker)


def prepare_worker() -> None:
    """Make this worker exit however its parent ends: a killed parent sends no message."""
    threading.Thread(target=exit_with_parent, daemon=True).start()


def exit_with_parent() -> None:
    """Wait for the parent to end, then exit. Run it in a thread of its own: a killed parent sends no message."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
