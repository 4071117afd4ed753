"""The tasks that commands work on: a collection of real tasks, the concept suite, or a file or folder."""

from neural_guide.arc import task_files
from neural_guide.arc.collections import ArcTask
from neural_guide.arc.task_set import TaskSet

CONCEPTS = "concepts"  # the name of the concept suite as a collection
TASKS_PER_CONCEPT = 4  # of that collection, which then is about as large as those of real tasks


def open_tasks(source: str, solutions: str | None = None) -> TaskSet:
    """Open the tasks of a collection, generated or not, of a file or of a folder.

    Args:
        source: name of a collection, or a path; `concepts` is the first few tasks of each concept, by seed 0.
        solutions: as for `arc.task_files.open_tasks`.

    Raises:
        UserError: there is no such source, or it holds something else, or every task of it breaks a rule.
    """
    return task_files.open_tasks(source, solutions, {CONCEPTS: _draw_concepts})


def _draw_concepts() -> list[ArcTask]:
    """Draw the collection `concepts`; imported only for it, because the rules import OpenCV."""
    from neural_guide.data.generation.concepts.tasks import draw_tasks

    return draw_tasks(per_concept=TASKS_PER_CONCEPT)
