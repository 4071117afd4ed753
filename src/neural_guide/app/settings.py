"""Settings as dataclass fields: the default with its explanation and its range, and the check of both.

A settings class lives beside the algorithm that reads it. `setting` keeps one sentence, the range and the unit in the
field, so that `--help` and the check read the same place. Nothing here imports a heavy package.
"""

from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, field, fields, is_dataclass
from typing import Any, NamedTuple, get_type_hints

from neural_guide.errors import UserError


def setting(
    default: Any,
    help: str,  # noqa: A002 - the word of every command-line library
    *,
    low: float | None = None,
    high: float | None = None,
    allowed: tuple[str, ...] = (),
    words: tuple[str, ...] = (),
    unit: str = "",
) -> Any:
    """Declare a field of a settings class; the limits of a list are those of its items.

    Args:
        default: value where nothing is typed; a list is copied for each instance.
        help: one sentence for `--help`.
        low: least value allowed; a value of None is never checked.
        high: greatest value allowed.
        allowed: the values allowed, for a choice.
        words: texts allowed instead of a number.
        unit: unit of a number, e.g. records.
    """
    metadata = {"help": help, "low": low, "high": high, "allowed": allowed, "words": words, "unit": unit}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=metadata)
    return field(default=default, metadata=metadata)


def group(settings: type) -> Any:
    """Declare a field that holds another settings class, made anew for each instance."""
    return field(default_factory=settings)


class Setting(NamedTuple):
    """One setting of a command, for `--help`.

    Attributes:
        key: dotted, e.g. data.batch_size.
        type: as Python writes it, e.g. int | None.
        default: value where nothing is typed.
        help: one sentence.
        range: what is allowed, e.g. `1 or more, records`; empty where any value of the type is.
    """

    key: str
    type: str
    default: Any
    help: str
    range: str


def list_settings(settings: Any, prefix: str = "") -> Iterator[Setting]:
    """Every setting of a class and of the classes inside it, in the order of its fields."""
    hints = get_type_hints(settings)
    for entry in fields(settings):
        key, hint = f"{prefix}{entry.name}", hints[entry.name]
        if is_dataclass(hint):
            yield from list_settings(hint, f"{key}.")
        else:
            name = hint.__name__ if isinstance(hint, type) and not str(hint).startswith("list") else str(hint)
            yield Setting(key, name, _default(entry), str(entry.metadata.get("help", "")), describe_range(entry))


def list_keys(settings: type, prefix: str = "") -> list[str]:
    """Every key of a settings class, dotted, e.g. `data.batch_size`."""
    return [entry.key for entry in list_settings(settings, prefix)]


def describe_range(entry: "Field[Any]") -> str:
    """The values that a field allows, in words, e.g. `0 to 1`; empty if nothing is excluded."""
    low, high, words = entry.metadata.get("low"), entry.metadata.get("high"), entry.metadata.get("words", ())
    if entry.metadata.get("allowed"):
        return ", ".join(entry.metadata["allowed"])
    if low is None and high is None:
        text = ""
    elif high is None:
        text = f"{low} or more"
    elif low is None:
        text = f"{high} or less"
    else:
        text = f"{low} to {high}"
    number = ", ".join(part for part in (text, entry.metadata.get("unit", "")) if part)
    return "; or ".join(part for part in (number, *words) if part)


def describe_values(entry: Setting) -> str:
    """The values that a setting takes, in words: its range, or its type."""
    kind = entry.type.replace(" | None", "").replace("str", "text").replace("bool", "true or false")
    return entry.range or kind


def check_settings(settings: Any, prefix: str = "") -> None:
    """Refuse values out of range, in a settings instance and in those inside it.

    A settings class may have a method `problem() -> str | None` for rules over several of its fields.

    Raises:
        UserError: naming the key, its value and what is allowed.
    """
    for entry in fields(settings):
        value, key = getattr(settings, entry.name), f"{prefix}{entry.name}"
        if is_dataclass(value):
            check_settings(value, f"{key}.")
        elif value is not None:
            _check_value(entry, key, value)
    problem: Callable[[], str | None] | None = getattr(settings, "problem", None)
    if problem and (words := problem()):
        raise UserError(words)


def _check_value(entry: "Field[Any]", key: str, value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _check_value(entry, key, item)
        return
    low, high, allowed, words = (entry.metadata.get(name) for name in ("low", "high", "allowed", "words"))
    if words and isinstance(value, str):
        if value not in words:
            raise UserError(f"{key}={value} is not known. Allowed: {describe_range(entry)}.")
        return
    if allowed and value not in (*allowed, entry.default):
        raise UserError(f"{key}={value} is not known. Allowed: {', '.join(allowed)}.")
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        raise UserError(f"{key}={value} is out of range. Allowed: {describe_range(entry)}.")


def _default(entry: "Field[Any]") -> Any:
    factory = entry.default_factory
    return entry.default if factory is MISSING else factory()
