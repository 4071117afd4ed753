"""Compiled counts of examples by class and action, the inner loops of `tree`."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.runtime.cache_folders import compile_cached

Integers = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


class ClassCounts(NamedTuple):
    """Examples of each class.

    Attributes:
        sizes: int64 [class], examples of pairs.
        is_lone: bool [class], the class has examples of one pair alone.
        is_tested: bool [class], the class has examples of tests.
    """

    sizes: Integers
    is_lone: Flags
    is_tested: Flags


@compile_cached(nogil=True)
def count_errors(features: Bytes, value_count: int, classes: Integers, class_count: int, is_right: Bytes) -> Integers:
    """Count for each feature the errors after a split of the classes by it, with the best action of each new class.

    Args:
        features: uint8 [feature, example], below `value_count`.
        value_count: number of values of a feature.
        classes: int64 [example], class of the example, below `class_count`.
        class_count: number of classes.
        is_right: uint8 [example, action], 1 if an action is right.

    Returns:
        int64 [feature], examples.
    """
    examples, actions = is_right.shape
    errors = np.zeros(len(features), np.int64)
    counts = np.zeros((class_count * value_count, actions), np.int32)
    sizes = np.zeros(class_count * value_count, np.int32)
    for feature in range(len(features)):
        counts[:] = 0
        sizes[:] = 0
        for example in range(examples):
            part = classes[example] * value_count + features[feature, example]
            sizes[part] += 1
            for action in range(actions):
                counts[part, action] += is_right[example, action]
        for part in range(class_count * value_count):
            if sizes[part]:
                errors[feature] += sizes[part] - counts[part].max()
    return errors


@compile_cached(nogil=True)
def count_right(classes: Integers, class_count: int, is_right: Bytes) -> Integers:
    """Count the examples of each class that each action gets right.

    Args:
        classes: int64 [example], class of the example, below `class_count`.
        class_count: number of classes.
        is_right: uint8 [example, action], 1 if an action is right.

    Returns:
        int64 [class, action], examples.
    """
    counts = np.zeros((class_count, is_right.shape[1]), np.int64)
    for example in range(len(is_right)):
        for action in range(is_right.shape[1]):
            counts[classes[example], action] += is_right[example, action]
    return counts


@compile_cached(nogil=True)
def split_classes(classes: Integers, is_unclear: Flags, values: Bytes, value_count: int) -> tuple[Integers, int]:
    """Split the unclear classes by a feature; the others come first and keep their order.

    Args:
        classes: int64 [example], class of the example.
        is_unclear: bool [class].
        values: uint8 [example], below `value_count`.
        value_count: number of values of the feature.

    Returns:
        int64 [example], new class of the example, and the number of new classes.
    """
    size = len(is_unclear)
    numbers = np.full(size * (1 + value_count), -1, np.int64)
    codes = np.empty(len(classes), np.int64)
    for example in range(len(classes)):
        own = classes[example]
        codes[example] = size + own * value_count + values[example] if is_unclear[own] else own
        numbers[codes[example]] = 0
    count = 0
    for code in range(len(numbers)):
        if numbers[code] == 0:
            numbers[code] = count
            count += 1
    for example in range(len(classes)):
        codes[example] = numbers[codes[example]]
    return codes, count


@compile_cached(nogil=True)
def count_classes(classes: Integers, class_count: int, pair_indices: Integers) -> ClassCounts:
    """Count the examples of each class.

    Args:
        classes: int64 [example], class of the example; examples of pairs come first.
        class_count: number of classes.
        pair_indices: int64 [example of a pair], index of the example's pair.
    """
    sizes = np.zeros(class_count, np.int64)
    pairs = np.full(class_count, -1, np.int64)  # the pair of a class, -1 before its first example
    is_lone = np.zeros(class_count, np.bool_)
    is_tested = np.zeros(class_count, np.bool_)
    for example in range(len(classes)):
        own = classes[example]
        if example >= len(pair_indices):
            is_tested[own] = True
            continue
        if not sizes[own]:
            is_lone[own], pairs[own] = True, pair_indices[example]
        elif pairs[own] != pair_indices[example]:
            is_lone[own] = False
        sizes[own] += 1
    return ClassCounts(sizes, is_lone, is_tested)


@compile_cached(nogil=True)
def count_split_classes(
    classes: Integers, is_unclear: Flags, features: Bytes, value_count: int, pair_indices: Integers
) -> Integers:
    """Count for each feature the classes after a split of the unclear classes by it.

    Args:
        classes: int64 [example], class of the example; examples of pairs come first.
        is_unclear: bool [class].
        features: uint8 [feature, example], below `value_count`.
        value_count: number of values of a feature.
        pair_indices: int64 [example of a pair], index of the example's pair.

    Returns:
        int64 [feature, 4]: classes with examples of pairs, those of them with examples of one pair alone, of these
        those with examples of tests, and classes with examples of tests alone.
    """
    result = np.zeros((len(features), 4), np.int64)
    for feature in range(len(features)):
        numbers, count = split_classes(classes, is_unclear, features[feature], value_count)
        sizes, is_lone, is_tested = count_classes(numbers, count, pair_indices)
        for number in range(count):
            if sizes[number]:
                result[feature, 0] += 1
                result[feature, 1] += is_lone[number]
                result[feature, 2] += is_lone[number] and is_tested[number]
            else:
                result[feature, 3] += 1
    return result


@compile_cached(nogil=True)
def choose_actions(counts: Integers, sizes: Integers, action_costs: Floats) -> tuple[Integers, float]:
    """Choose an action for each class, few different ones, by a greedy set cover.

    Args:
        counts: int64 [class, action], examples of pairs that the action gets right.
        sizes: int64 [class], examples of pairs; some action is right for all of those of a class.
        action_costs: float64 [action], nats.

    Returns:
        int64 [class], the action, -1 for a class without examples of pairs; and the cost of the actions in nats.
    """
    classes, actions = counts.shape
    chosen, cost = np.full(classes, -1, np.int64), 0.0
    remaining = np.count_nonzero(sizes)
    gains = np.empty(actions, np.int64)
    while remaining:
        gains[:] = 0
        for number in range(classes):
            if sizes[number] and chosen[number] < 0:
                for action in range(actions):
                    gains[action] += counts[number, action] == sizes[number]
        best = 0
        for action in range(1, actions):
            if gains[action] / action_costs[action] > gains[best] / action_costs[best]:
                best = action
        for number in range(classes):
            if sizes[number] and chosen[number] < 0 and counts[number, best] == sizes[number]:
                chosen[number] = best
                remaining -= 1
        cost += action_costs[best]
    return chosen, cost
