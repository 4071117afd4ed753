"""Processes that work for this one, and end with it however it ends."""

import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process


def worker_pool(processes: int) -> ProcessPoolExecutor:
    """A pool whose processes leave Ctrl-C to this one, and end where this one is killed."""
    # Spawned, not forked: this process may hold threads (progress bar, BLAS, torch) that a fork would break.
    return ProcessPoolExecutor(processes, get_context("spawn"), _settle)


def _settle() -> None:
    """A killed parent tells its pool nothing: a thread of each worker waits for its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
