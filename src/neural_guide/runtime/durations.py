"""Durations: parsing and formatting."""

import re

_CLOCK = re.compile(r"(\d+):([0-2]?\d):([0-5]?\d):([0-5]?\d)")
_WORDS = re.compile(r"(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?")
_UNITS = (86_400, 3_600, 60, 1)
DURATION_FORMS = "4h, 90m, 1d12h or DD:HH:MM:SS"


def parse_duration(text: str) -> float | None:
    """Parse `4h`, `1h30m`, `45s` or `DD:HH:MM:SS` into seconds; None if it is malformed or zero."""
    match = _CLOCK.fullmatch(text) or _WORDS.fullmatch(text)
    if match is None:
        return None
    return sum(float(count or 0) * unit for count, unit in zip(match.groups(), _UNITS, strict=True)) or None


def format_duration(seconds: float) -> str:
    """Format seconds with two units at most: `0.4 s`, `45 s`, `12 min 5 s`, `3 h 20 min`."""
    whole = round(seconds)
    if whole < 90:
        return f"{seconds:.1f} s" if 0 < seconds < 9.95 else f"{whole} s"
    hours, minutes = divmod(whole // 60, 60)
    parts = ((hours, "h"), (minutes, "min")) if hours else ((minutes, "min"), (whole % 60, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)
