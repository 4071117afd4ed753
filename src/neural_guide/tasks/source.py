"""Where a dataset lies: a local file, a glob of files, or a URL that fsspec opens; raw bytes, nothing decoded."""

import glob
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from neural_guide.errors import UserError

URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://")
MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class SourceFile:
    """One file of a dataset.

    Attributes:
        name: the file, as errors name it; of a URL without what follows a `?`, which may be a signature.
        size: stored bytes; None where the server does not say.
        stamp: changes when the content does: nanoseconds of the last change, or what the server has instead.
        open: the stored bytes from the start, not decompressed; read forward only. Raises UserError.
    """

    name: str
    size: int | None
    stamp: str | int
    open: Callable[[], BinaryIO] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Source:
    """The files that are read one after the other as one dataset.

    Attributes:
        path: as the user wrote it, but for what follows the `?` of a URL.
        files: at least one, sorted by name.
        home: what prepared data lies beside: the file itself; for a glob a name, made from the pattern, in the
            folder where the pattern begins; None for a URL.
    """

    path: str
    files: tuple[SourceFile, ...]
    home: Path | None

    @property
    def size(self) -> int | None:
        """Stored bytes of all files; None where it is not known of one."""
        sizes = [file.size for file in self.files]
        return None if None in sizes else sum(size or 0 for size in sizes)

    def stamp(self) -> list[list[str | int | None]]:
        """What tells at a glance that a file has come, gone or changed: name, size and stamp of each."""
        return [[file.name.rpartition("/")[2], file.size, file.stamp] for file in self.files]

    def digest(self, on_byte: Callable[[int], None] | None = None) -> str:
        """A hash of the content; of a URL the hash of its stamps, so that nothing is downloaded twice.

        Args:
            on_byte: told now and then how many bytes were hashed.
        """
        digest = hashlib.blake2b(digest_size=16)
        if self.home is None:
            digest.update(json.dumps([self.path, self.stamp()]).encode())
            return digest.hexdigest()
        done = 0
        for file in self.files:
            with file.open() as stream:
                while chunk := stream.read(1 << 20):
                    digest.update(chunk)
                    done += len(chunk)
                    if on_byte:
                        on_byte(done)
            digest.update(f"end of file {done}".encode())  # two files are not one of the same bytes
        return digest.hexdigest()


def find_source(path: str | Path) -> Source:
    """The files that a path, a glob or a URL names.

    Raises:
        UserError: there is nothing, or it cannot be reached.
    """
    text = str(path).removeprefix("file://")
    if URL.match(text):
        from neural_guide.tasks.remote import find_remote  # fsspec only where a URL needs it

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
