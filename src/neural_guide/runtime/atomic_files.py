"""Atomic writes: files, folders and links that are replaced completely or not at all. Explains full disks."""

import contextlib
import errno
import json
import os
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neural_guide.errors import UserError

FULL_DISK_ERRNOS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # disk, quota or the limit of the shell


@dataclass(frozen=True)
class DiskUse:
    """What is written to a disk, for the error where that is full.

    Attributes:
        title: name of the data; empty: not told.
        count_bytes: returns the bytes that the data will take, as far as is known then; 0: not known.
        remedy: what to do beside freeing space.
    """

    title: str = ""
    count_bytes: Callable[[], int] = int
    remedy: str = "training resumes with resume=auto"


FILES_OF_A_RUN = DiskUse()


@contextlib.contextmanager
def replace_file(path: Path, use: DiskUse = FILES_OF_A_RUN) -> Iterator[Path]:
    """Yield a temporary name beside `path` to write to; sync it and rename it to `path` when the block ends.

    `path` holds its old content or all of the new content at any time, even if the process is killed.

    Args:
        path: the file.
        use: what it will hold, for the error.

    Raises:
        UserError: the disk is full; the temporary file is removed and `path` is unchanged.
    """
    temporary = _temporary_name(path)
    with explain_full_disk(path.parent, use):
        try:
            yield temporary
            with temporary.open("rb") as stream:
                os.fsync(stream.fileno())
            temporary.replace(path)
            _sync_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def replace_folder(path: Path, use: DiskUse = FILES_OF_A_RUN) -> Iterator[Path]:
    """Yield an empty folder beside `path` to fill; rename it to `path` when the block ends without an error.

    The folder that `path` was before is removed after that, and is put back if the rename fails. No file is synced.

    Args:
        path: the folder.
        use: what it will hold, for the error.

    Raises:
        UserError: the disk is full; the new folder is removed and `path` is unchanged.
    """
    with (
        explain_full_disk(path.parent, use),
        tempfile.TemporaryDirectory(prefix=f".{path.name}.", suffix=".part", dir=path.parent) as parent,
    ):
        new, old = Path(parent) / "new", Path(parent) / "old"
        new.mkdir()
        yield new
        had_old = os.path.lexists(path)
        if had_old:
            path.rename(old)
        try:
            new.rename(path)
        except OSError:
            if had_old:
                old.rename(path)
            raise


def replace_link(path: Path, target: Path) -> None:
    """Make `path` a symbolic link to `target`, which is relative to the folder of `path`; an old link is replaced.

    Raises:
        OSError: the file system has no symbolic links, or `path` is no link and cannot be replaced.
    """
    temporary = _temporary_name(path)
    temporary.unlink(missing_ok=True)
    try:
        temporary.symlink_to(target)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Write sorted, indented JSON atomically."""
    with replace_file(path) as temporary:
        temporary.write_text(json.dumps(values, indent=2, sort_keys=True) + "\n", encoding="utf-8")


@contextlib.contextmanager
def explain_full_disk(folder: Path, use: DiskUse = FILES_OF_A_RUN) -> Iterator[None]:
    """Turn an error of the block into one line if a full disk caused it, whichever library raised it.

    Args:
        folder: the folder that is written to; partial files in it are removed before the error is raised.
        use: what is written, for the error.

    Raises:
        UserError: the disk of the folder is full.
    """
    try:
        yield
    except Exception as error:
        full = find_full_disk(error)
        if full is None or isinstance(error, UserError):
            raise
        _release_files(error)
        raise make_full_disk_error(folder, use, full.errno or errno.ENOSPC) from None


def make_full_disk_error(folder: Path, use: DiskUse, number: int = errno.ENOSPC) -> UserError:
    """Return the error for a disk without enough space.

    Args:
        folder: the folder to write to; may not exist.
        use: what is to be written.
        number: error number of the operating system.
    """
    existing = next(candidate for candidate in (folder, *folder.absolute().parents) if candidate.exists())
    facts = [f"{shutil.disk_usage(existing).free / 2**20:,.1f} MiB free there"]
    if use.title:
        nbytes = use.count_bytes()
        facts.append(f"{use.title} takes " + (f"at least {nbytes / 2**20:,.1f} MiB" if nbytes else "more"))
    return UserError(
        f"{folder} cannot be written to: {os.strerror(number).lower()} ({', '.join(facts)}). Whole files are as they "
        f"were, and nothing half-made is left. Free some space and run again; {use.remedy}."
    )


def _release_files(error: BaseException | None) -> None:
    """Close the removed files that the frames of an error still hold; they would count as used space."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


def find_full_disk(error: BaseException) -> OSError | None:
    """Find the full disk in the chain of an error, since libraries wrap it in errors of their own; None: no such."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, OSError) and link.errno in FULL_DISK_ERRNOS:
            return link
        link = link.__cause__ or link.__context__
    return None


def remove_partial_files(folder: Path) -> None:
    """Remove half-written files of killed processes from a folder that no other process writes to."""
    for path in folder.glob(".*.part"):
        path.unlink(missing_ok=True)


def _temporary_name(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
