"""Split a stream of JSON into its records, in constant memory. Records are decoded in validation.py.

A record is a JSON object in an array, or one of several objects with nothing but white space between them
(JSON Lines). Strings are skipped and braces are counted, so text that looks like the end of a
record does no harm.
"""

import re
from collections.abc import Iterator

from neural_guide.arc.grid_json import BOM, MAX_RECORD
from neural_guide.data.format.foreign_records import WRAPPER, explain_foreign_records, explain_large_object
from neural_guide.errors import UserError
from neural_guide.runtime.decompression import Readable, StreamError, Utf8Stream
from neural_guide.runtime.foreign_files import HEAD_BYTES, detect_encoding, explain_format

CHUNK = 1 << 20  # bytes read at a time
HEAD = 1 << 14  # bytes that show the shape of a file
MAX_DEPTH = 64  # nested objects in a record

_SPACE = rb"[ \t\r\n]*+"
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
# Possessive throughout: no backtracking, so time is linear in the bytes whatever they are.
_FLAT = rb'\{[^"{}]*+(?:' + _STRING + rb'[^"{}]*+)*+\}'  # an object without nested objects
_SKIP = re.compile(_SPACE)
_FLAT_RECORD = re.compile(_FLAT, re.DOTALL)
_TO_FIRST = re.compile(_SPACE + rb"(?=\{)")
_TO_NEXT_IN_ARRAY = re.compile(_SPACE + rb"," + _SPACE + rb"(?=\{)")
_TOKEN = re.compile(_STRING + rb"|[{}\"]", re.DOTALL)


