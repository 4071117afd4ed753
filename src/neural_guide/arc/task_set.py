"""Tasks of one source: those to solve, and those set aside because they break a rule."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neural_guide.arc.collections import ArcTask
from neural_guide.arc.grid import Grid
from neural_guide.arc.task import Task
from neural_guide.errors import UserError

ONE_CELL: Grid = np.zeros((1, 1), np.uint8)
"""The placeholder for a test input that is no grid."""


@dataclass(frozen=True, eq=False)
class SetAsideTask:
    """A task that breaks a rule. It is not solved, and keeps its place in a submission.

    Attributes:
        name: its id, or its place in the file where it has none.
        reason: place, fact, rule and remedy in one line.
        placeholder: the task without pairs, with a valid grid for each of its tests: the test input where it is one,
            else `ONE_CELL`; one test where their number is not known. None: without an id, it has no place.
    """

    name: str
    reason: str
    placeholder: Task | None


@dataclass(frozen=True)
class TaskSet:
    """The tasks of a collection, a file or a folder, in its order.

    Attributes:
        source: name of the source in messages.
        entries: tasks, and tasks set aside.
    """

    source: str
    entries: Sequence[ArcTask | SetAsideTask]

    @property
    def tasks(self) -> list[ArcTask]:
        """The tasks that can be solved."""
        return [entry for entry in self.entries if isinstance(entry, ArcTask)]

    @property
    def set_aside(self) -> list[SetAsideTask]:
        """The tasks that break a rule."""
        return [entry for entry in self.entries if isinstance(entry, SetAsideTask)]

    def list_submitted(self) -> list[Task]:
        """List every task that a submission has, with placeholders for those set aside."""
        tasks = [entry.task if isinstance(entry, ArcTask) else entry.placeholder for entry in self.entries]
        return [task for task in tasks if task is not None]

    def summarize(self) -> str:
        """Return one line: the number of tasks set aside, and the first reason."""
        set_aside = self.set_aside
        if not set_aside:
            return f"{self.source}: {len(self.entries):,} tasks, none set aside."
        return f"{len(set_aside):,} of {len(self.entries):,} tasks set aside. First: {set_aside[0].reason}"

    def check(self, limit_share: float) -> "TaskSet":
        """Return the set itself unless too many tasks are set aside.

        Args:
            limit_share: share of the tasks, 0 to 1, that may be set aside.

        Raises:
            UserError: the share is above the limit, or no task is left.
        """
        set_aside = self.set_aside
        if len(set_aside) == len(self.entries):
            others = f" None of the other {len(set_aside) - 1:,} can be read either." if len(set_aside) > 1 else ""
            raise UserError(set_aside[0].reason + others)
        if len(set_aside) > limit_share * len(self.entries):
            share = f"{len(set_aside) / len(self.entries):.1%}"
            raise UserError(
                f"{self.source}: {self.summarize()} That is {share}; the limit is {limit_share:.1%}. "
                "Mend the tasks, or allow more with bad_task_limit."
            )
        return self
