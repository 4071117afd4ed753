"""Quoting of settings: for Hydra's grammar, and for the shell, so that what is printed can be pasted."""

import re
import shlex


def quote(text: str) -> str:
    """Quote a text so that Hydra and OmegaConf take it literally, whatever signs are in it."""
    text = re.sub(r"\\*\$(?={)", lambda dollar: "\\" * len(dollar[0]) + dollar[0], text)  # no interpolation
    return wrap(text)


def wrap(text: str) -> str:
    """Put a text into double quotes for Hydra; references such as `${seed}` stay references."""
    return '"' + re.sub(r'\\*("|$)', lambda end: "\\" * len(end[0]) + end[0], text) + '"'


def quote_for_shell(argument: str) -> str:
    """Quote an argument for a shell, on one line; signs that are not printed are escaped."""
    if argument.isprintable():
        return shlex.quote(argument)
    return "$'" + "".join(map(_escape, argument)) + "'"


def _escape(sign: str) -> str:
    """Write a sign as it stands inside `$'...'` of a shell."""
    code = ord(sign)
    if 0xDC80 <= code <= 0xDCFF:  # how Python keeps a byte that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if sign in "\\'":
        return f"\\{sign}"
    if sign.isprintable():
        return sign
    if code < 0x80:
        return sign.encode("unicode_escape").decode()
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def format_override(key: str, value: object) -> str:
    """Write a setting as it is typed in a shell, e.g. `'resume="my run (2)"'`; quotes stand only where needed."""
    if value is None or isinstance(value, bool | int | float):
        return f"{key}={'null' if value is None else str(value).lower()}"
    if isinstance(value, list):
        return quote_for_shell(
            f"{key}=[{','.join(quote(item) if isinstance(item, str) else str(item) for item in value)}]"
        )
    text = str(value)
    plain = f"{key}={text}"
    return quote_for_shell(plain if is_literal(plain, text) else f"{key}={quote(text)}")


def is_literal(override: str, text: str) -> bool:
    """Return whether Hydra reads an override as exactly this text."""
    if "${" in text or text == "???":
        return False
    from hydra.core.override_parser.overrides_parser import OverridesParser  # only now: workers quote nothing
    from hydra.errors import HydraException

    try:
        parsed = OverridesParser.create().parse_override(override)
        return not parsed.is_sweep_override() and parsed.value() == text
    except HydraException:
        return False
