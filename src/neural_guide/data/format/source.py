"""A dataset as files of raw bytes, and what tells one content from another; nothing is decoded."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO


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
