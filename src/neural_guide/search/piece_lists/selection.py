"""Selection, sorting and numbering of pieces by a property.

A step combines an entry of `SELECTIONS` or `NUMBERINGS` with a property. `take_most_content` returns the piece with
the most content, as a grid. `keep_least_holes` keeps all pieces with the fewest holes, and `drop_odd_copies` drops the
one piece with a number of copies of its own. `rank_up_area` paints each piece in the colour of its area's rank.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from neural_guide.arc.grid import COLOURS
from neural_guide.dsl.objects import rank_values

Indices = tuple[int, ...]
"""Indices of the selected pieces in their list, in their new order."""

Selector = Callable[[Sequence[int]], Indices | None]
"""Function from the values of a property to the selected pieces; None if the selection does not apply."""


class Selection(NamedTuple):
    """A way to select pieces by the values of a property.

    Attributes:
        select: function from values to selected pieces.
        is_single: whether the result is one piece, as a grid; then several selected pieces do not apply.
    """

    select: Selector
    is_single: bool


class Numbering(NamedTuple):
    """A way to colour pieces: a function from the values of a property to colours 1 to 9; None: does not apply."""

    choose_colours: Callable[[Sequence[int]], list[int] | None]


def select_most(values: Sequence[int]) -> Indices | None:
    """Select the pieces with the highest value. None if all values are equal."""
    return _select_value(values, max(values))


def select_least(values: Sequence[int]) -> Indices | None:
    """Select the pieces with the lowest value. None if all values are equal."""
    return _select_value(values, min(values))


def select_odd(values: Sequence[int]) -> Indices | None:
    """Select the one piece whose value no other piece has. None for another number of such pieces, or below three."""
    indices = tuple(index for index, value in enumerate(values) if values.count(value) == 1)
    return indices if len(indices) == 1 and len(values) > 2 else None


def sort_ascending(values: Sequence[int]) -> Indices | None:
    """Sort all pieces, lowest value first; equal values keep their order. None if all values are equal."""
    return None if len(set(values)) == 1 else tuple(sorted(range(len(values)), key=values.__getitem__))


def sort_descending(values: Sequence[int]) -> Indices | None:
    """Sort all pieces, highest value first; equal values keep their order. None if all values are equal."""
    return sort_ascending([-value for value in values])


def rank_ascending(values: Sequence[int]) -> list[int] | None:
    """Rank the values, 1 for the lowest. None for one different value, or more than nine."""
    return rank_values(values) if 1 < len(set(values)) < COLOURS else None


def rank_descending(values: Sequence[int]) -> list[int] | None:
    """Rank the values, 1 for the highest. None for one different value, or more than nine."""
    return rank_ascending([-value for value in values])


def number_by_value(values: Sequence[int]) -> list[int] | None:
    """Return each value, 0 as 9. None for a value above 8."""
    return [value or COLOURS - 1 for value in values] if max(values) < COLOURS - 1 else None


def _invert(select: Selector) -> Selector:
    """Build the selector of the pieces that another one leaves out."""

    def select_others(values: Sequence[int]) -> Indices | None:
        indices = select(values)
        return None if indices is None else tuple(index for index in range(len(values)) if index not in indices)

    return select_others


def _select_value(values: Sequence[int], wanted: int) -> Indices | None:
    """Select the pieces with one value. None if all pieces have it."""
    indices = tuple(index for index, value in enumerate(values) if value == wanted)
    return indices if len(indices) < len(values) else None


_SELECTORS: dict[str, Selector] = {"most": select_most, "least": select_least, "odd": select_odd}

SELECTIONS: dict[str, Selection] = {
    **{f"take_{name}": Selection(select, is_single=True) for name, select in _SELECTORS.items()},
    **{f"keep_{name}": Selection(select, is_single=False) for name, select in _SELECTORS.items()},
    **{f"drop_{name}": Selection(_invert(select), is_single=False) for name, select in _SELECTORS.items()},
    "sort_up": Selection(sort_ascending, is_single=False),
    "sort_down": Selection(sort_descending, is_single=False),
}
"""All selections by name, without the property."""

NUMBERINGS: dict[str, Numbering] = {
    "rank_up": Numbering(rank_ascending),
    "rank_down": Numbering(rank_descending),
    "number": Numbering(number_by_value),
}
"""All numberings by name, without the property."""
