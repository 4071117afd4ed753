"""Types of cell features; apart from `features` because the modules of all kinds of features share them."""

from typing import NamedTuple, Protocol

from neural_guide.arc.grid import Grid
from neural_guide.dsl.program import Program, format_program
from neural_guide.search.cell_rules.stencils import Stencil
from neural_guide.search.rule_learning.tree import VALUE_COUNT

MAX_VALUE = VALUE_COUNT - 1

COLOUR, CONTENT = "colour", "content"
"""Names of the features of any state: the cells themselves, and 1 for content."""


class Feature(NamedTuple):
    """Values of one feature for all cells.

    Attributes:
        values: uint8 of the grid's shape, below `VALUE_COUNT`.
        cost: nats of using the feature in a rule.
        is_colour: whether the values are colours that a rule may copy; a value above 9 is no colour and is not copied.
    """

    values: Grid
    cost: float
    is_colour: bool = False


NamedValues = tuple[str, Grid, bool]
"""Name and values of a feature, and whether the values are colours."""


class FeatureReference(Protocol):
    """A reference to a feature of some state."""

    def __hash__(self) -> int: ...
    @property
    def feature(self) -> str | Stencil:
        """Name of the feature, or the stencil that it applies."""
        ...


class StateFeature(NamedTuple):
    """A feature of a state in a search.

    Attributes:
        state: number of the state.
        feature: name of the feature, or the stencil that it applies.
    """

    state: int
    feature: str | Stencil


class ProgramFeature(NamedTuple):
    """A feature of the state that a program computes from an input.

    Attributes:
        program: names of the steps; empty for the input.
        feature: name of the feature, or the stencil that it applies.
    """

    program: Program
    feature: str | Stencil

    @property
    def description(self) -> str:
        """One line for people."""
        program = format_program(self.program)
        return program if self.feature == COLOUR else f"{self.feature} ({program})"
