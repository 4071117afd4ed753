"""Pieces chosen, ordered or numbered by a trait.

Each choice is made of a trait and of what is done with its numbers: `take_most_content` is the piece with the most
content, as a grid; `keep_least_holes` all pieces with the fewest holes, `drop_odd_copies` all but those that stand
alone in their number of copies, `rank_up_area` a grid on which each piece has the rank of its area as its colour.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from neural_guide.arc.grid import COLOURS
from neural_guide.dsl.objects import rank_values

Chosen = tuple[int, ...]
"""Places of the chosen pieces in their list, in their new order."""


class Choice(NamedTuple):
    """How pieces are chosen by the values of a trait.

    Attributes:
        select: from values to the places of those chosen; None where the choice does not apply.
        alone: whether one piece is meant, as a grid.
    """

    select: Callable[[Sequence[int]], Chosen | None]
    alone: bool


class Numbering(NamedTuple):
    """How pieces are coloured by the values of a trait: from values to colours 1 to 9; None: does not apply."""

    colours: Callable[[Sequence[int]], list[int] | None]


def most(values: Sequence[int]) -> Chosen | None:
    """Those with the highest value. None where all are alike."""
    return _with(values, max(values))


def least(values: Sequence[int]) -> Chosen | None:
    """Those with the lowest value. None where all are alike."""
    return _with(values, min(values))


def odd(values: Sequence[int]) -> Chosen | None:
    """The one that has a value of its own, where the others share theirs. None where it is not one."""
    alone = tuple(place for place, value in enumerate(values) if values.count(value) == 1)
    return alone if len(alone) == 1 and len(values) > 2 else None


def ascending(values: Sequence[int]) -> Chosen | None:
    """All, lowest value first; equal ones as they were. None where all are alike."""
    return None if len(set(values)) == 1 else tuple(sorted(range(len(values)), key=values.__getitem__))


def descending(values: Sequence[int]) -> Chosen | None:
    """All, highest value first; equal ones as they were. None where all are alike."""
    return ascending([-value for value in values])


def ranks_up(values: Sequence[int]) -> list[int] | None:
    """1 for the lowest value. None where all are alike, or of more than nine values."""
    return rank_values(values) if 1 < len(set(values)) < COLOURS else None


def ranks_down(values: Sequence[int]) -> list[int] | None:
    """1 for the highest value. None where all are alike, or of more than nine values."""
    return ranks_up([-value for value in values])


def numbers(values: Sequence[int]) -> list[int] | None:
    """The value itself, 0 as 9. None where one is above 8."""
    return [value or COLOURS - 1 for value in values] if max(values) < COLOURS - 1 else None


def _others(select: Callable[[Sequence[int]], Chosen | None]) -> Callable[[Sequence[int]], Chosen | None]:
    def others(values: Sequence[int]) -> Chosen | None:
        chosen = select(values)
        return None if chosen is None else tuple(place for place in range(len(values)) if place not in chosen)

    return others


def _with(values: Sequence[int], wanted: int) -> Chosen | None:
    found = tuple(place for place, value in enumerate(values) if value == wanted)
    return found if len(found) < len(values) else None


CHOICES: dict[str, Choice] = {
    **{f"take_{select.__name__}": Choice(select, True) for select in (most, least, odd)},
    **{f"keep_{select.__name__}": Choice(select, False) for select in (most, least, odd)},
    **{f"drop_{select.__name__}": Choice(_others(select), False) for select in (most, least, odd)},
    "sort_up": Choice(ascending, False),
    "sort_down": Choice(descending, False),
}
"""Every way to choose, by name without its trait."""

NUMBERINGS: dict[str, Numbering] = {
    "rank_up": Numbering(ranks_up),
    "rank_down": Numbering(ranks_down),
    "number": Numbering(numbers),
}
"""Every way to number, by name without its trait."""
