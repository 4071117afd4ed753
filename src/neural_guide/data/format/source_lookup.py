"""Lookup of a dataset: a local file, a glob of files, or a URL that fsspec opens."""

import glob
import hashlib
import re
import stat as stat_modes
from pathlib import Path
from typing import BinaryIO

from neural_guide.app.quoting import format_override
from neural_guide.arc.grid_json import BOM
from neural_guide.data.format.foreign_records import explain_foreign_records
from neural_guide.data.format.json_stream import HEAD
from neural_guide.data.format.source import Source, SourceFile
from neural_guide.errors import UserError

URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://")
GLOB_MAGIC = re.compile(r"[*?\[]")


def find_source(path: str | Path) -> Source:
    """Find the files of a path, a glob or a URL.

    Raises:
        UserError: no file matches, or it cannot be read.
    """
    text = str(path).removeprefix("file://")
    if URL.match(text):
        from neural_guide.data.format.remote_source import find_remote  # fsspec only where a URL needs it

        return find_remote(text)
    if GLOB_MAGIC.search(text) and not Path(text).exists():
        return _find_glob(text)
    return Source(text, (_make_source_file(Path(text)),), Path(text))


def _find_glob(pattern: str) -> Source:
    """Find the files that match, sorted; files inside stores are left out."""
    matches = (Path(name) for name in sorted(glob.glob(pattern, recursive=True)))  # noqa: PTH207 - Path.glob takes no absolute pattern
    files = [path for path in matches if not path.is_dir() and not any(part.endswith(".store") for part in path.parts)]
    if not files:
        raise UserError(f"No file matches {pattern}. Quote the pattern in a shell, and check it with: ls {pattern}")
    parts = Path(pattern).parts
    fixed = next(number for number, part in enumerate(parts) if GLOB_MAGIC.search(part))
    name = "_".join(re.sub(r"[*?\[\]!]+", "_", part) for part in parts[fixed:])
    unique = hashlib.blake2b("/".join(parts[fixed:]).encode(), digest_size=4).hexdigest()
    return Source(pattern, tuple(map(_make_source_file, files)), Path(*parts[:fixed]) / f"{name}-{unique}")


def _make_source_file(path: Path) -> SourceFile:
    try:
        stat = path.stat()
        if path.is_dir():
            raise _make_folder_error(path)
        if stat_modes.S_ISFIFO(stat.st_mode) or stat_modes.S_ISCHR(stat.st_mode):
            raise UserError(
                f"{path} is a pipe or a device; a dataset is a file, read more than once. Write it to one first: "
                "COMMAND > data.json"
            )
        return SourceFile(str(path), stat.st_size, stat.st_mtime_ns, lambda: _open_file(path))
    except OSError as error:
        raise _make_read_error(path, error) from None
    except ValueError:  # a null character
        raise UserError(f"{str(path)!r} is no path: it holds a null character.") from None


def _make_folder_error(folder: Path) -> UserError:
    """Return the error for a folder; it names ARC tasks where the first file holds some."""
    for path in sorted(folder.glob("*.json"))[:1]:
        with path.open("rb") as stream:
            head = stream.read(HEAD)
        if explanation := explain_foreign_records(head.removeprefix(BOM).lstrip()):
            return UserError(f"{folder} is a folder, and its {path.name} holds {explanation}.")
    return UserError(f"{folder} is a folder, not a dataset. For all files in it: data.path='{folder}/*.json'")


def _open_file(path: Path) -> BinaryIO:
    try:
        return path.open("rb", buffering=0)
    except OSError as error:
        raise _make_read_error(path, error) from None


def _make_read_error(path: Path, error: OSError) -> UserError:
    if isinstance(error, FileNotFoundError):
        command = f"python -m neural_guide.generate {format_override('data.path', path)}"
        return UserError(f"{path} does not exist. Make it with: {command}")
    return UserError(f"{path} cannot be read: {error.strerror}.")
