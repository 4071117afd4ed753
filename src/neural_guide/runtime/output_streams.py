"""Standard output and standard error that no command fails for: signs that do not fit, readers that went away."""

import errno
import io
import os
import sys

from neural_guide.runtime.atomic_files import FULL_DISK_ERRNOS

READER_GONE = {errno.EPIPE, errno.EIO, errno.EBADF, errno.ENXIO, errno.ECONNRESET, *FULL_DISK_ERRNOS}
"""Errors of writing when a pipe was closed, as by `head`, a terminal was lost, or a log fills its disk."""
FAILING = ("strict", "surrogateescape")  # error handlers that raise for a sign that the encoding lacks


class OutputStream(io.TextIOWrapper):
    """A stream to a file descriptor. Once its reader is gone, what is written is dropped.

    Args:
        stream: standard output or standard error as Python opened it; its encoding and buffering are kept.
    """

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self._descriptor = stream.fileno()
        raw = io.FileIO(self._descriptor, "w", closefd=False)
        super().__init__(
            io.BufferedWriter(raw),
            encoding=stream.encoding,
            errors="replace" if stream.errors in FAILING else stream.errors,
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )

    def write(self, text: str) -> int:
        """Write a text; return its length, also where nobody reads it."""
        try:
            return super().write(text)
        except OSError as error:
            self._drop(error)
            return len(text)

    def flush(self) -> None:
        """Hand on what is buffered."""
        try:
            super().flush()
        except OSError as error:
            self._drop(error)

    def _drop(self, error: OSError) -> None:
        """Lead the descriptor to nowhere, for this process and those that it starts; keep any other error."""
        if error.errno not in READER_GONE:
            raise error
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._descriptor)
        os.close(nowhere)


def protect_output() -> None:
    """Replace standard output and standard error of this process by streams that commands do not fail for."""
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if stream is None:  # closed by who started the command
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - for the process's life
        elif isinstance(stream, io.TextIOWrapper) and not isinstance(stream, OutputStream):
            try:
                is_standard = stream.fileno() == descriptor
            except (OSError, ValueError):
                continue
            if is_standard:
                stream.flush()
                setattr(sys, name, OutputStream(stream))
