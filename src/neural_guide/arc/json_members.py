"""JSON objects and lists, split into their members without decoding these; errors name the place."""

import json
import re
from collections import Counter

import msgspec
from msgspec import Raw

from neural_guide.errors import UserError, quote_name

MEND = "Mend the file, or take the task out of it."

_parse_object = msgspec.json.Decoder(dict[str, Raw]).decode
_parse_array = msgspec.json.Decoder(list[Raw]).decode
_scan_value = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode

Member = tuple[str, Raw]
"""Key and undecoded value."""


def split_object(raw: bytes | Raw, place: str, rule: str) -> list[Member]:
    """Split a JSON object into its members, in order; a repeated key is in the list as often as in the object.

    A value may hold what only its own decoder refuses: NaN, or bytes that are not UTF-8.

    Raises:
        UserError: it is something else, with its place and the rule.
    """
    payload = bytes(raw)
    try:
        members = list(_parse_object(raw).items())
        # msgspec silently keeps the last of repeated keys; then the quotes of the others are missing from the sum.
        quotes = sum(2 + key.count('"') + bytes(value).count(b'"') for key, value in members)
        return members if payload.count(b'"') == quotes else _scan_object(payload)
    except (ValueError, RecursionError) as error:
        if not isinstance(error, msgspec.ValidationError):
            try:
                return _scan_object(payload)
            except (ValueError, RecursionError):
                pass
        raise _explain_unreadable(error, "object", place, rule) from None


def decode_object(raw: bytes | Raw, place: str, rule: str) -> dict[str, Raw]:
    """Decode a JSON object to its keys and undecoded values.

    Raises:
        UserError: it is something else, or has a key twice.
    """
    members = split_object(raw, place, rule)
    key, count = Counter(key for key, _ in members).most_common(1)[0] if members else ("", 0)
    if count > 1:
        raise UserError(f"{place}: {quote_name(key)} occurs {count} times; an object has each key once. {MEND}")
    return dict(members)


def decode_array(raw: bytes | Raw, place: str, rule: str) -> list[Raw]:
    """Decode a JSON list to its undecoded values. Raises UserError."""
    try:
        return _parse_array(raw)
    except (ValueError, RecursionError) as error:
        raise _explain_unreadable(error, "list", place, rule) from None


def _explain_unreadable(error: Exception, kind: str, place: str, rule: str) -> UserError:
    """Build the error for JSON that cannot be decoded as an object or a list."""
    if isinstance(error, msgspec.ValidationError):
        return UserError(f"{place}: no JSON {kind}; {rule}. Mend the file, or name another.")
    if isinstance(error, RecursionError):
        return UserError(f"{place}: nested too deeply to be read; {rule}. Mend the file, or name another.")
    return UserError(f"{place}: not JSON ({error}); {rule}. Mend the file, or name another.")


def _scan_object(payload: bytes) -> list[Member]:
    """Split an object with Python's decoder, which is slow, reads NaN and tells where a value ends.

    Raises:
        ValueError: it is no object, or it is cut off.
        RecursionError: it is nested too deeply.
    """
    text = payload.decode(errors="surrogateescape")
    at = _skip(text, 0, "{")
    members: list[Member] = []
    while members or text[at : at + 1] != "}":
        if text[at : at + 1] != '"':
            raise ValueError
        key, at = _scan_value(text, at)
        key.encode()
        start = _skip(text, at, ":")
        _, at = _scan_value(text, start)
        members.append((key, Raw(text[start:at].encode(errors="surrogateescape"))))
        at = _skip(text, at)
        if text[at : at + 1] == "}":
            break
        at = _skip(text, at, ",")
    if _skip(text, at, "}") < len(text):
        raise ValueError
    return members


def _skip(text: str, at: int, mark: str = "") -> int:
    """Return the position after white space, a mark and white space. Raises ValueError where the mark is missing."""
    match = re.compile(rf"[ \t\r\n]*{re.escape(mark)}[ \t\r\n]*").match(text, at)
    if match is None:
        raise ValueError
    return match.end()
