"""Jobs done by processes of their own: one that crashes or hangs costs that job only."""

import contextlib
import math
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import connection, resource_tracker
from pathlib import Path
from typing import Generic, TypeVar

from neural_guide.errors import UserError
from neural_guide.runtime.worker_pool import LeanContext, exit_with_parent

FALSE_STARTS = 3  # processes in a row that may end before they are ready
_LONGEST_WAIT = 3600.0  # seconds; the system's own limit is some weeks
_LEAN = LeanContext()
_READY = "ready"

Job = TypeVar("Job")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Failed:
    """Why a job has no answer, in a line."""

    words: str


def done_apart(
    jobs: Sequence[Job], prepare: Callable[[], Callable[[Job], Answer]], workers: int, seconds: float
) -> Generator[tuple[Job, Answer | Failed], None, None]:
    """Each job with its answer, in any order of finishing.

    Close it where it is left early: its processes end with it. They also end where this process is killed.

    Args:
        jobs: what can be pickled.
        prepare: called once in every process, makes the function that answers; can be pickled.
        workers: processes.
        seconds: after which a job counts as hung, and its process is ended.

    Raises:
        UserError: `prepare` raised it, or processes end before they are ready.
    """
    left, crew, false_starts = deque(jobs), list[_Worker[Job, Answer]](), 0
    try:
        while left or any(worker.job is not None for worker in crew):
            busy = sum(worker.job is not None for worker in crew)
            crew += [_Worker(prepare) for _ in range(min(workers, len(left) + busy) - len(crew))]
            for worker in crew:
                if left and worker.ready and worker.job is None and worker.takes(left[0], seconds):
                    left.popleft()
            for worker in _with_news(crew):
                job, answer = worker.job, worker.hear(seconds)
                if worker.gone:
                    crew.remove(worker)
                    false_starts = _counted(false_starts, worker)
                if job is not None and answer is None:
                    left.appendleft(job)  # its process was stopped from outside: no fault of the job
                elif job is not None and answer is not None:
                    yield job, answer
    finally:
        for worker in crew:
            worker.process.kill()
        for worker in crew:
            worker.end()


class _Worker(Generic[Job, Answer]):
    """A process and the job that it is at."""

    def __init__(self, prepare: Callable[[], Callable[[Job], Answer]]) -> None:
        self.ready, self.gone = False, False
        self.job: Job | None = None
        self.deadline = math.inf
        self.pipe, theirs = _LEAN.Pipe()
        self.process = _LEAN.Process(target=_serve, args=(theirs, prepare), daemon=True)
        with _children_leave_interrupts_to_us():
            self.process.start()
        theirs.close()  # so that the pipe breaks when the process ends

    def takes(self, job: Job, seconds: float) -> bool:
        """Hand a job over; false where the process has ended since."""
        try:
            self.pipe.send(job)
        except OSError:
            return False
        self.job, self.deadline = job, time.monotonic() + seconds
        return True

    def hear(self, seconds: float) -> Answer | Failed | None:
        """What it has to say; None where that is no word on its job."""
        try:
            if not self.pipe.poll():
                self.end()
                return Failed(f"hung: no answer after {seconds:,.0f} s, its process was ended")
            said: Answer | Failed | UserError | str = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join()
            self.end()
            return None if self.was_stopped else Failed(f"crashed: its process {_ending(self.process.exitcode)}")
        if isinstance(said, UserError):
            raise said
        if not self.ready:
            self.ready = True
            return None
        self.job, self.deadline = None, math.inf
        return said  # type: ignore[return-value]

    def end(self) -> None:
        """End the process, whatever it is at."""
        self.gone = True
        self.process.kill()
        self.process.join()
        self.pipe.close()

    @property
    def was_stopped(self) -> bool:
        """Whether somebody asked the process to end, as supervisors ask every process of a run."""
        return self.process.exitcode == -signal.SIGTERM


def _with_news(crew: "Sequence[_Worker[Job, Answer]]") -> "list[_Worker[Job, Answer]]":
    """Wait for those that said something, ended or are past their deadline."""
    nearest = min(worker.deadline for worker in crew)
    told = connection.wait([worker.pipe for worker in crew], min(_LONGEST_WAIT, max(0.0, nearest - time.monotonic())))
    now = time.monotonic()
    return [worker for worker in crew if worker.pipe in told or worker.deadline <= now]


def _counted(false_starts: int, worker: "_Worker[Job, Answer]") -> int:
    """Processes in a row that ended before they were ready, that of a worker included.

    Raises:
        UserError: there are too many of them.
    """
    if worker.ready or worker.was_stopped:
        return 0 if worker.ready else false_starts
    if false_starts + 1 < FALSE_STARTS:
        return false_starts + 1
    raise UserError(
        f"Processes that solve end before they begin: the last one {_ending(worker.process.exitcode)}, most often for "
        "want of memory. Finished tasks are kept, and the same command goes on; use fewer processes with workers=1."
    )


def _ending(code: int | None) -> str:
    """How a process ended, in words."""
    if code is None or code >= 0:
        return f"ended with code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    return f"was ended by {name}" + (", most often for want of memory" if -code == signal.SIGKILL else "")


@contextlib.contextmanager
def _children_leave_interrupts_to_us() -> Iterator[None]:
    """Ctrl-C reaches every process of a terminal; those started here never see it, not even while they import."""
    resource_tracker.ensure_running()  # started with the first process, it would unblock signals again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: "connection.Connection[object, Job]", prepare: Callable[[], Callable[[Job], Answer]]) -> None:
    """What a process does: answer jobs until there are no more."""
    threading.Thread(target=exit_with_parent, daemon=True).start()
    try:
        work = prepare()
    except UserError as error:
        pipe.send(error)
        return
    with contextlib.suppress(EOFError, OSError):  # there are no more jobs, or the other end was killed
        pipe.send(_READY)
        while True:
            pipe.send(_answer(work, pipe.recv()))


def _answer(work: Callable[[Job], Answer], job: Job) -> Answer | Failed:
    try:
        return work(job)
    except Exception as error:  # a fault of ours in one job; the others go on, and the words name its place
        place = traceback.extract_tb(error.__traceback__)[-1]
        words = " ".join(str(error).split()) or "no message"
        return Failed(f"failed: {type(error).__name__}: {words} ({Path(place.filename).name}:{place.lineno})")
