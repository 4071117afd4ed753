"""Locks on folders, so that one process at a time works on a run or builds a store.

Some file systems (NFS without its lock service, FUSE, exFAT) have no locks. Work goes on there; a line says so once.
"""

import contextlib
import errno
import fcntl
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from neural_guide.errors import UserError

LOCK = ".lock"
BUSY = "is at work in another process"
HELD_ERRNOS = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES)  # another process has the lock
_reported_devices: set[int] = set()


@contextlib.contextmanager
def hold_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of a run's folder; it is released when the process ends, however it ends.

    Raises:
        UserError: another process holds it, or the folder cannot be written to.
    """
    if not has_locks(folder):
        yield
        return
    lock = FileLock(folder / LOCK)
    obstacle = _acquire(lock)
    if obstacle is not None:
        remedy = "Wait for it, or stop it first." if obstacle == BUSY else "Use another hydra.run.dir."
        raise UserError(f"{folder} {obstacle}. {remedy}")
    try:
        yield
    finally:
        lock.release()


def find_obstacle(folder: Path) -> str | None:
    """Find out why a run's folder cannot be worked on, e.g. `cannot be written to: permission denied`; None: it can."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return _describe(error)
    if not has_locks(folder):
        return None
    lock = FileLock(folder / LOCK)
    obstacle = _acquire(lock)
    lock.release()
    return obstacle


def _acquire(lock: FileLock) -> str | None:
    """Acquire a lock; return why it cannot be had."""
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return BUSY
    except OSError as error:  # a file of another user, or a disk that can only be read
        return _describe(error)
    return None


def _describe(error: OSError) -> str:
    return f"cannot be written to: {(error.strerror or str(error)).lower()}"


def has_locks(folder: Path) -> bool:
    """Return whether the file system of a folder has locks; print a line the first time that it has none.

    A file of its own is locked, so that no other process meets the attempt.
    """
    try:
        with tempfile.TemporaryFile(dir=folder) as stream:
            error = _try_lock(stream.fileno())
    except OSError:  # not writable, or full: reported by the work itself
        return True
    if error is None or error.errno in HELD_ERRNOS:
        return True
    device = folder.stat().st_dev
    if device not in _reported_devices:
        _reported_devices.add(device)
        reason = (error.strerror or str(error)).lower()
        print(
            f"{folder}: this file system cannot lock files ({reason}); the work goes on without locks. Let no second "
            "process work on the same run or build the same dataset meanwhile.",
            file=sys.stderr,
            flush=True,
        )
    return False


def _try_lock(handle: int) -> OSError | None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error
    return None


def ensure_writable(folder: Path, setting: str = "hydra.run.dir") -> None:
    """Create a folder, and check that it can be written to.

    Args:
        folder: the folder.
        setting: the key that names it.

    Raises:
        UserError: it cannot be.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(f"{folder} {_describe(error)}. Use another {setting}.") from None


def remove_unused_folder(folder: Path, resumed: Path) -> None:
    """Remove the folder of a new run if another run is resumed instead and only Hydra's files are in it.

    Args:
        folder: folder that Hydra made.
        resumed: folder of the resumed run, resolved.
    """
    if folder.resolve() != resumed and {path.name for path in folder.iterdir()} <= {".hydra"}:
        shutil.rmtree(folder)
