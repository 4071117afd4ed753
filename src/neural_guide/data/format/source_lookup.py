"""Lookup of a dataset: a local file, a glob of files, or a URL that fsspec opens."""

import glob
import hashlib
import re
from pathlib import Path
from typing import BinaryIO

from neural_guide.data.format.source import Source, SourceFile
from neural_guide.errors import UserError

URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://")
MAGIC = re.compile(r"[*?\[]")


def find_source(path: str | Path) -> Source:
    """The files that a path, a glob or a URL names.

    Raises:
        UserError: there is nothing, or it cannot be reached.
    """
    text = str(path).removeprefix("file://")
    if URL.match(text):
        from neural_guide.data.format.remote_source import find_remote  # fsspec only where a URL needs it

        return find_remote(text)
    if MAGIC.search(text) and not Path(text).exists():
        return _find_glob(text)
    return Source(text, (_local(Path(text)),), Path(text))


def _find_glob(pattern: str) -> Source:
    """Files that match, sorted; what a store or an unfinished write left beside them is no data."""
    found = (Path(name) for name in sorted(glob.glob(pattern, recursive=True)))  # noqa: PTH207 - Path.glob takes no absolute pattern
    files = [path for path in found if path.is_file() and not any(part.endswith(".store") for part in path.parts)]
    if not files:
        raise UserError(f"No file matches {pattern}. Quote the pattern in a shell, and check it with: ls {pattern}")
    parts = Path(pattern).parts
    fixed = next(number for number, part in enumerate(parts) if MAGIC.search(part))
    name = "_".join(re.sub(r"[*?\[\]!]+", "_", part) for part in parts[fixed:])
    unique = hashlib.blake2b("/".join(parts[fixed:]).encode(), digest_size=4).hexdigest()
    return Source(pattern, tuple(map(_local, files)), Path(*parts[:fixed]) / f"{name}-{unique}")


def _local(path: Path) -> SourceFile:
    try:
        stat = path.stat()
        if path.is_dir():
            raise UserError(f"{path} is a folder, not a dataset. For all files in it: data.path='{path}/*.json'")
        return SourceFile(str(path), stat.st_size, stat.st_mtime_ns, lambda: _open_local(path))
    except OSError as error:
        raise _unreadable(path, error) from None
    except ValueError:  # a null character
        raise UserError(f"{str(path)!r} is no path: it holds a null character.") from None


def _open_local(path: Path) -> BinaryIO:
    try:
        return path.open("rb", buffering=0)
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> UserError:
    if isinstance(error, FileNotFoundError):
        return UserError(f"{path} does not exist. Make it with: python -m neural_guide.generate data.path={path}")
    return UserError(f"{path} cannot be read: {error.strerror}.")
