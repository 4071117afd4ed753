"""Trees that split cells by views until one action explains each class, the cheapest ones."""

import heapq
from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS
from neural_guide.search.cell_rules.feature import VALUES
from neural_guide.search.cell_rules.split_counts import counted, left_by

_MOST_SPLITS = 4
_FINISHED = 20  # views that finish a tree, of each unfinished one
_KEPT = 12
_SPLIT_WORTH = 0.5  # cells that a nat of a view is worth, in the order of unfinished trees
_CLASS_COST = 0.35  # nats of each class of cells
_LONE_COST = 0.4  # and of one that is in one pair alone
_UNSURE_COST = 1.0  # and more where the tests have cells of it
_MOST_UNSEEN = 3  # classes that the tests alone have
_UNSEEN_COST = 3.0  # nats of each

Codes = npt.NDArray[np.int64]


class Seen(NamedTuple):
    """What is seen of every cell, those of all pairs and then those of the tests.

    Attributes:
        views: uint8 [view, cell].
        costs: float64 [view], nats.
        out: uint8 [cell of a pair], its output.
        pairs: int64 [cell of a pair], which pair it is of.
        copies: views that may be copied, uint8 [action, cell].
        prices: float64 [action], nats of copying each.
    """

    views: npt.NDArray[np.uint8]
    costs: npt.NDArray[np.float64]
    out: npt.NDArray[np.uint8]
    pairs: Codes
    copies: npt.NDArray[np.uint8]
    prices: npt.NDArray[np.float64]


class Leaf(NamedTuple):
    """What becomes of a class of cells.

    Attributes:
        path: their values in the first views; once one action is right for a class, no more views are asked.
        is_copy: whether they become a copy.
        action: place of the copy, or the colour that they become.
    """

    path: tuple[int, ...]
    is_copy: bool
    action: int


class Tree(NamedTuple):
    """What becomes of every cell.

    Attributes:
        splits: places of the views that are asked, in order.
        leaves: one a class of cells.
        cost: in nats, of views, actions and classes.
        support: share of the classes met in the tests that more than one pair has, [0, 1]; of all classes where no
            cells of tests were given.
        answers: uint8 [cell of a test].
    """

    splits: tuple[int, ...]
    leaves: tuple[Leaf, ...]
    cost: float
    support: float
    answers: npt.NDArray[np.uint8]


class _Open(NamedTuple):
    """An unfinished tree."""

    splits: tuple[int, ...]
    classes: Codes  # of all cells
    asked: Codes  # of all cells, how many of the views they were split by


class _Finished(NamedTuple):
    """A tree whose classes all have an action, see `Tree`."""

    opened: _Open
    actions: Sequence[int]
    cost: float
    support: float
    answers: npt.NDArray[np.uint8]


class _Split(NamedTuple):
    """A view to split the unclear classes of a tree by; the least worth is gone on with."""

    worth: float
    parent: _Open
    unclear: npt.NDArray[np.bool_]
    view: int


def grown(seen: Seen, breadth: int) -> list[Tree]:
    """Trees that explain every cell of the pairs, and know all but a few classes of the tests, the cheapest first.

    Args:
        seen: of every cell; without cells of tests nothing is answered.
        breadth: unfinished trees that are gone on with, and views that each of them is split by.
    """
    grower = _Grower(seen, breadth)
    none = np.zeros(seen.views.shape[1], dtype=np.int64)
    beam = [_Open((), none, none)]
    for _ in range(_MOST_SPLITS):
        splits = [split for parent in beam for split in grower.splits(parent)]
        beam = [grower.split(chosen) for chosen in sorted(splits, key=lambda split: split.worth)[:breadth]]
    return grower.cheapest()


