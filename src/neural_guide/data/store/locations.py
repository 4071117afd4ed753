"""Folders of stores: candidate locations, locks, and removal of unused stores."""

import contextlib
import fcntl
import hashlib
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from neural_guide.data.format.source import Source
from neural_guide.errors import UserError
from neural_guide.runtime.atomic_files import FULL_DISK_ERRNOS, DiskUse
from neural_guide.runtime.cache_folders import find_cache_folder
from neural_guide.runtime.locks import HELD_ERRNOS, has_locks

USE_LOCK = "in-use.lock"  # in each store; locked shared by every process that has the store open
BUILD_LOCK = "build.lock"
REMEDY = "data.store_dir=FOLDER chooses another place"


def list_store_locations(source: Source, path: str, store_dir: str | None) -> list[Path]:
    """List the folders that may hold the store of a dataset, best first. Each belongs to this dataset alone.

    Args:
        source: the dataset.
        path: the dataset's path as the user wrote it, including the part of a URL after its `?`.
        store_dir: the folder for all stores that the user chose, or None.
    """
    home = source.home
    identity = path if home is None else str(home.resolve())
    unique = hashlib.blake2b(identity.encode(), digest_size=8).hexdigest()
    last = source.path.rstrip("/").rpartition("/")[2] if home is None else home.name
    name = f"{last[-80:]}-{unique}.store"  # file names end at 255 bytes
    if store_dir:
        return [Path(store_dir) / name]
    beside = [] if home is None else [home.with_name(home.name + ".store")]
    return [*beside, find_cache_folder() / name]


def choose_writable_folder(folders: list[Path], content: str, say: Callable[[str], None]) -> Path:
    """Return the first folder that can be written to; make it where it is missing.

    Args:
        folders: candidates, best first.
        content: name of the data to be written, for messages.
        say: callback for a line to the user, called where the folder lies in the user's cache.

    Raises:
        UserError: none can be written to.
    """
    refusals: list[str] = []
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / BUILD_LOCK).open("ab"):
                pass
        except OSError as error:
            if error.errno in FULL_DISK_ERRNOS:
                raise
            refusals.append(f"{folder} cannot be written to ({error.strerror})")
            continue
        if folder.is_relative_to(find_cache_folder()):
            say(f"{'. '.join([*refusals, content])} is kept in {folder}; {REMEDY}.")
        return folder
    raise UserError(f"{'. '.join(refusals)}. {content} needs a folder of yours: {REMEDY}.")


@contextlib.contextmanager
def hold_build_lock(path: Path, title: str, say: Callable[[str], None]) -> Iterator[None]:
    """Hold a lock that one process at a time can have; wait while another has it. It ends with the process.

    Args:
        path: the lock file.
        title: name of the work, for messages.
        say: callback for a line to the user, called before waiting.
    """
    if not has_locks(path.parent):
        yield
        return
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"{title}: another process is working on it; waiting for it to end.")
        _wait_for_lock(lock, path)
    try:
        yield
    finally:
        lock.release()


def _wait_for_lock(lock: FileLock, path: Path) -> None:
    """Acquire a lock that another process has; make its folder again where that process has removed it."""
    while not lock.is_locked:
        try:
            lock.acquire()
        except FileNotFoundError:
            path.parent.mkdir(exist_ok=True)


@contextlib.contextmanager
def remove_if_refused(root: Path) -> Iterator[None]:
    """Remove the folder of a dataset's stores if the block refuses the dataset, and the folder holds the lock alone.

    A process that has waited for the lock meanwhile makes the folder again, and is refused itself.
    """
    root.mkdir(exist_ok=True)
    try:
        yield
    except UserError:
        with contextlib.suppress(OSError):
            if {path.name for path in root.iterdir()} <= {BUILD_LOCK}:
                (root / BUILD_LOCK).unlink(missing_ok=True)
                root.rmdir()
        raise


def lock_shared(folder: Path) -> BinaryIO:
    """Keep a store from being removed while the returned file is open.

    Raises:
        OSError: there is no such store, or it is being removed.
    """
    stream = (folder / USE_LOCK).open("rb")
    try:
        fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in HELD_ERRNOS:
            stream.close()
            raise
        # a file system without locks: a removed store stays readable where files outlive their names
    return stream


def remove_unused_stores(root: Path, keep: str | None) -> None:
    """Remove the stores under a root that no process has open, and what killed builds left.

    Args:
        root: the folder of one dataset's stores.
        keep: name of the store that stays; None: none.
    """
    for path in root.iterdir():
        if not path.is_dir() or path.name == keep:
            continue
        with contextlib.ExitStack() as stack:
            try:
                stream = stack.enter_context((path / USE_LOCK).open("r+b"))  # NFS: only a writer may lock alone
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno in HELD_ERRNOS:  # in use, or another user's
                    continue
                # never finished, or a file system without locks
            shutil.rmtree(path, ignore_errors=True)


def describe_disk_use(title: str, count_bytes: Callable[[], int]) -> DiskUse:
    """Describe prepared data for the error of a full disk, whose remedy is another place for stores.

    Args:
        title: name of the data.
        count_bytes: returns the bytes that the data will take, as far as is known then; 0: not known.
    """
    return DiskUse(title, count_bytes, REMEDY)


def make_printer(*, show: bool) -> Callable[[str], None]:
    """Return a function that prints a line to standard error, or ignores it where `show` is false."""
    return (lambda line: print(line, file=sys.stderr, flush=True)) if show else (lambda line: None)  # noqa: ARG005
