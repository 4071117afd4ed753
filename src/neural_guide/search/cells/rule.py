"""A rule of cells: what it says, and what it makes of a grid."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from neural_guide.dsl.program import Program, words_of
from neural_guide.grid import Grid
from neural_guide.search.cells.views import VALUES, views_of

COLOUR, CONTENT = "colour", "content"
"""Names of the views of the cells of any state: themselves, and whether they are content."""

_MOST_TOLD = 4  # cases of one outcome


class Look(NamedTuple):
    """What is looked at: a view of the state that a program makes."""

    program: Program
    view: str

    @property
    def words(self) -> str:
        """For people."""
        of = words_of(self.program)
        return of if self.view == COLOUR else f"{self.view} ({of})"


class Case(NamedTuple):
    """What becomes of the cells that have these values in the first looks: a colour, or what another look sees."""

    values: tuple[int, ...]
    becomes: int | Look


class CellRule(NamedTuple):
    """What becomes of every cell, by what is seen of it.

    Attributes:
        looks: what is asked of a cell, one after the other, as long as its case is not clear.
        cases: no two of them fit one cell.
    """

    looks: tuple[Look, ...]
    cases: tuple[Case, ...]

    @property
    def programs(self) -> tuple[Program, ...]:
        """Of all states that are looked at or copied, each once."""
        return tuple(dict.fromkeys(look.program for look in self.all_looks))

    @property
    def words(self) -> str:
        """For people: what is looked at, and for each outcome the values that lead to it, `*` for any."""
        cases: dict[str, list[str]] = {}
        for values, becomes in self.cases:
            words = becomes.words if isinstance(becomes, Look) else str(becomes)
            given = [*map(str, values), *["*"] * (len(self.looks) - len(values))]
            cases.setdefault(words, []).append(" ".join(given))
        told = [f"{_shortened(given)} > {words}" for words, given in cases.items()]
        return f"cells by {', '.join(look.words for look in self.looks)}: {'; '.join(told)}"

    @property
    def all_looks(self) -> tuple[Look, ...]:
        """What is asked, and what is copied."""
        return (*self.looks, *(case.becomes for case in self.cases if isinstance(case.becomes, Look)))


def applied(rule: CellRule, grids: Mapping[Program, Grid]) -> Grid | None:
    """What a rule makes of one input; None where a cell fits no case.

    Args:
        rule: of cells.
        grids: what each of its programs makes of the input.
    """
    views = {look: seen(grids[look.program], look.view) for look in rule.all_looks}
    asked = [views[look] for look in rule.looks]
    made = np.full(next(iter(grids.values())).shape, VALUES, dtype=np.uint8)
    for values, becomes in rule.cases:
        here = np.ones(made.shape, dtype=bool)
        for view, value in zip(asked, values, strict=False):
            here &= view == value
        made[here] = views[becomes][here] if isinstance(becomes, Look) else becomes
    return None if (made == VALUES).any() else made


def seen(grid: Grid, view: str) -> Grid:
    """A view of a grid by name."""
    if view == COLOUR:
        return grid
    return (grid != 0).view(np.uint8) if view == CONTENT else views_of(grid)[view].cells


def _shortened(given: Sequence[str]) -> str:
    more = [f"{len(given) - _MOST_TOLD} more"] if len(given) > _MOST_TOLD else []
    return ", ".join([*given[:_MOST_TOLD], *more])
