"""Files that are read up to a limit or written whole or not at all, and disks that are full."""

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neural_guide.errors import UserError

FULL_DISK_ERRNOS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # disk, quota or the limit of the shell


def read_limited(path: Path, limit: int, kind: str) -> bytes:
    """The content of a file of others, which may be anything.

    Args:
        path: the file.
        limit: bytes; no sensible file is larger.
        kind: what the file should be, as the error says it.

    Raises:
        UserError: it is larger, or cannot be read.
    """
    try:
        with path.open("rb") as stream:
            payload = stream.read(limit + 1)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}. Name a file that can.") from None
    if len(payload) > limit:
        raise UserError(f"{path} is larger than {limit >> 20} MiB; no {kind} is. Name another file.")
    return payload


@contextlib.contextmanager
def replace_file(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` to write to; synced and renamed to `path` when the block ends.

    Whatever happens in between, and however the process is killed, `path` holds what it held before or all of
    the new content.

    Raises:
        UserError: the disk is full; the temporary file is gone and `path` is as it was.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    with explain_full_disk(path.parent):
        try:
            yield temporary
            with temporary.open("rb") as stream:
                os.fsync(stream.fileno())
            temporary.replace(path)
            _sync_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Write sorted, indented JSON whole or not at all."""
    with replace_file(path) as temporary:
        temporary.write_text(json.dumps(values, indent=2, sort_keys=True) + "\n")


@contextlib.contextmanager
def explain_full_disk(folder: Path) -> Iterator[None]:
    """Say in one line that the disk of a folder is full, whatever a library makes of it.

    Raises:
        UserError: something in the block found the disk full.
    """
    try:
        yield
    except Exception as error:
        full = find_full_disk(error)
        if full is None or isinstance(error, UserError):
            raise
        free = shutil.disk_usage(folder).free / 2**20
        raise UserError(
            f"{folder} cannot be written to: {os.strerror(full.errno or 0).lower()} ({free:,.0f} MiB free there). "
            "Whole files and checkpoints are as they were. Free some space and run again; training goes on with "
            "resume=auto."
        ) from None


def find_full_disk(error: BaseException) -> OSError | None:
    """The full disk behind an error, wherever in its chain; libraries wrap it in errors of their own."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in FULL_DISK_ERRNOS:
            return seen
        seen = seen.__cause__ or seen.__context__
    return None


def remove_partial_files(folder: Path) -> None:
    """Delete what killed processes left half-written in a folder that nobody else writes to."""
    for path in folder.glob(".*.part"):
        path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
