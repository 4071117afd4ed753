"""Where stores lie, who holds them, and when they may go."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import platformdirs
from filelock import FileLock, Timeout

from neural_guide.data.format.source import Source
from neural_guide.errors import UserError
from neural_guide.runtime.atomic_files import FULL_DISK_ERRNOS

HELD = "in-use.lock"  # in each store; locked shared by all who have it open
BUILD = "build.lock"
REMEDY = "data.store_dir=FOLDER chooses another place"


def list_store_locations(source: Source, written: str, store_dir: str | None) -> list[Path]:
    """Where the store of a dataset may lie, best first; each is for this dataset alone.

    Args:
        source: the dataset.
        written: its path as the user gave it, with what a URL has after its `?`.
        store_dir: the folder for all stores that the user chose, or None.
    """
    home = source.home
    identity = written if home is None else str(home.resolve())
    unique = hashlib.blake2b(identity.encode(), digest_size=8).hexdigest()
    last = source.path.rstrip("/").rpartition("/")[2] if home is None else home.name
    name = f"{last[-80:]}-{unique}.store"  # file names end at 255 bytes
    if store_dir:
        return [Path(store_dir) / name]
    beside = [] if home is None else [home.with_name(home.name + ".store")]
    return [*beside, find_cache_folder() / name]


def find_cache_folder() -> Path:
    """Where this user's caches of this program lie; not made yet."""
    return platformdirs.user_cache_path("neural_guide", appauthor=False)


def choose_writable_folder(places: list[Path], what: str, say: Callable[[str], None]) -> Path:
    """The first of some folders that can be written to, made where it is missing; told where it is a cache.

    Raises:
        UserError: none can be.
    """
    refused: list[str] = []
    for place in places:
        try:
            place.mkdir(parents=True, exist_ok=True)
            with (place / BUILD).open("ab"):
                pass
        except OSError as error:
            if error.errno in FULL_DISK_ERRNOS:
                raise
            refused.append(f"{place} cannot be written to ({error.strerror})")
            continue
        if place.is_relative_to(find_cache_folder()):
            say(f"{'. '.join([*refused, what])} is kept in {place}; {REMEDY}.")
        return place
    raise UserError(f"{'. '.join(refused)}. {what} needs a folder of yours: {REMEDY}.")


@contextlib.contextmanager
def hold_build_lock(lock: Path, what: str, say: Callable[[str], None]) -> Iterator[None]:
    """Hold a lock that one process at a time can have; told where another has it. Goes with the process."""
    held = FileLock(lock)
    try:
        held.acquire(timeout=0)
    except Timeout:
        say(f"{what}: another process is at it; waiting for it to end.")
        held.acquire()
    try:
        yield
    finally:
        held.release()


def lock_shared(folder: Path) -> BinaryIO:
    """Keep a store from being removed while the returned file is open.

    Raises:
        OSError: there is no such store, or it is just being removed.
    """
    stream = (folder / HELD).open("rb")
    try:
        fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.close()
        raise
    except OSError:  # a file system without locks: a removed store stays readable where files outlive their names
        pass
    return stream


def remove_unused(root: Path, keep: str | None) -> None:
    """Remove all stores under a root but one, and what killed builds left. Those in use stay for the next time."""
    for path in root.iterdir():
        if not path.is_dir() or path.name == keep:
            continue
        with contextlib.ExitStack() as stack:
            try:
                stream = stack.enter_context((path / HELD).open("rb"))
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            except OSError:  # never finished, or a file system without locks
                pass
            shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def explain_full_store_disk(place: Path, what: str, needed: Callable[[], int]) -> Iterator[None]:
    """Tell of a full disk in one line.

    Args:
        place: the folder that is written to; by then what was half-made there is removed.
        what: is written.
        needed: bytes that it will take, as far as is known then; 0: not known.

    Raises:
        UserError: the disk is full.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in FULL_DISK_ERRNOS:
            raise
        _let_go(error)
        raise make_full_disk_error(place, what, needed(), os.strerror(error.errno or 0)) from None


def make_full_disk_error(place: Path, what: str, needed: int, why: str = "No space left on device") -> UserError:
    """What to tell where a disk has not enough space."""
    existing = next(folder for folder in (place, *place.absolute().parents) if folder.exists())
    free = shutil.disk_usage(existing).free / 2**20
    wanted = f"at least {needed / 2**20:,.1f} MiB" if needed else "more"
    return UserError(
        f"{place}: {why.lower()}. {what} takes {wanted}, {free:,.1f} MiB are free there; nothing half-made is "
        f"left. Free some space and run again, or choose a place on another disk: data.store_dir=FOLDER."
    )


def _let_go(error: BaseException | None) -> None:
    """Close the removed files that the frames of an error still hold: they would count as space that is taken."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


def make_printer(*, show: bool) -> Callable[[str], None]:
    """What tells the user a line, beside the command's own output; or tells nothing."""
    return (lambda line: print(line, file=sys.stderr, flush=True)) if show else (lambda line: None)  # noqa: ARG005
