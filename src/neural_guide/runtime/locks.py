"""One process at a time works on a run's folder."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from neural_guide.errors import UserError

LOCK = ".lock"


@contextlib.contextmanager
def hold_lock(place: Path) -> Iterator[None]:
    """Let nobody else at the run; the lock goes when the process ends, however it ends.

    Raises:
        UserError: another process is at it.
    """
    try:
        with FileLock(place / LOCK, timeout=0):
            yield
    except Timeout:
        raise UserError(f"{place} is at work in another process. Wait for it, or stop it first.") from None


def is_lock_free(place: Path) -> bool:
    """Whether no process is at the run."""
    try:
        with FileLock(place / LOCK, timeout=0):
            return True
    except Timeout:
        return False


def ensure_writable(folder: Path) -> None:
    """Make a folder that runs can be written to.

    Raises:
        UserError: that is not possible.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(
            f"{folder} cannot be written to: {(error.strerror or str(error)).lower()}. Use another hydra.run.dir."
        ) from None


def remove_unused_folder(folder: Path, place: Path) -> None:
    """Remove the folder that was made for a new run, where another is gone on with and only Hydra's notes are in it."""
    if folder.resolve() != place and {path.name for path in folder.iterdir()} <= {".hydra"}:
        shutil.rmtree(folder)
