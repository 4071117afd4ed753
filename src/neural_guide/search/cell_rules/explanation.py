"""What explains all pairs cell by cell, in terms of the states of a search."""

from typing import NamedTuple

from neural_guide.arc.grid import Grid
from neural_guide.search.cell_rules.stencils import Stamp


class Sight(NamedTuple):
    """What is looked at in a search: a view of a state, or what a stamp puts there."""

    state: int
    view: str | Stamp


class Explaining(NamedTuple):
    """A rule that explains all pairs.

    Attributes:
        looks: see `search.cells.rule.CellRule`.
        cases: values and what becomes of them, see `search.cells.rule.Case`.
        answers: one per test.
        cost: in nats.
        support: see `search.cells.tree.Tree`.
        direction: see `search.cells.rule.CellRule`.
    """

    looks: tuple[Sight, ...]
    cases: tuple[tuple[tuple[int, ...], int | Sight], ...]
    answers: tuple[Grid, ...]
    cost: float
    support: float
    direction: str = ""
