"""Jobs on a Ray cluster, behind the interface of `concurrent.futures`."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

from neural_guide.errors import UserError
from neural_guide.runtime.prefetch import iterate_ahead
from neural_guide.runtime.ray_cluster import RayCluster, connect_to_ray, hash_code, refuse_other_code

JOBS_PER_CORE = 2  # running or waiting, for each core: bounds the memory

Job = TypeVar("Job")
Result = TypeVar("Result")


def map_on_ray(work: Callable[[Job], Result], jobs: Sequence[Job]) -> Iterator[Result]:
    """Iterate over the result of each job, in the order of the jobs, computed a few jobs ahead on a cluster.

    Ray repeats a job whose process or machine is lost, so `work` must give equal results for equal jobs.

    Args:
        work: a picklable function.
        jobs: its arguments, one a call.

    Raises:
        UserError: `work` raised it, there is no cluster, or a job was lost several times.
    """
    with connect_to_ray() as cluster:
        errors = cluster.ray.exceptions
        limit = JOBS_PER_CORE * cluster.count_cores()
        try:
            yield from iterate_ahead(RayExecutor(cluster), work, jobs, limit)
        except errors.RayTaskError as error:
            raise error.cause from None  # as it was raised, without Ray's traceback of the other process
        except errors.RayError as error:
            reason = str(error).splitlines()[0]
            raise UserError(
                f"A job was lost on the Ray cluster several times ({reason}), most often for want of memory. Nothing "
                "was written. Type a number of processes instead of ray."
            ) from None


class RayExecutor(Executor):
    """Executor whose functions run in processes of a cluster, one a core."""

    def __init__(self, cluster: RayCluster) -> None:
        self._ray, self._digest = cluster.ray, hash_code()
        self._call = self._ray.remote(num_cpus=1)(_call)
        self._running: dict[Future[Any], Any] = {}

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Submit a picklable function; see `Executor`."""
        reference = self._call.remote(self._digest, fn, *args, **kwargs)
        future: Future[Result] = reference.future()
        self._running[future] = reference
        future.add_done_callback(lambda done: self._running.pop(done, None))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        """Forget the functions that run; with `cancel_futures`, end them."""
        for reference in list(self._running.values()) if cancel_futures else ():
            self._ray.cancel(reference, force=True)
        self._running.clear()


def _call(digest: str, function: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    """Call a function in a process of the cluster."""
    refuse_other_code(digest)
    return function(*args, **kwargs)
