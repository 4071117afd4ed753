"""Isolated workers that are actors of a Ray cluster, each a process on one core of one of its machines."""

import pickle
import signal
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, Generic, NamedTuple

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
from neural_guide.runtime.ray_cluster import RayCluster, hash_code, refuse_other_code


class RayPool:
    """A `WorkerPool` of one process a core of a cluster."""

    shares_files = False
    remedy = "ray status shows the machines, and workers=N uses processes of this machine"

    def __init__(self, cluster: RayCluster) -> None:
        self._cluster, self._ray = cluster, cluster.ray
        # An actor that ends stays lost: the job decides what follows.
        options = {"num_cpus": 1, "max_restarts": 0, "max_task_retries": 0, "scheduling_strategy": "SPREAD"}
        self._actor_class = self._ray.remote(**options)(_Server)
        self._shared: tuple[object, Any] | None = None

    def count(self) -> int:
        """Return the number of cores of the cluster."""
        return self._cluster.count_cores()

    def start(self, prepare: Prepare[Job, Answer]) -> Worker[Job, Answer]:
        """Start an actor; see `WorkerPool`. What it needs is sent to a machine once."""
        if self._shared is None or self._shared[0] is not prepare:
            self._shared = prepare, self._ray.put(pickle.dumps(prepare))
        return _RayWorker(self._cluster, self._actor_class.remote(), self._shared[1])

    def wait(self, workers: Sequence[Worker[Job, Answer]], seconds: float) -> Sequence[Worker[Job, Answer]]:
        """Wait for messages and ends of actors; see `WorkerPool`."""
        pending = {worker.pending: worker for worker in workers if isinstance(worker, _RayWorker) and worker.pending}
        self._ray.wait(list(pending), timeout=seconds)
        ready, _ = self._ray.wait(list(pending), num_returns=len(pending), timeout=0)
        return [pending[reference] for reference in ready]

    def describe(self, jobs: int) -> str:
        """Describe the number of processes, e.g. `on Ray, in 2 processes`."""
        processes = min(self.count(), jobs)
        return f"on Ray, in {processes} process{'es' * (processes > 1)}"


class _RayWorker(Worker[Job, Answer]):
    """An actor, and the reference to its next message.

    Attributes:
        pending: the message that it owes; None: it is idle.
    """

    def __init__(self, cluster: RayCluster, actor: Any, prepare: Any) -> None:
        super().__init__()
        self._cluster, self._actor, self._node_id = cluster, actor, ""
        self.pending: Any = actor.prepare.remote(hash_code(), prepare)

    def send(self, job: Job) -> None:
        self.pending = self._actor.answer.remote(pickle.dumps(job))

    def read(self) -> Answer | JobFailure | UserError | str | None:
        ray, reference = self._cluster.ray, self.pending
        if not ray.wait([reference], timeout=0)[0]:
            return None
        try:
            message: Answer | JobFailure | UserError | _Ready | _Terminated = ray.get(reference)
        except ray.exceptions.RayError as error:
            raise self._describe_loss(error) from None
        self.pending = None
        if isinstance(message, _Terminated):
            raise WorkerLost("its process was ended by SIGTERM", is_external=True)
        if isinstance(message, _Ready):
            self._node_id = message.node_id
            return READY
        return message

    def kill(self) -> None:
        self._cluster.ray.kill(self._actor)

    def _describe_loss(self, error: Exception) -> WorkerLost:
        """Describe why a message never comes: the process ended, its machine went away, or it could not start."""
        errors = self._cluster.ray.exceptions
        if isinstance(error, errors.RayTaskError) or getattr(error, "actor_init_failed", False):
            return WorkerLost(str(error).strip().splitlines()[-1].strip())  # of the traceback in it
        is_gone = self.is_ready and not self._cluster.has_node(self._node_id)
        if is_gone or isinstance(error, errors.ActorUnavailableError):
            return WorkerLost("its machine left the cluster", is_external=True)
        return WorkerLost("its process on the cluster ended, most often for want of memory")


class _Ready(NamedTuple):
    """First message of an actor: the machine that it runs on."""

    node_id: str


class _Terminated(NamedTuple):
    """Message of an actor that SIGTERM interrupted: its job is tried again elsewhere."""


class _Interrupt(BaseException):
    """Raised by SIGTERM in the job of an actor."""


class _Server(Generic[Job, Answer]):
    """The actor: prepares once, then answers one job a call.

    Jobs come pickled: arrays that Ray itself carries are read-only, for which numba would compile everything again.
    """

    def __init__(self) -> None:
        self._function: Callable[[Job], Answer] | None = None

    def prepare(self, digest: str, prepare: bytes) -> _Ready | UserError:
        import ray

        try:
            refuse_other_code(digest)
            self._function = pickle.loads(prepare)()
        except UserError as error:
            return error
        signal.signal(signal.SIGTERM, _raise_interrupt)
        return _Ready(ray.get_runtime_context().get_node_id())

    def answer(self, job: bytes) -> Answer | JobFailure | _Terminated:
        assert self._function is not None
        try:
            return answer_job(self._function, pickle.loads(job))
        except _Interrupt:
            return _Terminated()


def _raise_interrupt(_: int, __: FrameType | None) -> None:
    raise _Interrupt
