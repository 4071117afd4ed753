"""The concept: a rule with the parameters of one task, and the inputs that show it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import ClassVar, Self

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.data.generation.concepts.look import Look


@dataclass(frozen=True)
class Concept(ABC):
    """A rule with its parameters: the fields of a subclass, a frozen dataclass, drawn once a task.

    The rule is a function of the input alone, so no output depends on how its input was drawn. It is written for one
    orientation (down, to the right) and for background 0; `tasks.draw_task` turns and recolours whole tasks.
    """

    sides: ClassVar[tuple[int, int]] = (9, 16)
    """Least and greatest side of the inputs, in cells."""

    symmetries: ClassVar[tuple[int, ...]] = tuple(range(8))
    """Symmetries under which a task may be shown, see `input_sets.apply_symmetry`."""

    cases: ClassVar[frozenset[str]] = frozenset()
    """Cases of the rule that the pairs of a task must show, all of them; see `list_cases`."""

    @classmethod
    def draw(cls, colours: list[int], rng: np.random.Generator) -> Self:  # noqa: ARG003  # subclasses use it
        """Draw the parameters of a task. By default every parameter is a colour.

        Args:
            colours: colours 1 to 9 in random order; those with a meaning are taken from the end, and the rest is left
                for the look.
            rng: random stream.
        """
        return cls(*(colours.pop() for _ in fields(cls)))

    @abstractmethod
    def draw_input(self, look: Look, rng: np.random.Generator) -> Grid | None:
        """Draw an input of the task; None: the draw failed, and another one may succeed."""

    @abstractmethod
    def apply(self, grid: Grid) -> Grid | None:
        """Return the output for any grid; None where the rule says nothing, e.g. for a tie. The input is unchanged."""

    def list_cases(self, grid: Grid) -> frozenset[str]:  # noqa: ARG002  # subclasses use it
        """List the cases of the rule that occur in an input; tests show no case that the pairs do not show."""
        return frozenset()
