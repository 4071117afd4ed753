"""Plain bytes of a file that may be compressed; what it is, is told from its first bytes, never from its name."""

from typing import BinaryIO

import pyarrow as pa

GZIP = (b"\x1f\x8b",)
ZSTD = (b"\x28\xb5\x2f\xfd", *(bytes([0x50 + low, 0x2A, 0x4D, 0x18]) for low in range(16)))  # or a skippable frame
STORED_PIECE = 1 << 9  # bytes of compressed data taken at a time: damage in them costs what else they hold
UNWRITTEN = b"\xff"  # no byte of UTF-8


class CompressionError(ValueError):
    """A file whose bytes go no further; the message says why and where."""


class Plain:
    """Reads forward; decompresses gzip (several members too) and zstd (several frames too) as it goes.

    Memory does not depend on how much comes out.

    Attributes:
        stored: bytes taken from the file so far, compressed where it is.
    """

    def __init__(self, raw: BinaryIO) -> None:
        self.stored = 0
        self._raw = raw
        self._head = b""
        while len(self._head) < 4 and (more := self._fetch(4 - len(self._head))):
            self._head += more
        self._kind = "gzip" if self._head.startswith(GZIP) else "zstd" if self._head.startswith(ZSTD) else None
        self._codec = (
            pa.CompressedInputStream(pa.PythonFile(_Pieces(self), mode="r"), self._kind) if self._kind else None
        )
        self._error: CompressionError | None = None

    def read(self, size: int) -> bytes:
        """Up to `size` plain bytes; none at the end.

        Raises:
            CompressionError: the data is cut off or damaged; all that came out before has been handed out.
        """
        if self._codec is None:
            return self.take(size)
        if self._error:
            raise self._error
        buffer = bytearray(UNWRITTEN * size)
        try:
            return bytes(memoryview(buffer)[: self._codec.readinto(buffer)])
        except OSError as error:  # pyarrow has written what came out before
            what = "is cut off" if "Truncated" in str(error) else "is damaged"
            self._error = CompressionError(f"the {self._kind} data {what} near its byte {self.stored:,}")
        before = bytes(buffer.rstrip(UNWRITTEN))
        if not before:
            raise self._error
        return before

    def take(self, size: int) -> bytes:
        """Up to `size` bytes as they are stored."""
        if self._head:
            data, self._head = self._head, b""
        else:
            data = self._fetch(size)
        self.stored += len(data)
        return data

    def _fetch(self, size: int) -> bytes:
        try:
            return self._raw.read(size)
        except OSError as error:
            raise CompressionError(f"it cannot be read near its byte {self.stored:,} ({error.strerror})") from None


class _Pieces:
    """What pyarrow wants of a Python file; hands out little at a time."""

    closed = False

    def __init__(self, plain: Plain) -> None:
        self._plain = plain

    def read(self, size: int) -> bytes:
        return self._plain.take(min(size, STORED_PIECE))

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        """The file is closed by who opened it."""
