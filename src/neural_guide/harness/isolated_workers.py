"""Jobs in isolated processes: a crash or hang costs one job only."""

import contextlib
import math
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from typing import Generic, TypeVar

from neural_guide.errors import UserError
from neural_guide.runtime.worker_pool import LeanContext, exit_with_parent

MAX_FALSE_STARTS = 3  # processes in a row that end before they are ready
_MAX_WAIT = 3600.0  # seconds; the system's own limit is some weeks
_CONTEXT = LeanContext()
_READY = "ready"

Job = TypeVar("Job")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class JobFailure:
    """The reason why a job has no answer.

    Attributes:
        message: one line.
    """

    message: str


def run_isolated(
    jobs: Sequence[Job],
    prepare: Callable[[], Callable[[Job], Answer]],
    workers: int,
    seconds: float,
    *,
    end: float = math.inf,
    adapt: Callable[[Job, int], Job] | None = None,
) -> Generator[tuple[Job, Answer | JobFailure], None, None]:
    """Yield each job with its answer, in order of finishing.

    Close the generator to stop early: its processes end with it. They also end if this process is killed.

    Args:
        jobs: values that can be pickled.
        prepare: function that can be pickled, called once in every process; returns the function that answers jobs.
        workers: number of processes.
        seconds: time after which a job counts as hung, and its process is ended.
        end: time, on `time.monotonic`, at which all processes are ended; jobs without an answer are not yielded.
        adapt: function that returns the job to send, from a job and the number of jobs that wait, itself included;
            None: every job is sent unchanged.

    Raises:
        UserError: `prepare` raised it, or processes end before they are ready.
    """
    queue, pool, false_starts = deque(jobs), list[_Worker[Job, Answer]](), 0
    try:
        while (queue or any(worker.job is not None for worker in pool)) and time.monotonic() < end:
            busy = sum(worker.job is not None for worker in pool)
            pool += [_Worker(prepare) for _ in range(min(workers, len(queue) + busy) - len(pool))]
            for worker in pool:
                if not queue or not worker.is_ready or worker.job is not None:
                    continue
                job = adapt(queue[0], len(queue)) if adapt else queue[0]
                if worker.assign(job, seconds):
                    queue.popleft()
            for worker in _wait_for_news(pool, end):
                assigned, answer = worker.job, worker.receive(seconds)
                if worker.has_ended:
                    pool.remove(worker)
                    false_starts = _count_false_starts(false_starts, worker)
                if assigned is not None and answer is None:
                    queue.appendleft(assigned)  # its process was terminated from outside: no fault of the job
                elif assigned is not None and answer is not None:
                    yield assigned, answer
    finally:
        for worker in pool:
            worker.process.kill()
        for worker in pool:
            worker.end()


class _Worker(Generic[Job, Answer]):
    """A process and its current job."""

    def __init__(self, prepare: Callable[[], Callable[[Job], Answer]]) -> None:
        self.is_ready, self.has_ended = False, False
        self.job: Job | None = None
        self.deadline = math.inf
        self.pipe, child_pipe = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=_serve, args=(child_pipe, prepare), daemon=True)
        self.process.start()
        child_pipe.close()  # so that the pipe breaks when the process ends

    def assign(self, job: Job, seconds: float) -> bool:
        """Send a job; return False if the process has ended since."""
        try:
            self.pipe.send(job)
        except OSError:
            return False
        self.job, self.deadline = job, time.monotonic() + seconds
        return True

    def receive(self, seconds: float) -> Answer | JobFailure | None:
        """Return the answer to the job; None: the process became ready, or was terminated from outside."""
        try:
            if not self.pipe.poll():
                self.end()
                return JobFailure(f"hung: no answer after {seconds:,.0f} s, its process was ended")
            message: Answer | JobFailure | UserError | str = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join()
            self.end()
            if self.was_terminated:
                return None
            return JobFailure(f"crashed: its process {_describe_exit(self.process.exitcode)}")
        if isinstance(message, UserError):
            raise message
        if not self.is_ready:
            self.is_ready = True
            return None
        self.job, self.deadline = None, math.inf
        return message  # type: ignore[return-value]

    def end(self) -> None:
        """Kill the process and close its pipe."""
        self.has_ended = True
        self.process.kill()
        self.process.join()
        self.pipe.close()

    @property
    def was_terminated(self) -> bool:
        """True if the process ended on SIGTERM, which supervisors send to every process of a run."""
        return self.process.exitcode == -signal.SIGTERM


def _wait_for_news(pool: "Sequence[_Worker[Job, Answer]]", end: float) -> "list[_Worker[Job, Answer]]":
    """Wait until `end` for the workers that sent something, ended or are past their deadline, and return them."""
    deadline = min(end, *(worker.deadline for worker in pool))
    timeout = min(_MAX_WAIT, max(0.0, deadline - time.monotonic()))
    readable = connection.wait([worker.pipe for worker in pool], timeout)
    now = time.monotonic()
    return [worker for worker in pool if worker.pipe in readable or worker.deadline <= now]


def _count_false_starts(count: int, worker: "_Worker[Job, Answer]") -> int:
    """Return the number of processes in a row that ended before they were ready, an ended worker included.

    Raises:
        UserError: there are too many of them.
    """
    if worker.is_ready or worker.was_terminated:
        return 0 if worker.is_ready else count
    if count + 1 < MAX_FALSE_STARTS:
        return count + 1
    raise UserError(
        f"Processes that solve end before they begin: the last one {_describe_exit(worker.process.exitcode)}, most "
        "often for want of memory. Finished tasks are kept, and the same command resumes; use fewer processes with "
        "workers=1."
    )


def _describe_exit(code: int | None) -> str:
    """Describe how a process ended, e.g. `ended with code 3`."""
    if code is None or code >= 0:
        return f"ended with code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    return f"was ended by {name}" + (", most often for want of memory" if -code == signal.SIGKILL else "")


def _serve(pipe: "connection.Connection[object, Job]", prepare: Callable[[], Callable[[Job], Answer]]) -> None:
    """Answer jobs until there are no more; the main function of a worker process."""
    threading.Thread(target=exit_with_parent, daemon=True).start()
    try:
        function = prepare()
    except UserError as error:
        pipe.send(error)
        return
    with contextlib.suppress(EOFError, OSError):  # there are no more jobs, or the other end was killed
        pipe.send(_READY)
        while True:
            pipe.send(_answer(function, pipe.recv()))


def _answer(function: Callable[[Job], Answer], job: Job) -> Answer | JobFailure:
    try:
        return function(job)
    except Exception as error:  # a defect of this program in one job; the others continue, the message has its place
        frame = traceback.extract_tb(error.__traceback__)[-1]
        reason = " ".join(str(error).split()) or "no message"
        return JobFailure(f"failed: {type(error).__name__}: {reason} ({Path(frame.filename).name}:{frame.lineno})")
