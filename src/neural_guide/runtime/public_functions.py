"""Tables of functions by name: a module whose public functions are the entries of a table."""

from collections.abc import Callable
from types import ModuleType
from typing import Any


def list_public_functions(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """List the public functions that a module defines, by name, in the order of definition; no classes."""
    return {
        name: value
        for name, value in vars(module).items()
        if callable(value)
        and not isinstance(value, type)
        and not name.startswith("_")
        and getattr(value, "__module__", "") == module.__name__
    }
