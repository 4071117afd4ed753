"""Streams of UTF-8 from files that are compressed or in another encoding, recognized by the first bytes alone."""

import codecs
from typing import BinaryIO, Protocol

import pyarrow as pa

from neural_guide.runtime.foreign_files import GZIP, ZSTD, Encoding

INPUT_BYTES = 1 << 9  # compressed bytes decoded at a time; where some are damaged, the output of all is lost
UNWRITTEN = b"\xff"  # never occurs in UTF-8


class StreamError(ValueError):
    """A file cannot be read any further; the message gives reason and position."""


class Readable(Protocol):
    """A source of bytes; may raise StreamError."""

    def read(self, size: int, /) -> bytes:
        """Read up to `size` bytes; none at the end."""


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
        self._error: StreamError | None = None

    def read(self, size: int) -> bytes:
        """Read up to `size` plain bytes; none at the end.

        Raises:
            StreamError: the data is cut off or damaged; earlier calls have returned all bytes before that.
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
            self._error = StreamError(f"the {self._kind} data {fact} near its byte {self.stored_bytes:,}")
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
            raise StreamError(f"it cannot be read near its byte {self.stored_bytes:,} ({error.strerror})") from None


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


class Utf8Stream:
    """A forward-only stream of UTF-8 from text in UTF-16 or UTF-32.

    Args:
        stream: text in the encoding.
        encoding: as `foreign_files.detect_encoding` returns it.
        head: the first bytes of the text, which were read from the stream before.
    """

    def __init__(self, stream: Readable, encoding: Encoding, head: bytes) -> None:
        self._stream = stream
        self._head = head[encoding.mark_bytes :]
        self._codec = encoding.codec
        self._decoder = codecs.getincrementaldecoder(self._codec)()
        self._read_bytes = encoding.mark_bytes
        self._error: StreamError | None = None

    def read(self, size: int) -> bytes:
        """Read the UTF-8 of up to `size` stored bytes; none at the end.

        Raises:
            StreamError: the text is damaged; earlier calls have returned all characters before that.
        """
        if self._error:
            raise self._error
        while True:
            payload = self._head or self._stream.read(size)
            self._head = b""
            text = self._decode(payload, is_last=not payload)
            self._read_bytes += len(payload)
            if text or not payload:
                return text.encode()

    def _decode(self, payload: bytes, *, is_last: bool) -> str:
        """Decode the next bytes; where some are damaged, those before them, and keep the error for the next call."""
        try:
            return self._decoder.decode(payload, is_last)
        except UnicodeDecodeError as error:
            name, at = self._codec[:6].upper(), self._read_bytes + len(payload) - len(error.object) + error.start
            self._error = StreamError(f"the {name} text is damaged near its byte {at:,} ({error.reason})")
            text = error.object[: error.start].decode(self._codec)
            if not text:
                raise self._error from None
            return text
