"""Cuts a stream of JSON into its records, in constant memory; what is in a record is read elsewhere.

A record is a JSON object in an array, or one of several objects with nothing but white space between them
(JSON Lines). Strings are skipped as strings and braces are counted, so text that looks like the end of a
record does no harm.
"""

import re
from collections.abc import Iterator
from typing import Protocol

from neural_guide.arc.grid_json import BOM, MAX_RECORD
from neural_guide.data.format.decompression import CompressionError
from neural_guide.errors import UserError

CHUNK = 1 << 20  # bytes read at a time
MAX_DEPTH = 64  # objects inside objects
UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # its marks: what a Windows shell writes with `>`

_SPACE = rb"[ \t\r\n]*+"
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
# Possessive throughout: no backtracking, so time is linear in the bytes whatever they are.
_FLAT = rb'\{[^"{}]*+(?:' + _STRING + rb'[^"{}]*+)*+\}'  # an object without objects in it
_SKIP = re.compile(_SPACE)
_FLAT_RECORD = re.compile(_FLAT, re.DOTALL)
_TO_FIRST = re.compile(_SPACE + rb"(?=\{)")
_TO_NEXT_IN_ARRAY = re.compile(_SPACE + rb"," + _SPACE + rb"(?=\{)")
_TOKEN = re.compile(_STRING + rb"|[{}\"]", re.DOTALL)


class Readable(Protocol):
    """What bytes come from; may raise CompressionError."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""


class RecordSplitter:
    """Iterates over (byte position, JSON bytes) of each record of a stream.

    Args:
        stream: plain JSON.
        source: the file, as errors name it.
        before: records of the dataset that were read from other files.

    Attributes:
        found: records of this stream handed out so far.
        array: whether the stream is a JSON array; None before the first byte is read.

    Raises (while iterating):
        UserError: the stream is no array of objects and no JSON Lines, is cut off, or holds a record that is
            absurdly large or deep; with the position and what was readable before it.
    """

    def __init__(self, stream: Readable, source: str, before: int = 0) -> None:
        self.found = 0
        self.array: bool | None = None
        self._stream = stream
        self._source = source
        self._before = before
        self._buffer = b""
        self._at = 0  # position in the buffer
        self._base = 0  # position of the buffer in the stream
        self._ended = False
        self._comma_due = False

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        self._open()
        while True:
            between = (_TO_NEXT_IN_ARRAY if self._comma_due else _TO_FIRST).match(self._buffer, self._at)
            payload = self._flat_record(between.end()) if between else None
            if between is None or payload is None:  # the end of the buffer, of the stream, or something unusual
                span = self._slow_step()
                if span is None:
                    return
                start, self._at = span
                if start == self._at:
                    continue
                payload = self._buffer[start : self._at]
            else:
                start = between.end()
                self._at = start + len(payload)
            self.found += 1
            self._comma_due = bool(self.array)
            yield self._base + start, payload

    def _flat_record(self, start: int) -> bytes | None:
        """The record that begins here; None where it holds other objects or ends behind the buffer."""
        payload = self._buffer[start : self._buffer.find(b"}", start) + 1]
        # Without escapes a brace stands outside of texts where the quotes before it are even.
        if payload.count(b'"') & 1 or b"\\" in payload or payload.find(b"{", 1) > 0:
            match = _FLAT_RECORD.match(self._buffer, start)
            return match[0] if match else None
        return payload or None

    def _open(self) -> None:
        """Read the first bytes and see whether they begin an array or an object."""
        while len(self._buffer) < len(BOM) and not self._ended:
            self._refill()
        if self._buffer.startswith(BOM):
            self._at = len(BOM)
        self._skip_space()
        first = self._buffer[self._at : self._at + 1]
        if not first:
            raise UserError(f"{self._source} is empty; a dataset is a JSON array of records.")
        if self._buffer.startswith(UTF_16):
            raise self._damage("not UTF-8 but UTF-16. Convert it: iconv -f UTF-16 -t UTF-8")
        if first not in b"[{":
            raise self._damage(f"not JSON records: found {_shown(first)}, expected '[' or '{{'")
        self.array = first == b"["
        self._at += int(self.array)

    def _slow_step(self) -> tuple[int, int] | None:
        """Span of the next record in the buffer; empty where more was read; None at the end."""
        self._skip_space()
        here = self._buffer[self._at : self._at + 1]
        if self._comma_due and here == b",":
            self._at += 1
            self._comma_due = False
            self._skip_space()
            here = self._buffer[self._at : self._at + 1]
            if here == b"]":
                raise self._damage("a comma with no record after it")
        if not here:
            if self.array:
                raise self._damage("the file is cut off: the array has no end")
            return None
        if here == b"]" and self.array:
            self._close()
            return None
        if here != b"{" or self._comma_due:
            expected = "',' or ']'" if self._comma_due else "a record, '{'"
            raise self._damage(f"found {_shown(here)}, expected {expected}")
        end = self._end_of_record()
        if end is None:
            self._refill()
            return self._at, self._at
        return self._at, end

    def _end_of_record(self) -> int | None:
        """Position after the object that begins here; None where the buffer ends before it does."""
        depth = 0
        for token in _TOKEN.finditer(self._buffer, self._at):
            text = token[0]
            if text == b'"':  # a string without an end so far
                break
            depth += (text == b"{") - (text == b"}")
            if depth > MAX_DEPTH:
                raise self._damage(f"a record has more than {MAX_DEPTH} objects inside each other")
            if depth == 0:
                return token.end()
        if self._ended:
            raise self._damage("the record that begins here has no end: it, or the file, is cut off")
        if len(self._buffer) - self._at > MAX_RECORD:
            raise self._damage(f"the record that begins here is larger than {MAX_RECORD >> 20} MiB, or has no end")
        return None

    def _close(self) -> None:
        """Check that nothing but white space follows the array."""
        self._at += 1
        self._skip_space()
        if self._at < len(self._buffer):
            raise self._damage(f"found {_shown(self._buffer[self._at : self._at + 1])} after the array's end")
        if self.found == 0:
            raise UserError(f"{self._source} holds an empty array; a dataset has at least one record.")

    def _skip_space(self) -> None:
        """Move to the next byte that is no white space, reading more where needed."""
        while True:
            match = _SKIP.match(self._buffer, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._buffer) or self._ended:
                return
            self._refill()

    def _refill(self) -> None:
        try:
            data = self._stream.read(CHUNK)
        except CompressionError as error:
            raise self._damage(str(error)) from None
        self._ended = not data
        self._base += self._at
        self._buffer = self._buffer[self._at :] + data
        self._at = 0

    def _damage(self, fact: str) -> UserError:
        return damage(self._source, self._base + self._at, fact, self._before + self.found)


def damage(source: str, byte: int, fact: str, readable: int) -> UserError:
    """The error for a file that cannot be read any further."""
    return UserError(
        f"{source}, byte {byte:,}: {fact}. {readable:,} records before it were readable. "
        "A dataset is a JSON array of records, or one record a line; mend the file or make it again."
    )


def _shown(byte: bytes) -> str:
    return repr(byte.decode("ascii")) if b"!" <= byte <= b"~" else f"byte 0x{byte.hex()}"