class _Grower:
    """Grows trees over what is seen, and keeps the cheapest of those that explain every cell."""

    def __init__(self, seen: Seen, breadth: int) -> None:
        self._seen, self._cells, self._breadth = seen, len(seen.out), breadth
        self._colours = np.unique(seen.out)
        constant = seen.out[:, None] == self._colours
        copied = (seen.copies[:, : self._cells] == seen.out).T
        self._right = np.ascontiguousarray(np.hstack((constant, copied)).view(np.uint8))
        self._prices = np.concatenate((np.ones(len(self._colours)), seen.prices))
        self._least_price = float(np.sort(self._prices)[:2].sum())  # a class that was unclear has two actions or more
        self._shown = np.ascontiguousarray(seen.views[:, : self._cells])
        self._finished: list[_Finished] = []
        self._lowest: list[float] = []  # a heap: the costs of the cheapest trees so far, negative

    def cheapest(self) -> list[Tree]:
        """The finished trees that are kept."""
        kept = sorted(self._finished, key=lambda each: each.cost)[:_KEPT]
        return [Tree(each.opened.splits, self._leaves(each), each.cost, each.support, each.answers) for each in kept]

    def splits(self, parent: _Open) -> list[_Split]:
        """The most useful views to go on with; trees that explain every cell are finished."""
        classes = parent.classes[: self._cells]
        sizes, counts = self._counts(parent.classes)
        unclear = counts.max(axis=1) < sizes
        cells = np.flatnonzero(unclear[classes])
        if not len(cells):
            return []
        kept, numbers = np.unique(classes[cells], return_inverse=True)
        shown = np.ascontiguousarray(self._shown[:, cells])
        left = left_by(shown, VALUES, numbers.astype(np.int64), len(kept), self._right[cells])
        worth = left + _SPLIT_WORTH * self._seen.costs
        least = self._least_price + _CLASS_COST * (np.count_nonzero(sizes) + len(kept))  # each becomes two or more
        for view in _first(np.flatnonzero(left == 0), worth, _FINISHED):
            if self._is_kept(least + self._cost_of((*parent.splits, view))):
                self._finish(self.split(_Split(0.0, parent, unclear, view)))
        chosen = _first(np.flatnonzero(left), worth, self._breadth)
        return [_Split(float(worth[view]), parent, unclear, view) for view in chosen]

    def split(self, chosen: _Split) -> _Open:
        """A tree whose unclear classes are split by one more view."""
        _, parent, unclear, view = chosen
        classes, size = parent.classes, len(unclear)
        moved = unclear[classes]
        codes = np.where(moved, size + classes * VALUES + self._seen.views[view], classes)
        met = np.zeros(size * (1 + VALUES), dtype=np.bool_)
        met[codes] = True
        numbers = np.cumsum(met)[codes] - 1
        return _Open((*parent.splits, view), numbers, parent.asked + moved)

    def _counts(self, classes: Codes) -> tuple[Codes, Codes]:
        """Cells of pairs that each class has, [class], and those that each action gets right, [class, action]."""
        shown, size = classes[: self._cells], int(classes.max()) + 1
        return np.bincount(shown, minlength=size), counted(shown, size, self._right)

    def _cost_of(self, splits: Sequence[int]) -> float:
        return float(self._seen.costs[list(splits)].sum())

    def _is_kept(self, cost: float) -> bool:
        """Whether a tree of this cost or more can be among the cheapest still."""
        return len(self._lowest) < _KEPT or cost < -self._lowest[0]

    def _finish(self, opened: _Open) -> None:
        """Give every class its action; nothing where tests have many classes of their own, or no colour comes out."""
        classes = opened.classes
        asked = np.unique(classes[self._cells :])
        sizes, counts = self._counts(classes)
        unseen = asked[sizes[asked] == 0].tolist()
        if len(unseen) > _MOST_UNSEEN:
            return
        lone = self._is_lone(classes[: self._cells], len(sizes))
        of_views = self._cost_of(opened.splits)
        of_classes = _CLASS_COST * np.count_nonzero(sizes) + _LONE_COST * lone.sum() + _UNSURE_COST * lone[asked].sum()
        if not self._is_kept(of_views + float(of_classes) + self._least_price):
            return
        actions, price = self._actions(counts == sizes[:, None], sizes > 0)
        cost = price + of_views + float(of_classes) + _UNSEEN_COST * len(unseen)
        if not self._is_kept(cost):
            return
        if unseen:
            paths = self._paths(opened)
            for number in unseen:
                actions[number] = self._likest(paths[number], paths, counts)
        answers = self._answered(classes, actions)
        if (answers >= COLOURS).any():
            return
        support = 1 - float(lone[asked if len(asked) else sizes > 0].mean())
        self._finished.append(_Finished(opened, actions, cost, support, answers))
        heapq.heappush(self._lowest, -cost)
        if len(self._lowest) > _KEPT:
            heapq.heappop(self._lowest)

    def _actions(self, fits: npt.NDArray[np.bool_], wanted: npt.NDArray[np.bool_]) -> tuple[list[int], float]:
        """An action for each class, few different ones, and what those cost."""
        chosen, price, left = np.full(len(fits), -1), 0.0, wanted.copy()
        weights = fits.astype(np.float64)
        while left.any():
            gains = left @ weights
            action = int(np.argmax(gains / self._prices))
            taken = left & fits[:, action]
            chosen[taken], left = action, left & ~taken
            price += float(self._prices[action])
        return chosen.tolist(), price

    def _likest(self, path: Sequence[int], paths: Sequence[Sequence[int]], counts: Codes) -> int:
        """The action for a class that no pair has: right for most cells of those that share its most first values.

        A copy goes before a colour, and the cheaper before the dearer.
        """
        alike = np.array(
            [_shared(path, other) if each.any() else -1 for other, each in zip(paths, counts, strict=True)]
        )
        right = counts[alike == alike.max()].sum(axis=0)
        is_colour = np.arange(len(right)) < len(self._colours)
        return int(np.lexsort((self._prices, is_colour, -right))[0])

    def _is_lone(self, shown: Codes, size: int) -> npt.NDArray[np.bool_]:
        """The classes that are in one pair alone."""
        pairs = int(self._seen.pairs.max()) + 1
        met = np.bincount(shown * pairs + self._seen.pairs, minlength=size * pairs).reshape(size, pairs) > 0
        lone: npt.NDArray[np.bool_] = met.sum(axis=1) == 1
        return lone

    def _leaves(self, finished: _Finished) -> tuple[Leaf, ...]:
        paths = zip(self._paths(finished.opened), finished.actions, strict=True)
        return tuple(Leaf(path, *self._named(action)) for path, action in paths)

    def _paths(self, opened: _Open) -> list[tuple[int, ...]]:
        """The values by which each class was split from the others."""
        first = np.unique(opened.classes, return_index=True)[1]
        values = self._seen.views[np.array(opened.splits)[:, None], first].T.tolist()
        return [tuple(path[:asked]) for path, asked in zip(values, opened.asked[first].tolist(), strict=True)]

    def _named(self, action: int) -> tuple[bool, int]:
        constants = len(self._colours)
        return (False, int(self._colours[action])) if action < constants else (True, action - constants)

    def _answered(self, classes: Codes, actions: Sequence[int]) -> npt.NDArray[np.uint8]:
        asked = classes[self._cells :]
        made = np.vstack(
            (
                np.repeat(self._colours[:, None], len(asked), axis=1),
                self._seen.copies[:, self._cells :],
            )
        )
        answers: npt.NDArray[np.uint8] = made[np.array(actions)[asked], np.arange(len(asked))].astype(np.uint8)
        return answers


def _shared(path: Sequence[int], other: Sequence[int]) -> int:
    """How many first values are the same."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(path, other, strict=False)))


def _first(places: Codes, worth: npt.NDArray[np.float64], most: int) -> list[int]:
    """The places of the least worth, the lowest first."""
    order: list[int] = places[np.argsort(worth[places], kind="stable")][:most].tolist()
    return order
