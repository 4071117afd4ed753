"""The ordered list of primitive names that labels, checkpoints and solvers share."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neural_guide.dsl import primitives
from neural_guide.grid import Grid

Primitive = Callable[[Grid], Grid | None]
"""Pure and total: a new grid, or None where the primitive does not apply."""


@dataclass(frozen=True)
class Vocabulary:
    """Primitive names in the order of every label and probability vector.

    Two vocabularies meet by name: see `labels` and `missing_from`.
    """

    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def labels(self, used: Iterable[str]) -> npt.NDArray[np.bool_]:
        """Which primitives are used: bool [vocabulary]. Raises KeyError on a name we do not have."""
        positions = {name: position for position, name in enumerate(self.names)}
        labels = np.zeros(len(self.names), dtype=bool)
        labels[[positions[name] for name in used]] = True
        return labels

    def missing_from(self, other: "Vocabulary") -> tuple[str, ...]:
        """Names that `other` does not know, in our order."""
        return tuple(name for name in self.names if name not in other.names)


def _defined_in(module: object, module_name: str) -> dict[str, Primitive]:
    functions = vars(module).items()
    return {
        name: function
        for name, function in functions
        if callable(function) and not name.startswith("_") and function.__module__ == module_name
    }


PRIMITIVES: dict[str, Primitive] = _defined_in(primitives, primitives.__name__)
"""Every primitive we can execute, by name: each public function of dsl/primitives.py."""

V2 = Vocabulary(tuple(PRIMITIVES))
"""The default vocabulary: all primitives, in the order in which they are defined."""


VOCABULARIES = {"v2": V2}
"""Vocabularies that programs can be made of, by the name that `dsl` takes."""


def named_vocabulary(name: str) -> Vocabulary:
    """The vocabulary of a name. Raises KeyError where there is none."""
    return VOCABULARIES[name]


def executable(vocabulary: Vocabulary) -> bool:
    """Whether we can execute every primitive of the vocabulary."""
    return all(name in PRIMITIVES for name in vocabulary.names)
