"""A dataset as files of raw bytes, with stamps and digests of their content; nothing is decoded."""

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
        name: name of the file in errors; a URL without the part after its `?`, which may be a signature.
        size: stored bytes; None: the server does not tell.
        stamp: value that changes with the content: nanoseconds of the last change, or the server's equivalent.
        open: function that returns a forward-only stream of the stored bytes, not decompressed. Raises UserError.
    """

    name: str
    size: int | None
    stamp: str | int
    open: Callable[[], BinaryIO] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Source:
    """The files that are read one after another as one dataset.

    Attributes:
        path: the path as the user wrote it, without the part after the `?` of a URL.
        files: at least one, sorted by name.
        home: path that prepared data is put beside: the file itself; for a glob a name, made from the pattern, in
            the folder where the pattern begins; None for a URL.
    """

    path: str
    files: tuple[SourceFile, ...]
    home: Path | None

    @property
    def size(self) -> int | None:
        """Stored bytes of all files; None where the size of one is not known."""
        sizes = [file.size for file in self.files]
        return None if None in sizes else sum(size or 0 for size in sizes)

    def stamp(self) -> list[list[str | int | None]]:
        """Return name, size and stamp of each file; it changes when a file appears, disappears or changes."""
        return [[file.name.rpartition("/")[2], file.size, file.stamp] for file in self.files]

    def digest(self, on_byte: Callable[[int], None] | None = None) -> str:
        """Return a hash of the content; of a URL a hash of the stamps, so that nothing is downloaded twice.

        Args:
            on_byte: callback of the progress: the number of bytes hashed so far; None: none.
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
            digest.update(f"end of file {done}".encode())  # two files differ from one file of the same bytes
        return digest.hexdigest()
