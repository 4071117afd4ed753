"""A rule of cells: what it says, and what it makes of a grid."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.dsl.program import Program, format_program
from neural_guide.search.cell_rules.feature import VALUES
from neural_guide.search.cell_rules.features import views_of
from neural_guide.search.cell_rules.lines import MADE, made_before, turned
from neural_guide.search.cell_rules.stencils import Stamp, stamped

COLOUR, CONTENT = "colour", "content"
"""Names of the views of the cells of any state: themselves, and whether they are content."""

_MOST_TOLD = 4  # cases of one outcome


class Looked(Protocol):
    """Whatever names a view."""

    def __hash__(self) -> int: ...
    @property
    def view(self) -> str | Stamp:
        """Its name, or what it stamps."""
        ...


L = TypeVar("L", bound=Looked)


class Look(NamedTuple):
    """What is looked at: a view of the state that a program makes, or what a stamp puts there."""

    program: Program
    view: str | Stamp

    @property
    def words(self) -> str:
        """For people."""
        of = format_program(self.program)
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
        direction: in which lines are decided, see `search.cells.lines`; empty: all cells at once.
    """

    looks: tuple[Look, ...]
    cases: tuple[Case, ...]
    direction: str = ""

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
        how = f"cells, line by line {self.direction}," if self.direction else "cells"
        return f"{how} by {', '.join(look.words for look in self.looks)}: {'; '.join(told)}"

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
    views = {look: seen(grids[look.program], look.view) for look in rule.all_looks if look.view not in MADE}
    shape = next(iter(grids.values())).shape
    return decided(rule.looks, rule.cases, views, shape, rule.direction)


def decided(
    looks: Sequence[L],
    cases: Sequence[tuple[tuple[int, ...], int | L]],
    views: Mapping[L, Grid],
    shape: tuple[int, ...],
    direction: str = "",
) -> Grid | None:
    """What becomes of the cells of one grid; None where a cell fits no case, or no colour comes out.

    Args:
        looks: see `CellRule`.
        cases: the same.
        views: what is seen, but for the views of `MADE`.
        shape: of the grid.
        direction: in which lines are decided; empty: all cells at once.
    """
    made = np.full(shape, VALUES, dtype=np.uint8)
    if not direction:
        _decide(made, looks, cases, views)
        return None if (made >= COLOURS).any() else made
    there = {look: turned(view, direction) for look, view in views.items()}
    said = (*looks, *(becomes for _, becomes in cases if not isinstance(becomes, int)))
    lines = turned(made, direction)
    for row, line in enumerate(lines):
        before = made_before(lines, row)
        here = {look: before[look.view] if look.view in MADE else there[look][row] for look in said}
        _decide(line, looks, cases, here)
        if (line >= COLOURS).any():
            return None
    return made


def _decide(
    made: Grid, looks: Sequence[L], cases: Sequence[tuple[tuple[int, ...], int | L]], views: Mapping[L, Grid]
) -> None:
    """Write what becomes of the cells that fit a case."""
    for values, becomes in cases:
        here = np.ones(made.shape, dtype=bool)
        for look, value in zip(looks, values, strict=False):
            here &= views[look] == value
        made[here] = becomes if isinstance(becomes, int) else views[becomes][here]


def seen(grid: Grid, view: str | Stamp) -> Grid:
    """A view of a grid by name, or stamped."""
    if isinstance(view, Stamp):
        return stamped(view, grid)
    if view == COLOUR:
        return grid
    return (grid != 0).view(np.uint8) if view == CONTENT else views_of(grid)[view].cells


def _shortened(given: Sequence[str]) -> str:
    more = [f"{len(given) - _MOST_TOLD} more"] if len(given) > _MOST_TOLD else []
    return ", ".join([*given[:_MOST_TOLD], *more])
