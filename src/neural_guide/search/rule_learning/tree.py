"""Greedy decision trees over features of examples, the cheapest ones in nats.

An example is whatever a rule decides about: a cell, or a unit of a grid. A tree gives every example an action, and
several actions may be right for one. A beam of partial trees grows by one feature at a time, which splits all classes
of examples without a right action. A feature that leaves no such class finishes a tree. The cost is a description
length in nats: of features, actions and classes.
"""

import heapq
import math
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from neural_guide.search.rule_learning.split_counts import (
    Bytes,
    Flags,
    Floats,
    Integers,
    choose_actions,
    count_classes,
    count_errors,
    count_right,
    count_split_classes,
    split_classes,
)

VALUE_COUNT = 32  # values of a feature: 0 to 31
MAX_SPLITS = 4  # features of a tree
_MAX_FINISHING = 20  # features that finish a tree, of each partial one
_MAX_TREES = 12
_ERRORS_PER_NAT = 0.5  # errors that a nat of a feature counts as, in the order of partial trees
_CLASS_COST = 0.35  # nats of each class of examples
_LONE_COST = 0.4  # nats more of a class with examples of one pair alone
_UNSURE_COST = 1.0  # nats more of such a class with examples of the tests
_MAX_UNSEEN = 3  # classes with examples of the tests alone
_UNSEEN_COST = 3.0  # nats of each of them

Answers = TypeVar("Answers")
Predict = Callable[[Integers], Answers | None]
"""Function of the index of every example's action, int64 [example]; returns the answers to the tests.

None: the actions give no answers, and the tree is dropped.
"""


class Examples(NamedTuple):
    """Features of every example, and its right actions; examples of all pairs come first, then those of the tests.

    Attributes:
        values: uint8 [feature, example], below `VALUE_COUNT`.
        costs: float64 [feature], nats.
        order_costs: float64 [feature], nats by which a guide orders the features that trees grow by; the costs of trees
            do not depend on them.
        is_right: uint8 [example of a pair, action], 1 if the action is right.
        action_costs: float64 [action], nats.
        is_constant: bool [action], whether the action has the same outcome everywhere; for a class that no pair has,
            other actions come first.
        pair_indices: int64 [example of a pair], index of the example's pair.
    """

    values: Bytes
    costs: Floats
    order_costs: Floats
    is_right: Bytes
    action_costs: Floats
    is_constant: Flags
    pair_indices: Integers


class Leaf(NamedTuple):
    """Action of a class of examples.

    Attributes:
        path: values of the class in the first features; a class with a right action is not split further.
        action: index of the action.
    """

    path: tuple[int, ...]
    action: int


class Tree(NamedTuple, Generic[Answers]):
    """A decision tree that is right for every example of the pairs.

    Attributes:
        splits: indices of the features to test, in order.
        leaves: one a class of examples.
        cost: description length of features, actions and classes, nats.
        support: share of the classes of test examples that more than one pair has, [0, 1]; of all classes where there
            are no test examples.
        answers: answers to the tests.
    """

    splits: tuple[int, ...]
    leaves: tuple[Leaf, ...]
    cost: float
    support: float
    answers: Answers


class _PartialTree(NamedTuple):
    splits: tuple[int, ...]
    classes: Integers  # [example]
    depths: Integers  # [example], number of features that split the example's class


class _FinishedTree(NamedTuple, Generic[Answers]):
    """A tree with an action for each class, see `Tree`."""

    partial: _PartialTree
    actions: Sequence[int]
    cost: float
    support: float
    answers: Answers


class _Split(NamedTuple):
    """A feature to split the unclear classes of a tree by.

    Attributes:
        loss: errors after the split, and the feature's cost as errors; the beam keeps the lowest.
        parent: tree to split.
        is_unclear: bool [class], no action is right for all its examples.
        feature: index of the feature.
    """

    loss: float
    parent: _PartialTree
    is_unclear: Flags
    feature: int


