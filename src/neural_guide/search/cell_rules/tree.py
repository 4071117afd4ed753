"""Greedy decision trees over cell features, the cheapest ones in nats.

A beam of partial trees grows by one feature at a time, which splits all classes of cells without a right action. A
feature that leaves no such class finishes a tree. The cost is a description length in nats: of features, actions and
classes.
"""

import heapq
from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS
from neural_guide.search.cell_rules.feature import VALUE_COUNT
from neural_guide.search.cell_rules.split_counts import Bytes, Integers, count_errors, count_right

_MAX_SPLITS = 4
_MAX_FINISHING = 20  # features that finish a tree, of each partial one
_MAX_TREES = 12
_ERRORS_PER_NAT = 0.5  # errors that a nat of a feature counts as, in the order of partial trees
_CLASS_COST = 0.35  # nats of each class of cells
_LONE_COST = 0.4  # nats more of a class with cells of one pair alone
_UNSURE_COST = 1.0  # nats more of such a class with cells of the tests
_MAX_UNSEEN = 3  # classes with cells of the tests alone
_UNSEEN_COST = 3.0  # nats of each of them

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


class FeatureMatrix(NamedTuple):
    """Features of every cell; cells of all pairs come first, then those of the tests.

    Attributes:
        values: uint8 [feature, cell], below `VALUE_COUNT`.
        costs: float64 [feature], nats.
        outputs: uint8 [cell of a pair], true output of the cell.
        pair_indices: int64 [cell of a pair], index of the cell's pair.
        copies: uint8 [copy, cell], values of the features that a leaf may copy.
        copy_costs: float64 [copy], nats of copying each.
    """

    values: Bytes
    costs: Floats
    outputs: Bytes
    pair_indices: Integers
    copies: Bytes
    copy_costs: Floats


class Leaf(NamedTuple):
    """Action of a class of cells.

    Attributes:
        path: values of the class in the first features; a class with a right action is not split further.
        is_copy: whether the action is a copy.
        action: index of the copy, or the colour that the cells become.
    """

    path: tuple[int, ...]
    is_copy: bool
    action: int


class Tree(NamedTuple):
    """A decision tree that is right for every cell of the pairs.

    Attributes:
        splits: indices of the features to test, in order.
        leaves: one a class of cells.
        cost: description length of features, actions and classes, nats.
        support: share of the classes of test cells that more than one pair has, [0, 1]; of all classes for a matrix
            without test cells.
        answers: uint8 [cell of a test], predicted colours.
    """

    splits: tuple[int, ...]
    leaves: tuple[Leaf, ...]
    cost: float
    support: float
    answers: Bytes


class _PartialTree(NamedTuple):
    splits: tuple[int, ...]
    classes: Integers  # [cell]
    depths: Integers  # [cell], number of features that split the cell's class


class _FinishedTree(NamedTuple):
    """A tree with an action for each class, see `Tree`."""

    partial: _PartialTree
    actions: Sequence[int]
    cost: float
    support: float
    answers: Bytes


class _Split(NamedTuple):
    """A feature to split the unclear classes of a tree by.

    Attributes:
        loss: errors after the split, and the feature's cost as errors; the beam keeps the lowest.
        parent: tree to split.
        is_unclear: bool [class], no action is right for all its cells.
        feature: index of the feature.
    """

    loss: float
    parent: _PartialTree
    is_unclear: Flags
    feature: int


def fit_trees(matrix: FeatureMatrix, breadth: int) -> list[Tree]:
    """Fit trees that are right for every cell of the pairs, and know all but a few classes of the tests.

    Args:
        matrix: features of every cell; without test cells the trees have no answers.
        breadth: partial trees that the beam keeps, and features that split each of them.

    Returns:
        At most 12 trees, the cheapest first.
    """
    builder = _TreeBuilder(matrix, breadth)
    zeros = np.zeros(matrix.values.shape[1], dtype=np.int64)
    beam = [_PartialTree((), zeros, zeros)]
    for _ in range(_MAX_SPLITS):
        splits = [split for parent in beam for split in builder.find_splits(parent)]
        beam = [builder.split(split) for split in sorted(splits, key=lambda split: split.loss)[:breadth]]
    return builder.list_cheapest()


