"""Locks on run folders, so that one process at a time works on a run."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from neural_guide.errors import UserError

LOCK = ".lock"


@contextlib.contextmanager
def hold_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of a run's folder; it is released when the process ends, however it ends.

    Raises:
        UserError: another process holds it.
    """
    try:
        with FileLock(folder / LOCK, timeout=0):
            yield
    except Timeout:
        raise UserError(f"{folder} is at work in another process. Wait for it, or stop it first.") from None


def is_lock_free(folder: Path) -> bool:
    """Return whether no process holds the lock of a run's folder."""
    try:
        with FileLock(folder / LOCK, timeout=0):
            return True
    except Timeout:
        return False


def ensure_writable(folder: Path) -> None:
    """Create a folder for runs, and check that it can be written to.

    Raises:
        UserError: it cannot be.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(
            f"{folder} cannot be written to: {(error.strerror or str(error)).lower()}. Use another hydra.run.dir."
        ) from None


def remove_unused_folder(folder: Path, resumed: Path) -> None:
    """Remove the folder of a new run if another run is resumed instead and only Hydra's files are in it.

    Args:
        folder: folder that Hydra made.
        resumed: folder of the resumed run, resolved.
    """
    if folder.resolve() != resumed and {path.name for path in folder.iterdir()} <= {".hydra"}:
        shutil.rmtree(folder)
