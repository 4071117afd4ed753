"""Grids and lists of pieces named by numbers: each is kept once, each function runs at most once on each."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.dsl.interning import NO_GRID, GridTable
from neural_guide.dsl.vocabulary import Primitive
from neural_guide.search.piece_lists.composition import JOINS, Join, painted
from neural_guide.search.piece_lists.properties import TRAITS, Facts, Placed, Trait, facts_of
from neural_guide.search.piece_lists.segmentation import CUTS, Cut, CutFunction
from neural_guide.search.piece_lists.selection import CHOICES, NUMBERINGS, Choice, Numbering

LISTS = 1 << 40  # numbers from here on are lists of pieces, those below are grids
_OVERHEAD = 400  # bytes of a list beside its pieces: key, entry of the index, results
_PIECE_BYTES = 120
_FACTS_BYTES = 400
_RESULT_BYTES = 100


class Piece(NamedTuple):
    """A piece by the number of its cells, and where its upper left corner lies."""

    number: int
    top: int
    left: int


class Pieces(NamedTuple):
    """A list of pieces, and the number of the grid that was cut."""

    source: int
    pieces: tuple[Piece, ...]


ListFunction = Callable[["Values", int], int]
"""From the number of a list to the number of a list or grid, or `NO_GRID`."""


def piece_functions() -> tuple[str, ...]:
    """Names of the cuts and of what is done with lists, in the order of their positions."""
    return (*CUTS, *functions_of_lists())


def functions_of_lists() -> dict[str, ListFunction]:
    """Everything that is done with a list beside mapping a primitive over it, by name."""
    found: dict[str, ListFunction] = {name: _joined(join) for name, join in JOINS.items()}
    for trait_name, trait in TRAITS.items():
        found |= {f"{name}_{trait_name}": _chosen(choice, trait) for name, choice in CHOICES.items()}
        found |= {f"{name}_{trait_name}": _numbered(way, trait) for name, way in NUMBERINGS.items()}
    return found


class Values:
    """What the programs of one task make: grids, and lists of pieces.

    A function is named by its position: first the primitives, which are run on a grid or mapped over a list; then the
    cuts, for grids alone; then what is for lists alone.

    Args:
        primitives: what can be run on grids, by position.

    Attributes:
        interned: the grids.
        functions: how many there are.
    """

    def __init__(self, primitives: Sequence[Primitive]) -> None:
        self.interned = GridTable(primitives)
        self._cuts: list[CutFunction] = list(CUTS.values())
        self._of_lists = list(functions_of_lists().values())
        self._first_cut = len(primitives)
        self._first_of_lists = self._first_cut + len(self._cuts)
        self.functions = self._first_of_lists + len(self._of_lists)
        self._lists: list[Pieces] = []
        self._list_ids: dict[Pieces, int] = {}
        self._made: dict[tuple[int, int], int] = {}
        self._facts: dict[int, Facts] = {}
        self._traits: dict[tuple[int, Trait], list[int]] = {}
        self._list_bytes = 0

    @property
    def nbytes(self) -> int:
        """Memory that all of it takes, about."""
        return (
            self.interned.nbytes
            + self._list_bytes
            + _FACTS_BYTES * len(self._facts)
            + _RESULT_BYTES * (len(self._made) + 2 * len(self._traits))
        )

    def step(self, number: int, function: int) -> int:
        """What one function makes of a grid or a list: its number or `NO_GRID`."""
        if number < LISTS and function < self._first_cut:
            return self.interned.apply(number, function)
        key = number, function
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self._run(number, function)
        return made

    def calls(self, number: int) -> int:
        """Calls of a primitive that mapping it takes: 1 for a grid."""
        return len(self._lists[number - LISTS].pieces) if number >= LISTS else 1

    def pieces_of(self, number: int) -> Pieces:
        """A list by its number."""
        return self._lists[number - LISTS]

    def cuts_of(self, number: int) -> list[Cut]:
        """The pieces of a list, with their cells."""
        grids = self.interned.grids
        return [Cut(top, left, grids[piece]) for piece, top, left in self.pieces_of(number).pieces]

    def shown(self, number: int) -> Grid:
        """A grid, or a list painted on an empty grid of its source's size."""
        if number < LISTS:
            return self.interned.grids[number]
        source = self.interned.grids[self.pieces_of(number).source]
        return painted(np.zeros_like(source), self.cuts_of(number))

    def intern_list(self, pieces: Pieces) -> int:
        """The number of a list; equal lists share it."""
        known = self._list_ids.get(pieces)
        if known is None:
            known = self._list_ids[pieces] = LISTS + len(self._lists)
            self._lists.append(pieces)
            self._list_bytes += _OVERHEAD + _PIECE_BYTES * len(pieces.pieces)
        return known

    def trait(self, number: int, trait: Trait) -> list[int]:
        """The numbers of a trait, one a piece of the list."""
        key = number, trait
        known = self._traits.get(key)
        if known is None:
            placed = [Placed(top, left, self._facts_of(piece)) for piece, top, left in self.pieces_of(number).pieces]
            known = self._traits[key] = trait(placed)
        return known

    def _facts_of(self, number: int) -> Facts:
        known = self._facts.get(number)
        if known is None:
            known = self._facts[number] = facts_of(self.interned.grids[number])
        return known

    def _run(self, number: int, function: int) -> int:
        if number < LISTS:
            if function >= self._first_of_lists:
                return NO_GRID
            return self._cut(number, self._cuts[function - self._first_cut])
        if function < self._first_cut:
            return self._mapped(number, function)
        return (
            self._of_lists[function - self._first_of_lists](self, number)
            if function >= self._first_of_lists
            else NO_GRID
        )

    def _cut(self, number: int, cut: CutFunction) -> int:
        cuts = cut(self.interned.grids[number])
        if cuts is None:
            return NO_GRID
        intern = self.interned.intern
        return self.intern_list(Pieces(number, tuple(Piece(intern(cells), top, left) for top, left, cells in cuts)))

    def _mapped(self, number: int, primitive: int) -> int:
        """A primitive on every piece, each where it was; none where it does not apply to one."""
        source, pieces = self.pieces_of(number)
        step, made = self.interned.apply, []
        for piece, top, left in pieces:
            piece = step(piece, primitive)
            if piece == NO_GRID:
                return NO_GRID
            made.append(Piece(piece, top, left))
        return self.intern_list(Pieces(source, tuple(made)))


