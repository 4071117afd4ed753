"""Interned values of a search over grids and lists of pieces, with memoised functions.

Interning stores each different grid or list once and names it by a number, so that equal values have equal numbers.
Memoisation stores the result of a function by that number, so that each function runs at most once on each value.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.dsl.interning import NO_GRID, GridTable
from neural_guide.dsl.vocabulary import Primitive
from neural_guide.search.piece_lists.composition import COMPOSITIONS, Composition, draw_pieces
from neural_guide.search.piece_lists.properties import PROPERTIES, Measurements, PlacedPiece, Property, measure
from neural_guide.search.piece_lists.segmentation import SEGMENTATIONS, Segment, Segmentation
from neural_guide.search.piece_lists.selection import NUMBERINGS, SELECTIONS, Numbering, Selection

LIST_OFFSET = 1 << 40  # numbers from here on are lists of pieces; those below are grids
_LIST_BYTES = 400  # bytes of a list beside its pieces: key, entry of the index, results
_PIECE_BYTES = 120
_MEASUREMENTS_BYTES = 400
_RESULT_BYTES = 100


class Piece(NamedTuple):
    """A piece in an interned list.

    Attributes:
        number: number of the grid of its cells.
        top: row of its upper left corner in the source grid.
        left: column of the same corner.
    """

    number: int
    top: int
    left: int


class PieceList(NamedTuple):
    """A list of pieces, and the number of the grid that was segmented."""

    source: int
    pieces: tuple[Piece, ...]


ListFunction = Callable[["Values", int], int]
"""Function from the number of a list to the number of a list or grid, or to `NO_GRID`."""


def list_piece_functions() -> tuple[str, ...]:
    """List the names of the segmentations and of the list functions, in the order of their positions."""
    return (*SEGMENTATIONS, *_build_list_functions())


@cache  # every search under a transform needs the same functions
def _build_list_functions() -> dict[str, ListFunction]:
    """Build the functions of a list by name; mapping a primitive over the pieces is not among them."""
    functions: dict[str, ListFunction] = {name: _bind_composition(compose) for name, compose in COMPOSITIONS.items()}
    for property_name, rate in PROPERTIES.items():
        functions |= {f"{name}_{property_name}": _bind_selection(way, rate) for name, way in SELECTIONS.items()}
        functions |= {f"{name}_{property_name}": _bind_numbering(way, rate) for name, way in NUMBERINGS.items()}
    return functions


class Values:
    """Values that the programs of one task compute: interned grids and lists of pieces.

    The position of a function identifies it. Primitives come first: they run on a grid, or map over the pieces of a
    list. The segmentations follow, for grids alone, then the list functions, for lists alone.

    Args:
        primitives: functions of grids, by position.

    Attributes:
        interned: the grids.
        function_count: number of functions, primitives included.
    """

    def __init__(self, primitives: Sequence[Primitive]) -> None:
        self.interned = GridTable(primitives)
        self._segmentations: list[Segmentation] = list(SEGMENTATIONS.values())
        self._list_functions = list(_build_list_functions().values())
        self._first_segmentation = len(primitives)
        self._first_list_function = self._first_segmentation + len(self._segmentations)
        self.function_count = self._first_list_function + len(self._list_functions)
        self._lists: list[PieceList] = []
        self._list_numbers: dict[PieceList, int] = {}
        self._results: dict[tuple[int, int], int] = {}
        self._measurements: dict[int, Measurements] = {}
        self._properties: dict[tuple[int, Property], list[int]] = {}
        self._list_bytes = 0

    @property
    def nbytes(self) -> int:
        """Estimated memory of all values and results, bytes."""
        return (
            self.interned.nbytes
            + self._list_bytes
            + _MEASUREMENTS_BYTES * len(self._measurements)
            + _RESULT_BYTES * (len(self._results) + 2 * len(self._properties))
        )

    def apply(self, number: int, function: int) -> int:
        """Run a function on a grid or a list; a stored result is returned without running it again.

        Args:
            number: number of the grid or list.
            function: position of the function.

        Returns:
            The number of the result; `NO_GRID` if the function does not apply.
        """
        if number < LIST_OFFSET and function < self._first_segmentation:
            return self.interned.apply(number, function)
        key = number, function
        result = self._results.get(key)
        if result is None:
            result = self._results[key] = self._run(number, function)
        return result

    def count_calls(self, number: int) -> int:
        """Count the calls of a primitive on a value: one a piece of a list, 1 for a grid."""
        return len(self._lists[number - LIST_OFFSET].pieces) if number >= LIST_OFFSET else 1

    def get_list(self, number: int) -> PieceList:
        """Return a list by its number."""
        return self._lists[number - LIST_OFFSET]

    def list_segments(self, number: int) -> list[Segment]:
        """List the pieces of a list with their cells."""
        grids = self.interned.grids
        return [Segment(top, left, grids[piece]) for piece, top, left in self.get_list(number).pieces]

    def render(self, number: int) -> Grid:
        """Return a grid, or a list painted on a background grid of its source's size."""
        if number < LIST_OFFSET:
            return self.interned.grids[number]
        source = self.interned.grids[self.get_list(number).source]
        return draw_pieces(np.zeros_like(source), self.list_segments(number))

    def intern_list(self, pieces: PieceList) -> int:
        """Return the number of a list, a new one for a new list; equal lists share it."""
        number = self._list_numbers.get(pieces)
        if number is None:
            number = self._list_numbers[pieces] = LIST_OFFSET + len(self._lists)
            self._lists.append(pieces)
            self._list_bytes += _LIST_BYTES + _PIECE_BYTES * len(pieces.pieces)
        return number

    def compute_property(self, number: int, rate: Property) -> list[int]:
        """Compute a property of the pieces of a list, one number a piece."""
        key = number, rate
        ratings = self._properties.get(key)
        if ratings is None:
            pieces = [PlacedPiece(top, left, self._measure(piece)) for piece, top, left in self.get_list(number).pieces]
            ratings = self._properties[key] = rate(pieces)
        return ratings

    def _measure(self, number: int) -> Measurements:
        measurements = self._measurements.get(number)
        if measurements is None:
            measurements = self._measurements[number] = measure(self.interned.grids[number])
        return measurements

    def _run(self, number: int, function: int) -> int:
        if number < LIST_OFFSET:
            if function >= self._first_list_function:
                return NO_GRID
            return self._segment(number, self._segmentations[function - self._first_segmentation])
        if function < self._first_segmentation:
            return self._map_primitive(number, function)
        return (
            self._list_functions[function - self._first_list_function](self, number)
            if function >= self._first_list_function
            else NO_GRID
        )

    def _segment(self, number: int, segmentation: Segmentation) -> int:
        segments = segmentation(self.interned.grids[number])
        if segments is None:
            return NO_GRID
        intern = self.interned.intern
        pieces = tuple(Piece(intern(cells), top, left) for top, left, cells in segments)
        return self.intern_list(PieceList(number, pieces))

    def _map_primitive(self, number: int, primitive: int) -> int:
        """Run a primitive on every piece, which keeps its corner. `NO_GRID` if it does not apply to one of them."""
        source, pieces = self.get_list(number)
        apply, mapped = self.interned.apply, []
        for grid, top, left in pieces:
            result = apply(grid, primitive)
            if result == NO_GRID:
                return NO_GRID
            mapped.append(Piece(result, top, left))
        return self.intern_list(PieceList(source, tuple(mapped)))


