"""Invertible transforms of a task under which its rule may be shorter: recoloured, and transposed.

A transform changes every grid of the task by something that can be inverted. The transformed task is solved like any
other, and its answers are transformed back.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.arc.task import Pair, Task

Permutation = tuple[int, ...]
"""New colour of each of the ten colours; a permutation."""


class TaskTransform(NamedTuple):
    """A transformed task and the inverse for its answers.

    Attributes:
        name: name of the transform, for people; empty: the identity.
        task: transformed task, which is searched.
        invert: function of an answer and the index of its test that returns the answer to the original task.
    """

    name: str
    task: Task
    invert: Callable[[Grid, int], Grid]


def identity_transform(task: Task) -> TaskTransform:
    """Return the transform that leaves the task as it is."""
    return TaskTransform("", task, lambda answer, _: answer)


def list_transforms(task: Task) -> list[TaskTransform]:
    """Return the identity first, then the other transforms that change the task."""
    transforms = [identity_transform(task)]
    permutation = _background_permutation(task)
    if permutation is not None:
        permutations = [permutation] * (len(task.pairs) + len(task.test_inputs))
        transforms.append(_permute_colours(task, "background first", permutations))
    rank_permutations = _rank_permutations(task, permutation)
    if rank_permutations is not None:
        transforms.append(_permute_colours(task, "colours by rank", rank_permutations))
    transforms.append(_transpose(task))
    return transforms


def _transpose(task: Task) -> TaskTransform:
    def transpose(grid: Grid) -> Grid:
        return np.ascontiguousarray(grid.T)

    pairs = tuple(Pair(transpose(pair.input), transpose(pair.output)) for pair in task.pairs)
    transposed = Task(task.task_id, pairs, tuple(map(transpose, task.test_inputs)))
    return TaskTransform("transposed", transposed, lambda answer, _: transpose(answer))


def _permute_colours(task: Task, name: str, permutations: Sequence[Permutation]) -> TaskTransform:
    """Return the task with a colour permutation for each pair, then for each test."""
    tables = [np.array(permutation, dtype=np.uint8) for permutation in permutations]
    inverses = [np.argsort(table).astype(np.uint8) for table in tables]
    count = len(task.pairs)
    pairs = tuple(Pair(table[pair.input], table[pair.output]) for table, pair in zip(tables, task.pairs, strict=False))
    tests = tuple(table[test] for table, test in zip(tables[count:], task.test_inputs, strict=True))
    permuted = Task(task.task_id, pairs, tests)
    return TaskTransform(name, permuted, lambda answer, test: inverses[count + test][answer])


def _background_permutation(task: Task) -> Permutation | None:
    """Return the swap of colour 0 and the most common colour of the inputs.

    None: colour 0 is the most common one, or an input lacks the most common colour.
    """
    counts = sum(np.bincount(grid.ravel(), minlength=COLOURS) for grid in _list_inputs(task))
    background = int(np.argmax(counts))
    if background == 0 or any(background not in grid for grid in _list_inputs(task)):
        return None
    permutation = list(range(COLOURS))
    permutation[0], permutation[background] = background, 0
    return tuple(permutation)


def _rank_permutations(task: Task, background: Permutation | None) -> list[Permutation] | None:
    """Return for each input the permutation that sorts the colours that not all inputs have, the most common first.

    Colours that all inputs share, and those that only outputs have, mean the same everywhere and stay.

    Args:
        task: original task.
        background: permutation applied first; None: none.

    Returns:
        One permutation per pair, then per test; None: the sorting changes nothing.
    """
    inputs = _list_inputs(task)
    first = np.array(background or range(COLOURS), dtype=np.uint8)
    colour_sets = [set(np.unique(first[grid]).tolist()) for grid in inputs]
    output_colours = {int(colour) for pair in task.pairs for colour in np.unique(first[pair.output])}
    fixed = set.intersection(*colour_sets) | (output_colours - set.union(*colour_sets)) | {0}
    slots = [colour for colour in range(COLOURS) if colour not in fixed]
    permutations = []
    for grid in inputs:
        counts = np.bincount(first[grid].ravel(), minlength=COLOURS)
        order = sorted(slots, key=lambda colour: (-int(counts[colour]), colour))
        table = np.arange(COLOURS, dtype=np.uint8)
        table[order] = slots
        permutations.append(tuple(table[first].tolist()))
    is_changed = any(permutation != tuple(first.tolist()) for permutation in permutations)
    return permutations if is_changed and any(colours != colour_sets[0] for colours in colour_sets) else None


def _list_inputs(task: Task) -> list[Grid]:
    return [*(pair.input for pair in task.pairs), *task.test_inputs]