def _joined(join: Join) -> ListFunction:
    def joined(values: Values, number: int) -> int:
        grids = values.interned
        grid = join(grids.grids[values.pieces_of(number).source], values.cuts_of(number))
        return NO_GRID if grid is None else grids.intern(grid)

    return joined


def _chosen(choice: Choice, trait: Trait) -> ListFunction:
    def chosen(values: Values, number: int) -> int:
        places = choice.select(values.trait(number, trait))
        if places is None or (choice.alone and len(places) > 1):
            return NO_GRID
        source, pieces = values.pieces_of(number)
        if choice.alone:
            return pieces[places[0]].number
        return values.intern_list(Pieces(source, tuple(pieces[place] for place in places)))

    return chosen


def _numbered(way: Numbering, trait: Trait) -> ListFunction:
    def numbered(values: Values, number: int) -> int:
        colours = way.colours(values.trait(number, trait))
        if colours is None:
            return NO_GRID
        grids = values.interned
        source = grids.grids[values.pieces_of(number).source]
        drawn = [
            Cut(cut.top, cut.left, (cut.cells != 0) * np.uint8(colour))
            for cut, colour in zip(values.cuts_of(number), colours, strict=True)
        ]
        return grids.intern(painted(np.zeros_like(source), drawn))

    return numbered
