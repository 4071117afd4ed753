"""Checksums of a store's files. They detect every byte that changes after the store was built, before it is used.

Each file `name` has `name.sums` beside it: 64-bit integers, in this order: the file's size in bytes, its rows, the
rows of a chunk, the number of chunks, the byte at which each chunk begins, the XXH3 of each block of 64 KiB, and the
XXH3 of all these integers.
"""

import contextlib
import mmap
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from xxhash import xxh3_64_intdigest

from neural_guide.errors import UserError

BLOCK = 1 << 16  # bytes under one checksum; the rows of a first batch lie in blocks of their own
SUFFIX = ".sums"


class DamagedError(UserError):
    """A file of a store has changed since it was written."""


def locate_checksums(path: Path) -> Path:
    """Return the path of the checksums of a file."""
    return path.with_name(path.name + SUFFIX)


def write_checksums(path: Path, chunk_starts: Sequence[int] = (), chunk_rows: int = 0, rows: int = 0) -> None:
    """Write the checksums of a finished file.

    Args:
        path: the file.
        chunk_starts: the byte at which each chunk of rows begins, in a file of rows.
        chunk_rows: rows of each chunk but the last.
        rows: rows of the file.
    """
    with path.open("rb", buffering=0) as stream:
        blocks = [xxh3_64_intdigest(block) for block in iter(lambda: stream.read(BLOCK), b"")]
    head = [path.stat().st_size, rows, chunk_rows, len(chunk_starts), *chunk_starts]
    payload = np.array([*head, *blocks], "<u8").tobytes()
    locate_checksums(path).write_bytes(payload + xxh3_64_intdigest(payload).to_bytes(8, "little"))


class CheckedFile:
    """A file of a store, open as long as this object lives. Removing the file does not disturb its readers.

    Attributes:
        path: the path that was opened.
        size: bytes of the file.
        rows: rows of a file of rows; 0 for other files.
        chunk_starts: int64 [chunk], the byte at which each chunk of rows begins.
        chunk_rows: rows of each chunk but the last.

    Raises:
        DamagedError: the file has another length than it was written with, or its checksums are damaged.
        OSError: the file or its checksums cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stream = path.open("rb", buffering=0)
        raw = locate_checksums(path).read_bytes()
        if len(raw) < 40 or len(raw) % 8 or xxh3_64_intdigest(raw[:-8]).to_bytes(8, "little") != raw[-8:]:
            raise self._make_error(f"{locate_checksums(path)} was cut off or changed")
        numbers = np.frombuffer(raw[:-8], "<u8")
        self.size, self.rows, self.chunk_rows, chunks = numbers[:4].tolist()
        self.chunk_starts: npt.NDArray[np.int64] = numbers[4 : 4 + chunks].astype(np.int64)
        self._checksums: list[int] = numbers[4 + chunks :].tolist()
        self._is_checked = np.zeros(len(self._checksums), bool)
        self._unchecked = len(self._checksums)
        if os.fstat(self.handle).st_size != self.size:
            raise self._make_error(f"{path} has {os.fstat(self.handle).st_size:,} bytes, not the {self.size:,} written")

    @property
    def handle(self) -> int:
        """The open file's descriptor."""
        return self._stream.fileno()

    def check_all(self) -> None:
        """Check every byte. Raises DamagedError."""
        self._check(range(len(self._checksums)))

    def check_ends(self, begin: int, end: int) -> None:
        """Check the blocks before byte `begin` and from byte `end` on. Raises DamagedError."""
        ends = (block for block in range(len(self._checksums)) if block * BLOCK < begin or block * BLOCK + BLOCK > end)
        self._check(list(ends))

    def check_spans(self, starts: npt.NDArray[np.int64], length: int) -> None:
        """Check spans before they are read. Each block is checked only once, so later reads cost nothing.

        Args:
            starts: int64 [span], the first byte of each span.
            length: bytes of each span.

        Raises:
            DamagedError: a byte of their blocks has changed.
        """
        if self._unchecked and starts.size:
            offsets = np.append(np.arange(0, length - 1, BLOCK), length - 1)  # every block of a long span is met
            blocks = (starts[:, None] + offsets) // BLOCK
            if not (checked := self._is_checked[blocks]).all():
                self._check(sorted(set(blocks[~checked].tolist())))  # np.unique would import masked arrays

    def _check(self, blocks: Sequence[int]) -> None:
        for block in blocks:
            if xxh3_64_intdigest(os.pread(self.handle, BLOCK, block * BLOCK)) != self._checksums[block]:
                last = min(self.size, (block + 1) * BLOCK) - 1
                raise self._make_error(
                    f"{self.path}: bytes {block * BLOCK:,} to {last:,} changed since they were written"
                )
        self._is_checked[blocks] = True
        self._unchecked = len(self._is_checked) - int(np.count_nonzero(self._is_checked))

    def _make_error(self, fact: str) -> DamagedError:
        """Return the error, and remove the damaged file, so that the next opening finds the store unfinished."""
        with contextlib.suppress(OSError):
            if self.path.stat().st_ino == os.fstat(self.handle).st_ino:  # not one that was built meanwhile
                self.path.unlink()
        remedy = f"Delete {self.path.parent}, then run again" if self.path.exists() else "Run again"
        return DamagedError(
            f"{fact} (checksum). Prepared data must be as it was built; the dataset itself is untouched. "
            f"{remedy}: it is built anew."
        )


def map_checked(path: Path) -> mmap.mmap:
    """Check a whole file, then map it read-only.

    The check reads the file instead of mapping it, so only pages that are accessed later count as memory.

    Raises:
        DamagedError: the file has changed since it was written.
        OSError: the file cannot be opened.
    """
    file = CheckedFile(path)
    file.check_all()
    return mmap.mmap(file.handle, 0, access=mmap.ACCESS_READ)
