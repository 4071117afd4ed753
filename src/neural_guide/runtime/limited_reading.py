"""Reading of a whole file that somebody else wrote: of limited size, in UTF-8, and without waiting for ever."""

import io
import os
import select
import stat
from pathlib import Path

from neural_guide.errors import UserError
from neural_guide.runtime.foreign_files import GZIP, HEAD_BYTES, ZSTD, detect_encoding, explain_format

PATIENCE = 30.0  # seconds without a byte after which a pipe counts as dead
_BLOCK = 1 << 16  # bytes of a pipe that are read at once


def read_limited(path: Path, limit: int, kind: str) -> bytes:
    """Read a file of JSON that may hold anything; gzip and zstd are decompressed, UTF-16 and UTF-32 become UTF-8.

    Args:
        path: the file, which may be a pipe.
        limit: largest size in bytes of a sensible file, before and after decompression.
        kind: name of what the file should be, for the error.

    Raises:
        UserError: it is larger, cannot be read, is of another format, or is a pipe that nobody writes to.
    """
    try:
        with open(path, "rb", buffering=0, opener=_open_without_waiting) as stream:
            is_file = stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
            payload = (io.BufferedReader(stream) if is_file else _Pipe(stream, path)).read(limit + 1)
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"{path} cannot be read: {reason}. Name a file that can.") from None
    if payload.startswith((*GZIP, *ZSTD)):
        payload = _decompress(payload, limit + 1, path)
    if len(payload) > limit:
        raise UserError(f"{path} is larger than {limit >> 20} MiB; no {kind} is. Name another file.")
    text = _convert_to_utf8(payload)
    if explanation := explain_format(text[:HEAD_BYTES]):
        raise UserError(f"{path} is {explanation}.")
    return text


def _open_without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe without a writer opens at once too."""
    return os.open(path, flags | os.O_NONBLOCK)


class _Pipe:
    """A pipe or device, read to its end with a limit on every wait."""

    def __init__(self, stream: io.FileIO, path: Path) -> None:
        self._stream = stream
        self._path = path

    def read(self, size: int) -> bytes:
        """Read up to `size` bytes. Raises UserError where no byte arrives for `PATIENCE` seconds."""
        poll = select.poll()
        poll.register(self._stream, select.POLLIN)
        parts: list[bytes] = []
        while size > 0:
            if not poll.poll(PATIENCE * 1000):
                raise UserError(
                    f"{self._path} is a pipe or a device, and no byte has arrived for {PATIENCE:.0f} s. Start the "
                    "command that writes to it, or name a file."
                )
            block = self._stream.read(min(size, _BLOCK))
            if not block:
                break
            parts.append(block)
            size -= len(block)
        return b"".join(parts)


def _decompress(payload: bytes, size: int, path: Path) -> bytes:
    """Decompress gzip or zstd to at most `size` bytes."""
    from neural_guide.runtime.decompression import DecompressedStream, StreamError  # pyarrow only where it is needed

    stream, parts = DecompressedStream(io.BytesIO(payload)), []
    try:
        while size > 0 and (part := stream.read(min(size, _BLOCK))):
            parts.append(part)
            size -= len(part)
    except StreamError as error:
        raise UserError(f"{path} cannot be decompressed: {error}. Download or compress it again.") from None
    return b"".join(parts)


def _convert_to_utf8(payload: bytes) -> bytes:
    """Convert UTF-16 and UTF-32 to UTF-8; return anything else, and what cannot be converted, unchanged."""
    encoding = detect_encoding(payload)
    if encoding is None:
        return payload
    try:
        return payload[encoding.mark_bytes :].decode(encoding.codec).encode()
    except UnicodeError:
        return payload
