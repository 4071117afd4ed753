"""Compiled counts of examples by class and action, the inner loops of `tree`."""

import numpy as np
import numpy.typing as npt

from neural_guide.runtime.cache_folders import compile_cached

Integers = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


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
