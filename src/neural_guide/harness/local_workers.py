"""Isolated workers that are processes of this machine, each with a pipe of its own."""

import contextlib
import signal
import threading
from collections.abc import Sequence
from multiprocessing import connection

from neural_guide.errors import UserError
from neural_guide.harness.isolated_workers import (
    READY,
    Answer,
    Job,
    JobFailure,
    Prepare,
    Worker,
    WorkerLost,
    answer_job,
)
from neural_guide.runtime.worker_pool import LeanContext, exit_with_parent

_CONTEXT = LeanContext()


class LocalPool:
    """A `WorkerPool` of so many processes on this machine."""

    shares_files = True
    remedy = "use fewer processes with workers=1, which takes less memory"

    def __init__(self, processes: int) -> None:
        self._processes = processes

    def count(self) -> int:
        """Return the number of processes."""
        return self._processes

    def start(self, prepare: Prepare[Job, Answer]) -> Worker[Job, Answer]:
        """Start a process; see `WorkerPool`."""
        return _LocalWorker(prepare)

    def wait(self, workers: Sequence[Worker[Job, Answer]], seconds: float) -> Sequence[Worker[Job, Answer]]:
        """Wait for messages and ends of processes; see `WorkerPool`."""
        by_pipe = {worker.pipe: worker for worker in workers if isinstance(worker, _LocalWorker)}
        return [by_pipe[pipe] for pipe in connection.wait(list(by_pipe), seconds) if pipe in by_pipe]

    def describe(self, jobs: int) -> str:
        """Describe the number of processes, e.g. `in 2 processes`."""
        processes = min(self._processes, jobs)
        return f"in {processes} process{'es' * (processes > 1)}"


class _LocalWorker(Worker[Job, Answer]):
    """A process of this machine and its pipe, which breaks when the process ends."""

    def __init__(self, prepare: Prepare[Job, Answer]) -> None:
        super().__init__()
        self.pipe, child_pipe = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_serve, args=(child_pipe, prepare), daemon=True)
        self._process.start()
        child_pipe.close()  # so that the pipe breaks when the process ends

    def send(self, job: Job) -> None:
        try:
            self.pipe.send(job)
        except OSError:
            raise WorkerLost("its process has ended") from None

    def read(self) -> Answer | JobFailure | UserError | str | None:
        try:
            if not self.pipe.poll():
                return None
            message: Answer | JobFailure | UserError | str = self.pipe.recv()
        except (EOFError, OSError):
            self._process.join()
            code = self._process.exitcode
            # Supervisors send SIGTERM to every process of a run.
            raise WorkerLost(f"its process {_describe_exit(code)}", is_external=code == -signal.SIGTERM) from None
        return message

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        super().end()
        self._process.join()
        self.pipe.close()


def _describe_exit(code: int | None) -> str:
    """Describe how a process ended, e.g. `ended with code 3`."""
    if code is None or code >= 0:
        return f"ended with code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    return f"was ended by {name}" + (", most often for want of memory" if -code == signal.SIGKILL else "")


def _serve(pipe: "connection.Connection[object, Job]", prepare: Prepare[Job, Answer]) -> None:
    """Answer jobs until there are no more; the main function of a worker process."""
    threading.Thread(target=exit_with_parent, daemon=True).start()
    try:
        function = prepare()
    except UserError as error:
        pipe.send(error)
        return
    with contextlib.suppress(EOFError, OSError):  # there are no more jobs, or the other end was killed
        pipe.send(READY)
        while True:
            pipe.send(answer_job(function, pipe.recv()))
