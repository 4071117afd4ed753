"""Decompression of files. The format is recognized by the first bytes, never by the file's name."""

from typing import BinaryIO

import pyarrow as pa

GZIP = (b"\x1f\x8b",)
ZSTD = (b"\x28\xb5\x2f\xfd", *(bytes([0x50 + low, 0x2A, 0x4D, 0x18]) for low in range(16)))  # or a skippable frame
INPUT_BYTES = 1 << 9  # compressed bytes decoded at a time; where some are damaged, the output of all is lost
UNWRITTEN = b"\xff"  # never occurs in UTF-8


class CompressionError(ValueError):
    """A file cannot be read any further; the message gives reason and position."""


class DecompressedStream:
    """A forward-only stream of plain bytes from a file that is plain, gzip or zstd.

    Gzip may have several members, zstd several frames. Memory does not depend on the size of the output.

    Attributes:
        stored_bytes: bytes read from the file so far, as they are stored.
    """

    def __init__(self, raw: BinaryIO) -> None:
        self.stored_bytes = 0
        self._raw = raw
        self._head = b""
        while len(self._head) < 4 and (more := self._fetch(4 - len(self._head))):
            self._head += more
        self._kind = "gzip" if self._head.startswith(GZIP) else "zstd" if self._head.startswith(ZSTD) else None
        self._codec = (
            pa.CompressedInputStream(pa.PythonFile(_StoredBytes(self), mode="r"), self._kind) if self._kind else None
        )
        self._error: CompressionError | None = None

    def read(self, size: int) -> bytes:
        """Read up to `size` plain bytes; none at the end.

        Raises:
            CompressionError: the data is cut off or damaged; earlier calls have returned all bytes before that.
        """
        if self._codec is None:
            return self.read_stored(size)
        if self._error:
            raise self._error
        buffer = bytearray(UNWRITTEN * size)
        try:
            return bytes(memoryview(buffer)[: self._codec.readinto(buffer)])
        except OSError as error:  # pyarrow has written the output before the damage
            fact = "is cut off" if "Truncated" in str(error) else "is damaged"
            self._error = CompressionError(f"the {self._kind} data {fact} near its byte {self.stored_bytes:,}")
        output = bytes(buffer.rstrip(UNWRITTEN))
        if not output:
            raise self._error
        return output

    def read_stored(self, size: int) -> bytes:
        """Read up to `size` bytes as they are stored."""
        if self._head:
            data, self._head = self._head, b""
        else:
            data = self._fetch(size)
        self.stored_bytes += len(data)
        return data

    def _fetch(self, size: int) -> bytes:
        try:
            return self._raw.read(size)
        except OSError as error:
            raise CompressionError(
                f"it cannot be read near its byte {self.stored_bytes:,} ({error.strerror})"
            ) from None


class _StoredBytes:
    """The stored bytes as the file object that pyarrow needs; at most `INPUT_BYTES` a read."""

    closed = False

    def __init__(self, stream: DecompressedStream) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        return self._stream.read_stored(min(size, INPUT_BYTES))

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        """Do nothing; the opener closes the file."""