def fit_trees(
    examples: Examples, predict: Predict[Answers], breadth: int, max_splits: int = MAX_SPLITS
) -> list[Tree[Answers]]:
    """Fit trees that are right for every example of the pairs, and know all but a few classes of the tests.

    Args:
        examples: features and right actions.
        predict: function that turns actions into answers.
        breadth: partial trees that the beam keeps, and features that split each of them.
        max_splits: features of a tree, at most.

    Returns:
        At most 12 trees, the cheapest first.
    """
    builder = _TreeBuilder(examples, predict, breadth)
    zeros = np.zeros(examples.values.shape[1], dtype=np.int64)
    beam = [_PartialTree((), zeros, zeros)]
    builder.finish_if_clear(beam[0])
    for _ in range(max_splits):
        splits = [split for parent in beam for split in builder.find_splits(parent)]
        beam = [builder.split(split) for split in sorted(splits, key=lambda split: split.loss)[:breadth]]
    return builder.list_cheapest()


class _TreeBuilder(Generic[Answers]):
    """Builds trees over examples, and keeps the cheapest finished ones."""

    def __init__(self, examples: Examples, predict: Predict[Answers], breadth: int) -> None:
        if examples.values.size and examples.values.max() >= VALUE_COUNT:  # compiled code does not check its indices
            raise ValueError(f"a feature has the value {examples.values.max()}; values are below {VALUE_COUNT}")
        self._examples, self._predict, self._breadth = examples, predict, breadth
        self._count_of_pairs = len(examples.is_right)
        self._is_right = np.ascontiguousarray(examples.is_right)
        self._action_costs = np.ascontiguousarray(examples.action_costs, np.float64)
        self._feature_costs: list[float] = examples.costs.tolist()
        # a tree with a class that was unclear has at least two actions
        self._least_action_cost = float(np.sort(examples.action_costs)[:2].sum())
        self._pair_values = np.ascontiguousarray(examples.values[:, : self._count_of_pairs])
        self._finished: list[_FinishedTree[Answers]] = []
        self._lowest: list[float] = []  # a heap: the costs of the cheapest trees so far, negative

    def list_cheapest(self) -> list[Tree[Answers]]:
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
        """Find the best features to split a tree by; features that are right for every example finish a tree here."""
        classes = parent.classes[: self._count_of_pairs]
        sizes, counts = self._count(parent.classes)
        is_unclear = counts.max(axis=1) < sizes
        chosen_examples = np.flatnonzero(is_unclear[classes])
        if not len(chosen_examples):
            return []
        unclear, numbers = np.unique(classes[chosen_examples], return_inverse=True)
        values = np.ascontiguousarray(self._pair_values[:, chosen_examples])
        is_right = self._is_right[chosen_examples]
        errors = count_errors(values, VALUE_COUNT, numbers.astype(np.int64), len(unclear), is_right)
        loss = errors + _ERRORS_PER_NAT * self._examples.order_costs
        self._finish_cheap(parent, is_unclear, _select_lowest(np.flatnonzero(errors == 0), loss, _MAX_FINISHING))
        chosen = _select_lowest(np.flatnonzero(errors), loss, self._breadth)
        return [_Split(float(loss[feature]), parent, is_unclear, feature) for feature in chosen]

    def finish_if_clear(self, tree: _PartialTree) -> None:
        """Keep a tree as it is if every class has a right action."""
        sizes, counts = self._count(tree.classes)
        if (counts.max(axis=1) == sizes).all():
            self._keep(tree, len(sizes))

    def split(self, split: _Split) -> _PartialTree:
        """Split the unclear classes of a tree by one more feature."""
        _, parent, is_unclear, feature = split
        classes, _ = split_classes(parent.classes, is_unclear, self._examples.values[feature], VALUE_COUNT)
        return _PartialTree((*parent.splits, feature), classes, parent.depths + is_unclear[parent.classes])

    def _count(self, classes: Integers) -> tuple[Integers, Integers]:
        """Count the pair examples of each class, [class], and those that each action gets right, [class, action]."""
        pair_classes, size = classes[: self._count_of_pairs], int(classes.max()) + 1
        return np.bincount(pair_classes, minlength=size), count_right(pair_classes, size, self._is_right)

    def _sum_costs(self, splits: Sequence[int]) -> float:
        return sum(self._feature_costs[split] for split in splits)

    @property
    def _limit(self) -> float:
        """The cost below which a tree is among the cheapest."""
        return -self._lowest[0] if len(self._lowest) >= _MAX_TREES else math.inf

    def _finish_cheap(self, parent: _PartialTree, is_unclear: Flags, features: Sequence[int]) -> None:
        """Keep the trees after splits that leave no unclear class, if they can be among the cheapest."""
        if not features:
            return
        rows = self._examples.values[features]
        numbers = count_split_classes(parent.classes, is_unclear, rows, VALUE_COUNT, self._examples.pair_indices)
        for feature, (seen, lone, unsure, unseen) in zip(features, numbers.tolist(), strict=True):
            cost = self._sum_costs((*parent.splits, feature)) + _cost_classes(seen, lone, unsure)
            if unseen <= _MAX_UNSEEN and cost + self._least_action_cost < self._limit:
                tree = self.split(_Split(0.0, parent, is_unclear, feature))
                self._keep(tree, seen + unseen)

    def _keep(self, tree: _PartialTree, class_count: int) -> None:
        """Give every class its action, and keep the tree.

        Drops it for its cost, or if its actions give no answers.
        """
        classes = tree.classes
        sizes, is_lone, is_tested = count_classes(classes, class_count, self._examples.pair_indices)
        unseen = np.flatnonzero(is_tested & (sizes == 0)).tolist()
        feature_cost = self._sum_costs(tree.splits)
        class_cost = _cost_classes(int((sizes > 0).sum()), int(is_lone.sum()), int((is_lone & is_tested).sum()))
        counts = count_right(classes[: self._count_of_pairs], class_count, self._is_right)
        actions, action_cost = choose_actions(counts, sizes, self._action_costs)
        cost = action_cost + feature_cost + class_cost + _UNSEEN_COST * len(unseen)
        if cost >= self._limit:
            return
        if unseen:
            paths = self._list_paths(tree)
            for number in unseen:
                actions[number] = self._choose_unseen_action(paths[number], paths, counts)
        answers = self._predict(actions[classes])
        if answers is None:
            return
        support = 1 - float(is_lone[is_tested if is_tested.any() else sizes > 0].mean())
        self._finished.append(_FinishedTree(tree, actions.tolist(), cost, support, answers))
        heapq.heappush(self._lowest, -cost)
        if len(self._lowest) > _MAX_TREES:
            heapq.heappop(self._lowest)

    def _choose_unseen_action(self, path: Sequence[int], paths: Sequence[Sequence[int]], counts: Integers) -> int:
        """Choose the action for a class without examples of pairs.

        It is right for most examples of the classes that share the most first values. A constant action comes last, and
        a cheaper action before a dearer one.
        """
        shared = np.array(
            [count_shared(path, other) if row.any() else -1 for other, row in zip(paths, counts, strict=True)]
        )
        right = counts[shared == shared.max()].sum(axis=0)
        return int(np.lexsort((self._examples.action_costs, self._examples.is_constant, -right))[0])

    def _list_leaves(self, tree: _FinishedTree[Answers]) -> tuple[Leaf, ...]:
        paths = zip(self._list_paths(tree.partial), tree.actions, strict=True)
        return tuple(Leaf(path, action) for path, action in paths)

    def _list_paths(self, partial: _PartialTree) -> list[tuple[int, ...]]:
        """List the values that led to each class."""
        first = np.unique(partial.classes, return_index=True)[1]
        values = self._examples.values[np.array(partial.splits, dtype=np.int64)[:, None], first].T.tolist()
        return [tuple(path[:depth]) for path, depth in zip(values, partial.depths[first].tolist(), strict=True)]


def _cost_classes(seen: int, lone: int, unsure: int) -> float:
    """Compute the nats of classes with examples of pairs, of one pair alone, and of these with examples of tests."""
    return _CLASS_COST * seen + _LONE_COST * lone + _UNSURE_COST * unsure


def count_shared(path: Sequence[int], other: Sequence[int]) -> int:
    """Count the equal first values of two paths."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(path, other, strict=False)))


def _select_lowest(indices: Integers, loss: Floats, count: int) -> list[int]:
    """Select the indices of the lowest loss, the lowest first."""
    order: list[int] = indices[np.argsort(loss[indices], kind="stable")][:count].tolist()
    return order