class RecordSplitter:
    """Iterator over (byte position, JSON bytes) of each record of a stream.

    Args:
        stream: plain JSON.
        source: name of the file in errors.
        earlier: number of records of the dataset that were read from other files.

    Attributes:
        count: records of this stream yielded so far.
        is_array: whether the stream is a JSON array; None before the first byte is read.

    Raises (while iterating):
        UserError: the stream is neither an array of objects nor JSON Lines, is cut off, or holds a record that is
            too large or too deeply nested. The message gives the position and the number of records before it.
    """

    def __init__(self, stream: Readable, source: str, earlier: int = 0) -> None:
        self.count = 0
        self.is_array: bool | None = None
        self._stream = stream
        self._source = source
        self._earlier = earlier
        self._buffer = b""
        self._at = 0  # position in the buffer
        self._base = 0  # position of the buffer in the stream
        self._is_at_end = False  # of the stream; the buffer may hold more
        self._expects_comma = False
        self._is_wrapped = False  # in an object with nothing but the array
        self._damage: StreamError | None = None  # met while the shape of the file was looked at

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        self._open()
        while True:
            separator = (_TO_NEXT_IN_ARRAY if self._expects_comma else _TO_FIRST).match(self._buffer, self._at)
            payload = self._match_flat_record(separator.end()) if separator else None
            if separator is None or payload is None:  # the end of the buffer, of the stream, or something unusual
                span = self._find_record()
                if span is None:
                    return
                start, self._at = span
                if start == self._at:
                    continue
                payload = self._buffer[start : self._at]
            else:
                start = separator.end()
                self._at = start + len(payload)
            self.count += 1
            self._expects_comma = bool(self.is_array)
            yield self._base + start, payload

    def _match_flat_record(self, start: int) -> bytes | None:
        """Return the record that begins here; None where it holds other objects or ends after the buffer."""
        payload = self._buffer[start : self._buffer.find(b"}", start) + 1]
        # Without escapes, a brace stands outside of strings if the number of quotes before it is even.
        if payload.count(b'"') & 1 or b"\\" in payload or payload.find(b"{", 1) > 0:
            match = _FLAT_RECORD.match(self._buffer, start)
            return match[0] if match else None
        return payload or None

    def _open(self) -> None:
        """Read the first bytes, which begin an array or an object."""
        self._fill_head()
        if encoding := detect_encoding(self._buffer):
            self._stream = Utf8Stream(self._stream, encoding, self._buffer)
            self._buffer, self._is_at_end, self._damage = b"", False, None  # the stream repeats its damage
            self._fill_head()
        if explanation := explain_format(self._buffer[:HEAD_BYTES]):
            raise UserError(f"{self._source} is {explanation}.")
        if self._buffer.startswith(BOM):
            self._at = len(BOM)
        self._skip_space()
        first = self._buffer[self._at : self._at + 1]
        if not first:
            raise UserError(f"{self._source} is empty; a dataset is a JSON array of records.")
        if first not in b"[{":
            raise self._make_damage_error(f"not JSON records: found {_quote_byte(first)}, expected '[' or '{{'")
        self._fill_head()
        if explanation := explain_foreign_records(self._buffer[self._at : self._at + HEAD]):
            raise UserError(f"{self._source}: {explanation}.")
        wrapper = WRAPPER.match(self._buffer, self._at)
        self._is_wrapped = wrapper is not None
        self.is_array = first == b"[" or self._is_wrapped
        self._at = wrapper.end() if wrapper else self._at + int(self.is_array)

    def _fill_head(self) -> None:
        """Read on until the shape of the file shows; the records before damage stay readable."""
        while len(self._buffer) - self._at < HEAD and not self._is_at_end and self._damage is None:
            self._refill(defers_damage=True)

    def _find_record(self) -> tuple[int, int] | None:
        """Return the span of the next record in the buffer; an empty span where more was read; None at the end."""
        self._skip_space()
        byte = self._buffer[self._at : self._at + 1]
        if self._expects_comma and byte == b",":
            self._at += 1
            self._expects_comma = False
            self._skip_space()
            byte = self._buffer[self._at : self._at + 1]
            if byte == b"]":
                raise self._make_damage_error("a comma with no record after it")
        if not byte:
            if self.is_array:
                raise self._make_damage_error("the file is cut off: the array has no end")
            return None
        if byte == b"]" and self.is_array:
            self._close()
            return None
        if byte != b"{" or self._expects_comma:
            expected = "',' or ']'" if self._expects_comma else "a record, '{'"
            raise self._make_damage_error(f"found {_quote_byte(byte)}, expected {expected}")
        end = self._find_end_of_record()
        if end is None:
            self._refill()
            return self._at, self._at
        return self._at, end

    def _find_end_of_record(self) -> int | None:
        """Return the position after the object that begins here; None where the buffer ends before it does."""
        depth = 0
        for token in _TOKEN.finditer(self._buffer, self._at):
            text = token[0]
            if text == b'"':  # a string without an end in the buffer
                break
            depth += (text == b"{") - (text == b"}")
            if depth > MAX_DEPTH:
                raise self._make_damage_error(f"a record has more than {MAX_DEPTH} objects inside each other")
            if depth == 0:
                return token.end()
        if self._is_at_end:
            raise self._make_damage_error("the record that begins here has no end: it, or the file, is cut off")
        if len(self._buffer) - self._at > MAX_RECORD:
            if self.count == 0 and (explanation := explain_large_object(self._buffer[self._at : self._at + HEAD])):
                raise UserError(f"{self._source}: {explanation}.")
            raise self._make_damage_error(
                f"the record that begins here is larger than {MAX_RECORD >> 20} MiB, or has no end"
            )
        return None

    def _close(self) -> None:
        """Check that only white space follows the array."""
        self._at += 1
        self._skip_space()
        if self._is_wrapped:
            if self._buffer[self._at : self._at + 1] != b"}":
                raise self._make_damage_error("the object around the array has other keys, or no end")
            self._at += 1
            self._skip_space()
        if self._at < len(self._buffer):
            raise self._make_damage_error(
                f"found {_quote_byte(self._buffer[self._at : self._at + 1])} after the array's end"
            )
        if self.count == 0:
            raise UserError(f"{self._source} holds an empty array; a dataset has at least one record.")

    def _skip_space(self) -> None:
        """Move to the next byte that is not white space; read more where needed."""
        while True:
            match = _SKIP.match(self._buffer, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._buffer) or self._is_at_end:
                return
            self._refill()

    def _refill(self, *, defers_damage: bool = False) -> None:
        """Read on; damage is an error, or is kept for the next call where that is wanted."""
        if self._damage is not None:
            raise self._make_damage_error(str(self._damage))
        try:
            data = self._stream.read(CHUNK)
        except StreamError as error:
            if defers_damage:
                self._damage = error
                return
            raise self._make_damage_error(str(error)) from None
        self._is_at_end = not data
        self._base += self._at
        self._buffer = self._buffer[self._at :] + data
        self._at = 0

    def _make_damage_error(self, fact: str) -> UserError:
        return make_damage_error(self._source, self._base + self._at, fact, self._earlier + self.count)


def make_damage_error(source: str, byte: int, fact: str, readable: int) -> UserError:
    """Return the error for a file that cannot be read any further.

    Args:
        source: name of the file.
        byte: position of the damage, from 0, after decompression.
        fact: description of the damage.
        readable: number of records of the dataset before it.
    """
    return UserError(
        f"{source}, byte {byte:,}: {fact}. {readable:,} records before it were readable. "
        "A dataset is a JSON array of records, or one record a line; mend the file or make it again."
    )


def _quote_byte(byte: bytes) -> str:
    return repr(byte.decode("ascii")) if b"!" <= byte <= b"~" else f"byte 0x{byte.hex()}"