class _TreeBuilder:
    """Builds trees over a feature matrix, and keeps the cheapest finished ones.

    Actions have indices: first the colours of the outputs, then the copies of the matrix.
    """

    def __init__(self, matrix: FeatureMatrix, breadth: int) -> None:
        if matrix.values.size and matrix.values.max() >= VALUE_COUNT:  # compiled code does not check its indices
            raise ValueError(f"a feature has the value {matrix.values.max()}; values are below {VALUE_COUNT}")
        self._matrix, self._cells, self._breadth = matrix, len(matrix.outputs), breadth
        self._colours = np.unique(matrix.outputs)
        constant = matrix.outputs[:, None] == self._colours
        copied = (matrix.copies[:, : self._cells] == matrix.outputs).T
        self._is_right = np.ascontiguousarray(np.hstack((constant, copied)).view(np.uint8))
        self._action_costs = np.concatenate((np.ones(len(self._colours)), matrix.copy_costs))
        # a tree with a class that was unclear has at least two actions
        self._least_action_cost = float(np.sort(self._action_costs)[:2].sum())
        self._pair_values = np.ascontiguousarray(matrix.values[:, : self._cells])
        self._finished: list[_FinishedTree] = []
        self._lowest: list[float] = []  # a heap: the costs of the cheapest trees so far, negative

    def list_cheapest(self) -> list[Tree]:
        """List the cheapest finished trees, the cheapest first."""
        cheapest = sorted(self._finished, key=lambda tree: tree.cost)[:_MAX_TREES]
        return [
            Tree(
                splits=tree.partial.splits,
                leaves=self._list_leaves(tree),
                cost=tree.cost,
                support=tree.support,
                answers=tree.answers,
            )
            for tree in cheapest
        ]

    def find_splits(self, parent: _PartialTree) -> list[_Split]:
        """Find the best features to split a tree by; features that are right for every cell finish a tree here."""
        classes = parent.classes[: self._cells]
        sizes, counts = self._count(parent.classes)
        is_unclear = counts.max(axis=1) < sizes
        cells = np.flatnonzero(is_unclear[classes])
        if not len(cells):
            return []
        unclear, numbers = np.unique(classes[cells], return_inverse=True)
        values = np.ascontiguousarray(self._pair_values[:, cells])
        errors = count_errors(values, VALUE_COUNT, numbers.astype(np.int64), len(unclear), self._is_right[cells])
        loss = errors + _ERRORS_PER_NAT * self._matrix.costs
        # each unclear class becomes two or more
        lower_bound = self._least_action_cost + _CLASS_COST * (np.count_nonzero(sizes) + len(unclear))
        for feature in _select_lowest(np.flatnonzero(errors == 0), loss, _MAX_FINISHING):
            if self._is_cheap(lower_bound + self._sum_costs((*parent.splits, feature))):
                self._finish(self.split(_Split(0.0, parent, is_unclear, feature)))
        chosen = _select_lowest(np.flatnonzero(errors), loss, self._breadth)
        return [_Split(float(loss[feature]), parent, is_unclear, feature) for feature in chosen]

    def split(self, split: _Split) -> _PartialTree:
        """Split the unclear classes of a tree by one more feature."""
        _, parent, is_unclear, feature = split
        classes, size = parent.classes, len(is_unclear)
        is_split = is_unclear[classes]
        codes = np.where(is_split, size + classes * VALUE_COUNT + self._matrix.values[feature], classes)
        is_used = np.zeros(size * (1 + VALUE_COUNT), dtype=np.bool_)
        is_used[codes] = True
        numbers = np.cumsum(is_used)[codes] - 1
        return _PartialTree((*parent.splits, feature), numbers, parent.depths + is_split)

    def _count(self, classes: Integers) -> tuple[Integers, Integers]:
        """Count the pair cells of each class, [class], and those that each action gets right, [class, action]."""
        pair_classes, size = classes[: self._cells], int(classes.max()) + 1
        return np.bincount(pair_classes, minlength=size), count_right(pair_classes, size, self._is_right)

    def _sum_costs(self, splits: Sequence[int]) -> float:
        return float(self._matrix.costs[list(splits)].sum())

    def _is_cheap(self, cost: float) -> bool:
        """Return whether a tree of this cost can be among the cheapest."""
        return len(self._lowest) < _MAX_TREES or cost < -self._lowest[0]

    def _finish(self, partial: _PartialTree) -> None:
        """Give every class its action, and keep the tree.

        Drops it for too many classes of test cells alone, for an answer that is no colour, or for its cost.
        """
        classes = partial.classes
        test_classes = np.unique(classes[self._cells :])
        sizes, counts = self._count(classes)
        unseen = test_classes[sizes[test_classes] == 0].tolist()
        if len(unseen) > _MAX_UNSEEN:
            return
        is_lone = self._find_lone_classes(classes[: self._cells], len(sizes))
        feature_cost = self._sum_costs(partial.splits)
        class_cost = (
            _CLASS_COST * np.count_nonzero(sizes)
            + _LONE_COST * is_lone.sum()
            + _UNSURE_COST * is_lone[test_classes].sum()
        )
        if not self._is_cheap(feature_cost + float(class_cost) + self._least_action_cost):
            return
        actions, action_cost = self._choose_actions(counts == sizes[:, None], sizes > 0)
        cost = action_cost + feature_cost + float(class_cost) + _UNSEEN_COST * len(unseen)
        if not self._is_cheap(cost):
            return
        if unseen:
            paths = self._list_paths(partial)
            for number in unseen:
                actions[number] = self._choose_unseen_action(paths[number], paths, counts)
        answers = self._predict_tests(classes, actions)
        if (answers >= COLOURS).any():
            return
        support = 1 - float(is_lone[test_classes if len(test_classes) else sizes > 0].mean())
        self._finished.append(_FinishedTree(partial, actions, cost, support, answers))
        heapq.heappush(self._lowest, -cost)
        if len(self._lowest) > _MAX_TREES:
            heapq.heappop(self._lowest)

    def _choose_actions(self, is_fit: Flags, has_cells: Flags) -> tuple[list[int], float]:
        """Choose an action for each class, few different ones, by a greedy set cover.

        Args:
            is_fit: bool [class, action], the action is right for all cells of the class.
            has_cells: bool [class], the class has cells of pairs.

        Returns:
            Action of each class, -1 for a class without cells of pairs; and the cost of the actions in nats.
        """
        chosen, cost, remaining = np.full(len(is_fit), -1), 0.0, has_cells.copy()
        weights = is_fit.astype(np.float64)
        while remaining.any():
            gains = remaining @ weights
            action = int(np.argmax(gains / self._action_costs))
            is_covered = remaining & is_fit[:, action]
            chosen[is_covered], remaining = action, remaining & ~is_covered
            cost += float(self._action_costs[action])
        return chosen.tolist(), cost

    def _choose_unseen_action(self, path: Sequence[int], paths: Sequence[Sequence[int]], counts: Integers) -> int:
        """Choose the action for a class without cells of pairs.

        It is right for most cells of the classes that share the most first values. A copy goes before a colour, and a
        cheaper action before a dearer one.
        """
        shared = np.array(
            [_count_shared(path, other) if row.any() else -1 for other, row in zip(paths, counts, strict=True)]
        )
        right = counts[shared == shared.max()].sum(axis=0)
        is_colour = np.arange(len(right)) < len(self._colours)
        return int(np.lexsort((self._action_costs, is_colour, -right))[0])

    def _find_lone_classes(self, classes: Integers, size: int) -> Flags:
        """Find the classes with cells of one pair alone, bool [class]."""
        pairs = int(self._matrix.pair_indices.max()) + 1
        codes = classes * pairs + self._matrix.pair_indices
        has_cells = np.bincount(codes, minlength=size * pairs).reshape(size, pairs) > 0
        is_lone: Flags = has_cells.sum(axis=1) == 1
        return is_lone

    def _list_leaves(self, tree: _FinishedTree) -> tuple[Leaf, ...]:
        paths = zip(self._list_paths(tree.partial), tree.actions, strict=True)
        return tuple(Leaf(path, *self._describe_action(action)) for path, action in paths)

    def _list_paths(self, partial: _PartialTree) -> list[tuple[int, ...]]:
        """List the values that led to each class."""
        first = np.unique(partial.classes, return_index=True)[1]
        values = self._matrix.values[np.array(partial.splits)[:, None], first].T.tolist()
        return [tuple(path[:depth]) for path, depth in zip(values, partial.depths[first].tolist(), strict=True)]

    def _describe_action(self, action: int) -> tuple[bool, int]:
        """Return whether an action is a copy, and the index of the copy or the colour."""
        constants = len(self._colours)
        return (False, int(self._colours[action])) if action < constants else (True, action - constants)

    def _predict_tests(self, classes: Integers, actions: Sequence[int]) -> Bytes:
        """Predict the colours of the test cells, uint8 [cell of a test]."""
        test_classes = classes[self._cells :]
        outcomes = np.vstack(
            (
                np.repeat(self._colours[:, None], len(test_classes), axis=1),
                self._matrix.copies[:, self._cells :],
            )
        )
        answers: Bytes = outcomes[np.array(actions)[test_classes], np.arange(len(test_classes))].astype(np.uint8)
        return answers


def _count_shared(path: Sequence[int], other: Sequence[int]) -> int:
    """Count the equal first values of two paths."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(path, other, strict=False)))


def _select_lowest(indices: Integers, loss: Floats, count: int) -> list[int]:
    """Select the indices of the lowest loss, the lowest first."""
    order: list[int] = indices[np.argsort(loss[indices], kind="stable")][:count].tolist()
    return order
