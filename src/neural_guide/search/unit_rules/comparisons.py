"""Comparisons of a number of a unit with that of the other units of its grid; they hold at any size.

Every public function is a comparison, `name(numbers) -> numbers`, one number a unit.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from neural_guide.search.rule_learning.tree import VALUE_COUNT

Comparison = Callable[[Sequence[int]], list[int]]
_OWN = ("size", "height", "width", "length", "colour count", "content", "hole count")
_FLAGS = ("is rectangle", "is line", "orientation", "symmetry beside", "symmetry below", "symmetry any")
_PLACES = ("top", "left", "rows below", "columns beside")
_OTHERS = ("distance to centre", "distance to border", "alike in shape", "alike in colour", "contained", "touched")
_RANKED = ("top", "left", "size", "height", "width")
_COST, _RANK_COST = 2.0, 3.0  # nats of a comparison


def is_most(numbers: Sequence[int]) -> list[int]:
    """1 for the highest number, 2 if several have it, else 0."""
    return _mark(numbers, max(numbers))


def is_least(numbers: Sequence[int]) -> list[int]:
    """1 for the lowest number, 2 if several have it, else 0."""
    return _mark(numbers, min(numbers))


def is_odd(numbers: Sequence[int]) -> list[int]:
    """1 for a number that no other unit has while all others share one, else 0."""
    counts = Counter(numbers)
    is_single = len(counts) == 2 and len(numbers) > 2
    return [int(is_single and counts[number] == 1) for number in numbers]


def is_middle(numbers: Sequence[int]) -> list[int]:
    """1 for the median of an odd number of different numbers, else 0."""
    if len(set(numbers)) < len(numbers) or len(numbers) % 2 == 0:
        return [0] * len(numbers)
    middle = sorted(numbers)[len(numbers) // 2]
    return [int(number == middle) for number in numbers]


def rank(numbers: Sequence[int]) -> list[int]:
    """Rank among the different numbers: 1 for the lowest."""
    ranks = {number: place for place, number in enumerate(sorted(set(numbers)), start=1)}
    return [min(ranks[number], VALUE_COUNT - 1) for number in numbers]


def _mark(numbers: Sequence[int], wanted: int) -> list[int]:
    value = 1 if list(numbers).count(wanted) == 1 else 2
    return [value * (number == wanted) for number in numbers]


COMPARISONS: dict[str, Comparison] = {
    "most": is_most,
    "least": is_least,
    "odd": is_odd,
    "rank by": rank,
    "middle by": is_middle,
}
"""Comparisons by the first words of their features."""
COMPARISON_COSTS = {"most": _COST, "least": _COST, "odd": _COST, "rank by": _RANK_COST, "middle by": _RANK_COST}


def list_comparisons() -> Iterator[tuple[str, str]]:
    """List each comparison, and the feature whose numbers it compares."""
    for base in (*_OWN, *_FLAGS, *_PLACES, *_OTHERS):
        if base not in _FLAGS:
            yield "most", base
            yield "least", base
        if base not in _PLACES:
            yield "odd", base
    for base in _RANKED:
        yield "rank by", base
        yield "middle by", base
    yield "odd", "own colour"
