"""The ordered list of primitive names that labels, checkpoints and solvers share."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.dsl import primitives, wide
from neural_guide.errors import UserError
from neural_guide.runtime.public_functions import list_public_functions

Primitive = Callable[[Grid], Grid | None]
"""A pure and total function of a grid: returns a new grid, or None where the primitive does not apply."""


@dataclass(frozen=True)
class Vocabulary:
    """Primitive names in the order of every label and probability vector.

    Two vocabularies are compared by name: see `encode_labels` and `list_missing`.
    """

    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def encode_labels(self, used: Iterable[str]) -> npt.NDArray[np.bool_]:
        """Encode the used primitives as bool [vocabulary]. Raises KeyError for a name outside the vocabulary."""
        positions = {name: position for position, name in enumerate(self.names)}
        labels = np.zeros(len(self.names), dtype=bool)
        labels[[positions[name] for name in used]] = True
        return labels

    def list_missing(self, other: "Vocabulary") -> tuple[str, ...]:
        """List the names that `other` lacks, in the order of this vocabulary."""
        return tuple(name for name in self.names if name not in other.names)


def _load_wide_primitives() -> dict[str, Primitive]:
    """Import the modules of dsl/wide and return their public functions, by name, sorted."""
    modules = [import_module(f"{wide.__name__}.{info.name}") for info in iter_modules(wide.__path__)]
    entries = [entry for module in modules for entry in list_public_functions(module).items()]
    return dict(sorted(entries))


V2 = Vocabulary(tuple(list_public_functions(primitives)))
"""The default vocabulary: each public function of dsl/primitives.py, in the order of definition."""

PRIMITIVES: dict[str, Primitive] = list_public_functions(primitives) | _load_wide_primitives()
"""Every executable primitive by name: those of `v2`, then those of dsl/wide sorted by name."""

WIDE = Vocabulary(tuple(PRIMITIVES))
"""All primitives. A new primitive shifts the positions of others: vocabularies are compared by name."""

VOCABULARIES = {"v2": V2, "wide": WIDE}
"""Vocabularies of programs, by the value of the setting `dsl`; each contains the ones before it."""

MAX_NAMES = 5  # primitives listed in an error message


def get_vocabulary(name: str) -> Vocabulary:
    """Return the vocabulary of that name. Raises KeyError for an unknown name."""
    return VOCABULARIES[name]


def find_name(vocabulary: Vocabulary) -> str | None:
    """Find the name of the vocabulary with the same primitives, in any order; None: there is none."""
    names = set(vocabulary.names)
    return next((name for name, known in VOCABULARIES.items() if names == set(known.names)), None)


def check_vocabulary(vocabulary: Vocabulary, name: str, checkpoint: str | None) -> None:
    """Check that a guide predicts exactly the primitives of the named vocabulary.

    Args:
        vocabulary: vocabulary of the guide.
        name: name of the vocabulary to solve with, a key of `VOCABULARIES`.
        checkpoint: source of the guide, for the message.

    Raises:
        UserError: some cannot be executed, or they differ. The message lists the names and the remedy: the vocabulary
            that fits, if there is one, else training another guide.
    """
    check_executable(vocabulary, checkpoint)
    names = set(vocabulary.names)
    differ = sorted(names ^ set(get_vocabulary(name).names))
    if not differ:
        return
    fitting = find_name(vocabulary)
    remedy = f"Add dsl={fitting}." if fitting else f"Train a guide on data of dsl={name}."
    raise UserError(
        f"{checkpoint} predicts {len(vocabulary)} primitives, dsl={name} has {len(get_vocabulary(name))}: only one "
        f"of them has {_enumerate_names(differ)}. {remedy}"
    )


def check_executable(vocabulary: Vocabulary, checkpoint: str | None) -> None:
    """Check that a search can execute every primitive that a guide predicts.

    Args:
        vocabulary: vocabulary of the guide.
        checkpoint: source of the guide, for the message.

    Raises:
        UserError: some primitives are not in `PRIMITIVES`; the message names them.
    """
    if is_executable(vocabulary):
        return
    foreign = [name for name in vocabulary.names if name not in PRIMITIVES]
    raise UserError(
        f"{checkpoint} predicts primitives that cannot be executed here, so it cannot guide a search: "
        f"{_enumerate_names(foreign)}. Name a guide that was trained on data of our own vocabulary."
    )


def is_executable(vocabulary: Vocabulary) -> bool:
    """Return true if every primitive of the vocabulary is in `PRIMITIVES`."""
    return all(name in PRIMITIVES for name in vocabulary.names)


def _enumerate_names(names: list[str]) -> str:
    """Join the first names, and say how many more there are."""
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more
