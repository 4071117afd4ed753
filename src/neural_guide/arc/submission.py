"""Competition submissions: two attempts at every test output, as ARC Prize JSON or as CSV of rows.

docs/solving.md describes both formats; submission_json.py and submission_csv.py check their rules.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from neural_guide.arc.grid import Grid
from neural_guide.arc.submission_csv_rules import HEADER, list_csv_violations
from neural_guide.arc.submission_json_rules import ATTEMPT_KEYS, list_json_violations
from neural_guide.arc.task import Task
from neural_guide.runtime.atomic_files import replace_file

Submission = dict[str, list[tuple[Grid, Grid]]]
"""The two attempts at each test output, by task id."""

CSV_SUFFIX = ".csv"


class SubmissionError(ValueError):
    """A submission that breaks a rule of the competition; the message has the first violation and their number."""


def build_submission(
    tasks: Sequence[Task], attempts: Mapping[str, Sequence[tuple[Grid | None, Grid | None]]]
) -> Submission:
    """Build a complete submission from the attempts.

    A competition refuses an incomplete file, and a wrong attempt costs nothing. A missing attempt is therefore filled
    with the other one, and two missing attempts with the test input, a valid grid that is always available.

    Args:
        tasks: every task of the competition, in its order.
        attempts: first and second attempt at every test output in order, by task id; None for a missing attempt. Tasks
            without attempts may be left out.

    Raises:
        ValueError: attempts at an unknown task or at another number of outputs, or two tasks with the same id.
    """
    repeated = [task_id for task_id, count in Counter(task.task_id for task in tasks).items() if count > 1]
    unknown = sorted(attempts.keys() - {task.task_id for task in tasks})
    if repeated or unknown:
        raise ValueError(f"tasks that occur twice: {repeated}, attempts at unknown tasks: {unknown}")
    submission: Submission = {}
    for task in tasks:
        given = attempts.get(task.task_id, [(None, None)] * len(task.test_inputs))
        if len(given) != len(task.test_inputs):
            raise ValueError(f"{task.task_id}: attempts at {len(given)} outputs of {len(task.test_inputs)}")
        submission[task.task_id] = [
            _fill_attempts(first, second, test) for (first, second), test in zip(given, task.test_inputs, strict=True)
        ]
    return submission


def write_submission(path: Path, submission: Submission, tasks: Sequence[Task]) -> None:
    """Check a submission and write it atomically.

    Args:
        path: file to write; CSV if the name ends in .csv, else JSON.
        submission: the attempts; a CSV contains only the first ones.
        tasks: every task of the competition.

    Raises:
        SubmissionError: the submission breaks a rule; nothing is written.
        UserError: the disk is full.
    """
    text = format_json(submission)
    violations = list_json_violations(text, tasks)  # for a CSV too: joined digits cannot tell colour 10 from 1 and 0
    if path.suffix.lower() == CSV_SUFFIX:
        text = format_csv(submission)
        violations += list_csv_violations(text, tasks)
    if violations:
        raise SubmissionError(f"{path} is not written, {len(violations)} faults: {violations[0]}")
    with replace_file(path) as temporary:
        temporary.write_bytes(text.encode())  # bytes: line ends stay as they are on every system


def format_json(submission: Submission) -> str:
    """Format a submission as ARC Prize JSON, one task per line."""
    tasks = []
    for task_id, outputs in submission.items():
        entries = [dict(zip(ATTEMPT_KEYS, (grid.tolist() for grid in attempts), strict=True)) for attempts in outputs]
        tasks.append(f"{json.dumps(task_id)}: {json.dumps(entries, separators=(',', ':'))}")
    return "{\n" + ",\n".join(tasks) + "\n}\n"


def format_csv(submission: Submission) -> str:
    """Format the first attempts as CSV, one output row per line, numbered from 1 through the outputs of a task."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for task_id, outputs in submission.items():
        rows = (row for first, _ in outputs for row in first.tolist())
        writer.writerows((f"{task_id}_{number}", "".join(map(str, row))) for number, row in enumerate(rows, 1))
    return text.getvalue()


def _fill_attempts(first: Grid | None, second: Grid | None, test: Grid) -> tuple[Grid, Grid]:
    """Fill a missing attempt with the other one, or both with the test input."""
    first = second if first is None else first
    if first is None:
        return test, test
    return first, first if second is None else second
