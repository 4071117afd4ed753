"""Ray: the cluster of RAY_ADDRESS, or one of this machine that is started for a run and ends with it.

Every machine of a cluster needs the same version of this package. Ray's own output never reaches the console, and its
statistics of usage are off.
"""

import contextlib
import functools
import hashlib
import os
import secrets
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from neural_guide.errors import UserError
from neural_guide.runtime.cpu import count_cores

RAY = "ray"  # for a setting of the number of processes
ADDRESS = "RAY_ADDRESS"  # Ray's own variable
PACKAGE = Path(__file__).parents[1]

_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # else it warns of a future default
}
_OBJECT_STORE = 2**28  # bytes; guides and results are small, and Ray's default is a third of the memory
_LONGEST_FOLDER = 28  # characters; a path of a socket has 104 at most, and Ray's part of it takes the others
_ANSWER_TIME = 10.0  # seconds within which a cluster must accept a connection
_LONGEST_REASON = 300  # characters of an error of Ray


@dataclass(frozen=True)
class RayCluster:
    """A connection to a cluster.

    Attributes:
        ray: the module.
        address: address of an existing cluster; None: it was started here.
    """

    ray: Any
    address: str | None

    def count_cores(self) -> int:
        """Count the processor cores of all its machines; 1 or more, since a cluster may grow on demand."""
        return max(1, int(self.ray.cluster_resources().get("CPU", 0)))

    def has_node(self, node_id: str) -> bool:
        """Return whether a machine is still part of it."""
        return any(node["NodeID"] == node_id and node["Alive"] for node in self.ray.nodes())


def find_ray() -> str | None:
    """Return the version of Ray that is installed; None: none is."""
    try:
        return version("ray")
    except PackageNotFoundError:
        return None


def require_ray(argument: str) -> None:
    """Refuse a setting where Ray is not installed.

    Args:
        argument: the setting that needs it, as typed.

    Raises:
        UserError: with the extra that installs it.
    """
    if find_ray() is None:
        raise UserError(f"{argument} needs Ray. Install it: pip install 'neural-guide[ray]'.")


@contextlib.contextmanager
def connect_to_ray() -> Iterator[RayCluster]:
    """Connect to the cluster of RAY_ADDRESS while the block runs, or start one with the cores of this machine.

    What was started here ends with the block, however it ends; an existing cluster is left as it was.

    Raises:
        UserError: Ray is not installed, the cluster cannot be reached, or Ray does not start.
    """
    require_ray("A cluster")
    address = os.environ.get(ADDRESS)
    address = None if address == "local" else address
    for name, value in {**_QUIET, **({} if address else _make_token())}.items():
        os.environ.setdefault(name, value)
    ray = import_module("ray")
    if ray.is_initialized():  # this process works for a cluster itself, e.g. as a job of a sweep
        yield RayCluster(ray, address or "auto")
        return
    with contextlib.ExitStack() as stack:
        if address:
            _check_reachable(address)
            options: dict[str, Any] = {"address": address}
        else:
            folder = stack.enter_context(_make_folder())
            options = _choose_local_options(folder)
            stack.callback(_kill_processes, folder)
        stack.callback(ray.shutdown, **({} if address else {"wait_for_processes": True}))
        _initialize(ray, options, f"{ADDRESS}={address}: no connection to the Ray cluster" if address else "")
        yield RayCluster(ray, address)


@functools.cache
def hash_code() -> str:
    """Return a digest of the source of this package."""
    digester = hashlib.blake2b(digest_size=16)
    for path in sorted(PACKAGE.rglob("*.py")):
        digester.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return digester.hexdigest()


def refuse_other_code(digest: str) -> None:
    """Refuse to work in a process whose code differs from that of the process that started the run.

    Raises:
        UserError: naming the machine.
    """
    if hash_code() != digest:
        raise UserError(
            f"{socket.gethostname()}: its version of neural_guide is not that of the machine that started the run, so "
            "results could differ. Install the same version on every machine of the cluster."
        )


def _make_token() -> dict[str, str]:
    """Variables that keep other users of this machine off a cluster; Ray itself would write a file in the home.

    Ray reads them once, when it is imported: a process that has imported it already starts a cluster without a token.
    """
    return {} if "ray" in sys.modules else {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}


def _make_folder() -> "tempfile.TemporaryDirectory[str]":
    """Make a folder for the sockets and logs of a cluster started here."""
    parent = tempfile.gettempdir()
    return tempfile.TemporaryDirectory(
        prefix="ray-", dir="/tmp" if len(parent) > _LONGEST_FOLDER else parent, ignore_cleanup_errors=True
    )


def _kill_processes(folder: str) -> None:
    """Kill the processes of a cluster started here that Ray left: those of a start that failed or was interrupted."""
    killed: list[psutil.Process] = []
    for process in psutil.Process().children():
        with contextlib.suppress(psutil.Error):  # it has ended since
            if any(folder in argument for argument in process.cmdline()):
                killed += [*process.children(recursive=True), process]
    for process in killed:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(killed, _ANSWER_TIME)


def _choose_local_options(folder: str) -> dict[str, Any]:
    return {
        "address": "local",
        "num_cpus": count_cores(),
        "include_dashboard": False,
        "object_store_memory": _OBJECT_STORE,
        "_temp_dir": folder,
    }


def _check_reachable(address: str) -> None:
    """Refuse an address that nobody listens at; Ray itself tries for minutes.

    Raises:
        UserError: nobody does.
    """
    try:
        place = urlsplit(address if "://" in address else f"//{address}")
        host, port = place.hostname, place.port
    except ValueError:
        return  # Ray says what is wrong with it
    if host is None or port is None:
        return
    try:
        socket.create_connection((host, port), timeout=_ANSWER_TIME).close()
    except OSError as error:
        raise UserError(
            f"{ADDRESS}={address}: no Ray cluster answers there ({error.strerror or error}). Start one (ray start "
            f"--head), name another, or unset {ADDRESS} to use this machine."
        ) from None


def _initialize(ray: Any, options: dict[str, Any], fact: str) -> None:
    """Call `ray.init`, and keep this process's handlers of signals.

    Args:
        ray: the module.
        options: arguments of `ray.init`.
        fact: beginning of the error; empty: Ray does not start here.
    """
    handler = signal.getsignal(signal.SIGTERM)
    is_main = threading.current_thread() is threading.main_thread()
    try:
        ray.init(**options, log_to_driver=False, logging_level="critical")
    except SystemExit as ended:  # from Ray's handler of SIGTERM, which stands in for ours meanwhile
        if is_main and ended.code == signal.SIGTERM:
            signal.signal(signal.SIGTERM, handler)
            signal.raise_signal(signal.SIGTERM)
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:_LONGEST_REASON] or type(error).__name__
        fact = fact or "Ray does not start on this machine"
        raise UserError(f"{fact} ({reason}). To work without it, type a number of processes instead of ray.") from error
    finally:
        if is_main:
            signal.signal(signal.SIGTERM, handler)
    ray._private.worker._worker_logs_enabled = False  # it prints lost workers to stdout, and has no setting for that
