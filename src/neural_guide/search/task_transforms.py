"""Other forms of a task, in which its rule may be shorter: recoloured, and turned.

A form is the task with every grid changed by something that can be undone. It is solved like any other, and its answers
are changed back.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.arc.task import Pair, Task

Colours = tuple[int, ...]
"""The new colour of each of the ten; a permutation."""


class Form(NamedTuple):
    """A task in other words.

    Attributes:
        name: what was done, for people.
        task: that is searched.
        undo: from an answer, and the number of its test, to the answer of the task itself.
    """

    name: str
    task: Task
    undo: Callable[[Grid, int], Grid]


def as_it_is(task: Task) -> Form:
    """The task in its own words."""
    return Form("", task, lambda answer, _: answer)


def forms_of(task: Task) -> list[Form]:
    """The task as it is, and its other forms; those that change nothing are left out."""
    forms = [as_it_is(task)]
    ground = _by_ground(task)
    if ground is not None:
        forms.append(_recoloured(task, "background first", [ground] * (len(task.pairs) + len(task.test_inputs))))
    ranked = _by_rank(task, ground)
    if ranked is not None:
        forms.append(_recoloured(task, "colours by rank", ranked))
    forms.append(_transposed(task))
    return forms


def _transposed(task: Task) -> Form:
    def turned(grid: Grid) -> Grid:
        return np.ascontiguousarray(grid.T)

    pairs = tuple(Pair(turned(pair.input), turned(pair.output)) for pair in task.pairs)
    other = Task(task.task_id, pairs, tuple(map(turned, task.test_inputs)))
    return Form("transposed", other, lambda answer, _: turned(answer))


def _recoloured(task: Task, name: str, maps: Sequence[Colours]) -> Form:
    """The task with a permutation of colours for each pair, then for each test."""
    tables = [np.array(colours, dtype=np.uint8) for colours in maps]
    back = [np.argsort(table).astype(np.uint8) for table in tables]
    count = len(task.pairs)
    pairs = tuple(Pair(table[pair.input], table[pair.output]) for table, pair in zip(tables, task.pairs, strict=False))
    tests = tuple(table[test] for table, test in zip(tables[count:], task.test_inputs, strict=True))
    return Form(name, Task(task.task_id, pairs, tests), lambda answer, test: back[count + test][answer])


def _by_ground(task: Task) -> Colours | None:
    """The most common colour of the inputs in place of colour 0; None where it is that."""
    counts = sum(np.bincount(grid.ravel(), minlength=COLOURS) for grid in _inputs(task))
    ground = int(np.argmax(counts))
    if ground == 0 or any(ground not in grid for grid in _inputs(task)):
        return None
    colours = list(range(COLOURS))
    colours[0], colours[ground] = ground, 0
    return tuple(colours)


def _by_rank(task: Task, ground: Colours | None) -> list[Colours] | None:
    """In each input, the colours that not all inputs have, by how common they are there; None where nothing moves.

    Colours that all inputs share, and those that only outputs have, mean the same everywhere and stay.
    """
    inputs = _inputs(task)
    first = np.array(ground or range(COLOURS), dtype=np.uint8)
    has = [set(np.unique(first[grid]).tolist()) for grid in inputs]
    drawn = {int(colour) for pair in task.pairs for colour in np.unique(first[pair.output])} - set.union(*has)
    stay = set.intersection(*has) | drawn | {0}
    slots = [colour for colour in range(COLOURS) if colour not in stay]
    maps = []
    for grid in inputs:
        counts = np.bincount(first[grid].ravel(), minlength=COLOURS)
        order = sorted(slots, key=lambda colour: (-int(counts[colour]), colour))
        ranked = np.arange(COLOURS, dtype=np.uint8)
        ranked[order] = slots
        maps.append(tuple(ranked[first].tolist()))
    moved = any(colours != tuple(first.tolist()) for colours in maps)
    return maps if moved and any(has_one != has[0] for has_one in has) else None


def _inputs(task: Task) -> list[Grid]:
    return [*(pair.input for pair in task.pairs), *task.test_inputs]
