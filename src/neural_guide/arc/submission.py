"""What a competition takes: two attempts at every test output, as ARC Prize JSON or as CSV of rows.

Both formats are described in docs/solving.md; their rules stand in submission_json.py and submission_csv.py.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from neural_guide.arc.grid import Grid
from neural_guide.arc.submission_csv import HEADER, list_csv_violations
from neural_guide.arc.submission_json import ATTEMPT_KEYS, list_json_violations
from neural_guide.arc.task import Task
from neural_guide.runtime.atomic_files import replace_file

Submission = dict[str, list[tuple[Grid, Grid]]]
"""By task, by test output: the two attempts."""

CSV_SUFFIX = ".csv"


class SubmissionError(ValueError):
    """What was to be written breaks a rule of the competition; the message is the first fault and their number."""


def build_submission(
    tasks: Sequence[Task], attempts: Mapping[str, Sequence[tuple[Grid | None, Grid | None]]]
) -> Submission:
    """A complete submission of what was found.

    A competition refuses a file with a hole in it, and an attempt that fails costs nothing. So where one attempt is
    missing, the other stands in for it, and where both are, the test input: a valid grid that is always at hand.

    Args:
        tasks: all that the competition asks for, in its order.
        attempts: by task id, for every test output in order: first and second attempt, None where there is none.
            Tasks of which nothing is known may be left out.

    Raises:
        ValueError: attempts at an unknown task or at another number of outputs, or a task is there twice.
    """
    doubled = [task_id for task_id, count in Counter(task.task_id for task in tasks).items() if count > 1]
    unknown = sorted(attempts.keys() - {task.task_id for task in tasks})
    if doubled or unknown:
        raise ValueError(f"tasks that are there twice: {doubled}, attempts at tasks that nobody asks for: {unknown}")
    submission: Submission = {}
    for task in tasks:
        found = attempts.get(task.task_id, [(None, None)] * len(task.test_inputs))
        if len(found) != len(task.test_inputs):
            raise ValueError(f"{task.task_id}: attempts at {len(found)} outputs of {len(task.test_inputs)}")
        submission[task.task_id] = [
            _fill_attempts(*two, test) for two, test in zip(found, task.test_inputs, strict=True)
        ]
    return submission


def write_submission(path: Path, submission: Submission, tasks: Sequence[Task]) -> None:
    """Check a submission and write it, whole or not at all.

    Args:
        path: CSV where the name ends so, else JSON.
        submission: the first attempts alone go into a CSV.
        tasks: all that the competition asks for.

    Raises:
        SubmissionError: it breaks a rule; nothing is written.
        UserError: the disk is full.
    """
    text = format_json(submission)
    faults = list_json_violations(text, tasks)  # of a CSV too: digits joined do not tell colour 10 from 1 and 0
    if path.suffix.lower() == CSV_SUFFIX:
        text = format_csv(submission)
        faults += list_csv_violations(text, tasks)
    if faults:
        raise SubmissionError(f"{path} is not written, {len(faults)} faults: {faults[0]}")
    with replace_file(path) as temporary:
        temporary.write_bytes(text.encode())  # bytes: no system puts its own line ends in


def format_json(submission: Submission) -> str:
    """ARC Prize JSON, one task a line."""
    tasks = []
    for task_id, outputs in submission.items():
        entries = [dict(zip(ATTEMPT_KEYS, (grid.tolist() for grid in two), strict=True)) for two in outputs]
        tasks.append(f"{json.dumps(task_id)}: {json.dumps(entries, separators=(',', ':'))}")
    return "{\n" + ",\n".join(tasks) + "\n}\n"


def format_csv(submission: Submission) -> str:
    """One output row a line, numbered from 1 through the outputs of a task; first attempts only."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for task_id, outputs in submission.items():
        rows = (row for first, _ in outputs for row in first.tolist())
        writer.writerows((f"{task_id}_{number}", "".join(map(str, row))) for number, row in enumerate(rows, 1))
    return text.getvalue()


def _fill_attempts(first: Grid | None, second: Grid | None, test: Grid) -> tuple[Grid, Grid]:
    first = second if first is None else first
    if first is None:
        return test, test
    return first, first if second is None else second
