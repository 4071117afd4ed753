"""Jobs in isolated processes: a crash or hang costs one job only."""

import math
import time
import traceback
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from neural_guide.errors import UserError

MAX_FALSE_STARTS = 3  # processes in a row that end before they are ready
READY = "ready"  # first message of a worker

_MAX_WAIT = 3600.0  # seconds; the system's own limit is some weeks

Job = TypeVar("Job")
Answer = TypeVar("Answer")

Prepare = Callable[[], Callable[[Job], Answer]]
"""Function that can be pickled, called once in every process; returns the function that answers jobs."""


@dataclass(frozen=True)
class JobFailure:
    """The reason why a job has no answer.

    Attributes:
        message: one line.
    """

    message: str


class WorkerLost(Exception):  # noqa: N818 - an event of another process
    """The process of a worker ended.

    Args:
        reason: how it ended, e.g. `its process ended with code 3`.
        is_external: true: it was terminated from outside or its machine went away, which is no fault of its job.
    """

    def __init__(self, reason: str, *, is_external: bool = False) -> None:
        super().__init__(reason)
        self.is_external = is_external


class Worker(ABC, Generic[Job, Answer]):
    """A process and its current job; subclasses say where it runs and how messages travel.

    Attributes:
        is_ready: whether it is prepared to answer jobs.
        job: the job that it works on; None: it is idle.
        deadline: when that job counts as hung, seconds of `time.monotonic`.
        loss: how its process ended by itself; None: it did not.
        has_ended: whether it is of no more use.
    """

    def __init__(self) -> None:
        self.is_ready, self.has_ended = False, False
        self.job: Job | None = None
        self.deadline = math.inf
        self.loss: WorkerLost | None = None

    @abstractmethod
    def send(self, job: Job) -> None:
        """Send a job to the process. Raises WorkerLost if it has ended."""

    @abstractmethod
    def read(self) -> "Answer | JobFailure | UserError | str | None":
        """Return the message that arrived: READY, an answer or an error; None: no message yet.

        Raises:
            WorkerLost: the process has ended.
        """

    @abstractmethod
    def kill(self) -> None:
        """Kill the process; may return before it has ended."""

    def end(self) -> None:
        """Kill the process and free what belongs to it."""
        self.has_ended = True
        self.kill()

    def assign(self, job: Job, seconds: float) -> bool:
        """Send a job; return False if the process has ended since."""
        try:
            self.send(job)
        except WorkerLost:
            return False
        self.job, self.deadline = job, time.monotonic() + seconds
        return True

    def receive(self, seconds: float) -> Answer | JobFailure | None:
        """Return the answer to the job; None: the process became ready, or was lost without a fault of the job."""
        try:
            message = self.read()
        except WorkerLost as loss:
            self.loss = loss
            self.end()
            return None if loss.is_external else JobFailure(f"crashed: {loss}")
        if message is None:
            self.end()
            return JobFailure(f"hung: no answer after {seconds:,.0f} s, its process was ended")
        if isinstance(message, UserError):
            raise message
        if not self.is_ready:
            self.is_ready = True
            return None
        self.job, self.deadline = None, math.inf
        return message  # type: ignore[return-value]


class WorkerPool(Protocol):
    """The place where workers run: processes of this machine, or of a cluster.

    Attributes:
        shares_files: whether its processes see the files of this machine.
        remedy: what to do where processes end before they are ready, a clause.
    """

    shares_files: bool
    remedy: str

    def count(self) -> int:
        """Return how many workers fit; it may change."""
        ...

    def start(self, prepare: Prepare[Job, Answer]) -> Worker[Job, Answer]:
        """Start a process."""
        ...

    def wait(self, workers: Sequence[Worker[Job, Answer]], seconds: float) -> Sequence[Worker[Job, Answer]]:
        """Wait for, and return, the workers that sent something or ended; at most so many seconds."""
        ...

    def describe(self, jobs: int) -> str:
        """Describe where so many jobs are done, e.g. `in 2 processes`."""
        ...


def run_isolated(
    jobs: Sequence[Job],
    prepare: Prepare[Job, Answer],
    pool: WorkerPool,
    seconds: float,
    *,
    end: float = math.inf,
    adapt: Callable[[Job, int], Job] | None = None,
) -> Generator[tuple[Job, Answer | JobFailure], None, None]:
    """Yield each job with its answer, in order of finishing.

    Close the generator to stop early: its processes end with it. They also end if this process is killed.

    Args:
        jobs: values that can be pickled.
        prepare: called once in every process.
        pool: where the processes run.
        seconds: time after which a job counts as hung, and its process is ended.
        end: time, on `time.monotonic`, at which all processes are ended; jobs without an answer are not yielded.
        adapt: function that returns the job to send, from a job and the number of jobs that wait, itself included;
            None: every job is sent unchanged.

    Raises:
        UserError: `prepare` raised it, or processes end before they are ready.
    """
    queue, workers, false_starts = deque(jobs), list[Worker[Job, Answer]](), 0
    try:
        while (queue or any(worker.job is not None for worker in workers)) and time.monotonic() < end:
            busy = sum(worker.job is not None for worker in workers)
            missing = min(pool.count(), len(queue) + busy) - len(workers)
            workers += [pool.start(prepare) for _ in range(missing)]
            for worker in workers:
                if not queue or not worker.is_ready or worker.job is not None:
                    continue
                job = adapt(queue[0], len(queue)) if adapt else queue[0]
                if worker.assign(job, seconds):
                    queue.popleft()
            for worker in _wait_for_news(pool, workers, end):
                assigned, answer = worker.job, worker.receive(seconds)
                if worker.has_ended:
                    workers.remove(worker)
                    false_starts = _count_false_starts(false_starts, worker, pool.remedy)
                if assigned is not None and answer is None:
                    queue.appendleft(assigned)  # its process was lost from outside: no fault of the job
                elif assigned is not None and answer is not None:
                    yield assigned, answer
    finally:
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.end()


def _wait_for_news(pool: WorkerPool, workers: Sequence[Worker[Job, Answer]], end: float) -> list[Worker[Job, Answer]]:
    """Wait until `end` for the workers that sent something, ended or are past their deadline, and return them."""
    deadline = min(end, *(worker.deadline for worker in workers))
    news = pool.wait(workers, min(_MAX_WAIT, max(0.0, deadline - time.monotonic())))
    now = time.monotonic()
    return [worker for worker in workers if worker in news or worker.deadline <= now]


def _count_false_starts(count: int, worker: Worker[Job, Answer], remedy: str) -> int:
    """Return the number of processes in a row that ended before they were ready, an ended worker included.

    Raises:
        UserError: there are too many of them.
    """
    if worker.is_ready or worker.loss is None or worker.loss.is_external:
        return 0 if worker.is_ready else count
    if count + 1 < MAX_FALSE_STARTS:
        return count + 1
    raise UserError(
        f"Processes that solve end before they begin. The last one: {worker.loss}. Finished tasks are kept, and the "
        f"same command resumes; {remedy}."
    )


def answer_job(function: Callable[[Job], Answer], job: Job) -> Answer | JobFailure:
    """Return the answer to a job in a worker's process, or the error that it raised."""
    try:
        return function(job)
    except Exception as error:  # a defect of this program in one job; the others continue, the message has its place
        frame = traceback.extract_tb(error.__traceback__)[-1]
        reason = " ".join(str(error).split()) or "no message"
        return JobFailure(f"failed: {type(error).__name__}: {reason} ({Path(frame.filename).name}:{frame.lineno})")