def _bind_composition(compose: Composition) -> ListFunction:
    """Build the list function that composes one grid."""

    def compose_list(values: Values, number: int) -> int:
        interned = values.interned
        grid = compose(interned.grids[values.get_list(number).source], values.list_segments(number))
        return NO_GRID if grid is None else interned.intern(grid)

    return compose_list


def _bind_selection(selection: Selection, rate: Property) -> ListFunction:
    """Build the list function that selects or sorts pieces by a property."""

    def select_pieces(values: Values, number: int) -> int:
        indices = selection.select(values.compute_property(number, rate))
        if indices is None or (selection.is_single and len(indices) > 1):
            return NO_GRID
        source, pieces = values.get_list(number)
        if selection.is_single:
            return pieces[indices[0]].number
        return values.intern_list(PieceList(source, tuple(pieces[index] for index in indices)))

    return select_pieces


def _bind_numbering(numbering: Numbering, rate: Property) -> ListFunction:
    """Build the list function that paints each piece in a colour chosen by a property."""

    def number_pieces(values: Values, number: int) -> int:
        colours = numbering.choose_colours(values.compute_property(number, rate))
        if colours is None:
            return NO_GRID
        interned = values.interned
        source = interned.grids[values.get_list(number).source]
        coloured = [
            Segment(segment.top, segment.left, (segment.cells != 0) * np.uint8(colour))
            for segment, colour in zip(values.list_segments(number), colours, strict=True)
        ]
        return interned.intern(draw_pieces(np.zeros_like(source), coloured))

    return number_pieces
