"""Submissions of a solving run: the file that the user named is complete and valid from the start of the run on."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from neural_guide.arc.submission import build_submission, write_submission
from neural_guide.arc.task import Task
from neural_guide.harness.outcomes import TaskOutcome
from neural_guide.reporting.solve.rows import list_attempts

REWRITE_SECONDS = 5.0  # between two writes of the same file: a write checks all tasks and syncs the disk


class GrowingSubmission:
    """Submission files with every task, written anew as tasks finish.

    At any moment each file is a whole, valid submission.

    Args:
        paths: files to write, JSON or CSV by their names.
        tasks: every task of the competition, with placeholders for those set aside.
        outcomes: outcomes of the tasks that are finished.
    """

    def __init__(self, paths: Sequence[Path], tasks: Sequence[Task], outcomes: Sequence[TaskOutcome]) -> None:
        self._paths, self._tasks, self._outcomes = paths, tasks, list(outcomes)
        self.write()

    def add(self, outcome: TaskOutcome) -> None:
        """Add a finished task; the files follow within seconds."""
        self._outcomes.append(outcome)
        if time.monotonic() - self._written >= REWRITE_SECONDS:
            self.write()

    def write(self) -> None:
        """Write all finished tasks now."""
        write_submissions(self._paths, self._tasks, self._outcomes)
        self._written = time.monotonic()


def write_submissions(paths: Sequence[Path], tasks: Sequence[Task], outcomes: Sequence[TaskOutcome]) -> None:
    """Write submissions for all tasks, since a competition refuses a file with a task missing.

    Args:
        paths: files to write, JSON or CSV by their names.
        tasks: every task of the competition, with placeholders for those set aside.
        outcomes: outcomes of some of them; the others have their test inputs as attempts.
    """
    submission = build_submission(tasks, {outcome.arc.task.task_id: list_attempts(outcome) for outcome in outcomes})
    for path in paths:
        write_submission(path, submission, tasks)


@contextlib.contextmanager
def grow_submission(
    paths: Sequence[Path], tasks: Sequence[Task], outcomes: Sequence[TaskOutcome]
) -> Iterator[GrowingSubmission]:
    """Yield a submission that grows; it has every finished task when the block ends, whatever ends it."""
    submission = GrowingSubmission(paths, tasks, outcomes)
    try:
        yield submission
    finally:
        submission.write()


def summarize_submission(path: Path, tasks: Sequence[Task], outcomes: Sequence[TaskOutcome]) -> str:
    """Say in a line how many tasks of a submission have an answer of the search, and why the others have none."""
    answered = sum(any(first is not None for first, _ in list_attempts(outcome)) for outcome in outcomes)
    unreached = sum(outcome.reason == "unreached" for outcome in outcomes)
    parts = [f"{answered:,} answered by the search", f"{len(tasks) - answered:,} by their test inputs as a fallback"]
    if unreached:
        parts.append(f"{unreached:,} of these not finished before the deadline")
    return f"{path}: {len(tasks):,} tasks, {', '.join(parts)}"
