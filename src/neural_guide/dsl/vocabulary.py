"""The ordered list of primitive names that labels, checkpoints and solvers share."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.dsl import primitives, wide
from neural_guide.errors import UserError

Primitive = Callable[[Grid], Grid | None]
"""Pure and total: a new grid, or None where the primitive does not apply."""


@dataclass(frozen=True)
class Vocabulary:
    """Primitive names in the order of every label and probability vector.

    Two vocabularies meet by name: see `encode_labels` and `list_missing`.
    """

    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def encode_labels(self, used: Iterable[str]) -> npt.NDArray[np.bool_]:
        """Which primitives are used: bool [vocabulary]. Raises KeyError on a name we do not have."""
        positions = {name: position for position, name in enumerate(self.names)}
        labels = np.zeros(len(self.names), dtype=bool)
        labels[[positions[name] for name in used]] = True
        return labels

    def list_missing(self, other: "Vocabulary") -> tuple[str, ...]:
        """Names that `other` does not know, in our order."""
        return tuple(name for name in self.names if name not in other.names)


def _list_primitives(module: ModuleType) -> dict[str, Primitive]:
    return {
        name: function
        for name, function in vars(module).items()
        if callable(function) and not name.startswith("_") and function.__module__ == module.__name__
    }


def _load_wide_primitives() -> dict[str, Primitive]:
    """The public functions of every module of dsl/wide, by name."""
    modules = [import_module(f"{wide.__name__}.{found.name}") for found in iter_modules(wide.__path__)]
    found = [entry for module in modules for entry in _list_primitives(module).items()]
    return dict(sorted(found))


V2 = Vocabulary(tuple(_list_primitives(primitives)))
"""The default vocabulary: each public function of dsl/primitives.py, in the order in which they are defined."""

PRIMITIVES: dict[str, Primitive] = _list_primitives(primitives) | _load_wide_primitives()
"""Every primitive we can execute, by name: those of `v2`, then those of dsl/wide in the order of their names."""

WIDE = Vocabulary(tuple(PRIMITIVES))
"""All primitives. Where a primitive stands changes as others come: vocabularies are compared by name."""

VOCABULARIES = {"v2": V2, "wide": WIDE}
"""Vocabularies that programs can be made of, by the name that `dsl` takes; each has those of the ones before it."""


MAX_NAMES = 5  # of primitives, in a message


def get_vocabulary(name: str) -> Vocabulary:
    """The vocabulary of a name. Raises KeyError where there is none."""
    return VOCABULARIES[name]


def check_vocabulary(vocabulary: Vocabulary, name: str, checkpoint: str | None) -> None:
    """Refuse a guide to other primitives than those of the named vocabulary.

    Raises:
        UserError: with how they differ, and what to do, which is to name another one where that fits.
    """
    names = set(vocabulary.names)
    differ = sorted(names ^ set(get_vocabulary(name).names))
    if not differ:
        return
    more = f" and {len(differ) - MAX_NAMES} more" if len(differ) > MAX_NAMES else ""
    fitting = next((other for other, known in VOCABULARIES.items() if names == set(known.names)), None)
    remedy = f"Add dsl={fitting}." if fitting else f"Train a guide on data of dsl={name}."
    raise UserError(
        f"{checkpoint} predicts {len(vocabulary)} primitives, dsl={name} has {len(get_vocabulary(name))}: only one "
        f"of them has {', '.join(differ[:MAX_NAMES])}{more}. {remedy}"
    )


def is_executable(vocabulary: Vocabulary) -> bool:
    """Whether we can execute every primitive of the vocabulary."""
    return all(name in PRIMITIVES for name in vocabulary.names)
