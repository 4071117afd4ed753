"""Check a submission against the tasks of a competition.

python -m neural_guide.validate_submission submission.json tasks=arc1-evaluation

Print one line for each fault, then their number. Exit code 0: no fault, 1: faults, 2: a mistake in the command.
"""

from collections.abc import Sequence
from pathlib import Path

from neural_guide.app.command import start
from neural_guide.app.invocation import Invocation
from neural_guide.app.settings_files import read_settings
from neural_guide.arc.submission_csv_rules import list_csv_violations
from neural_guide.arc.submission_json_rules import list_json_violations
from neural_guide.arc.task import Task
from neural_guide.config import SURFACE, ValidateSubmissionSettings
from neural_guide.data.task_sources import open_tasks
from neural_guide.errors import UserError
from neural_guide.runtime.limited_reading import read_limited

FAULTS_EXIT = 1
MAX_FILE = 64 << 20  # bytes; 1,000 tasks of the largest grids, one cell a line, take less
JSON_SUFFIX = ".json"


def validate(settings: ValidateSubmissionSettings, invocation: Invocation) -> None:
    """Check a submission against the tasks that a competition asks for, and print each fault."""
    if not settings.submission:
        raise UserError("Name the submission: python -m neural_guide.validate_submission FILE [tasks=NAME or PATH]")
    path = Path(settings.submission)
    payload = read_limited(path, MAX_FILE, "submission")
    source, origin = _choose_tasks(settings, invocation, path)
    task_set = open_tasks(source, settings.solutions)
    if task_set.set_aside:
        print(task_set.summarize())
    tasks = task_set.list_submitted()
    kind, faults = _list_faults(payload, path.suffix.lower(), tasks)
    outputs = sum(len(task.test_inputs) for task in tasks)
    scope = f"{len(tasks):,} tasks and {outputs:,} outputs of {source}{origin}"
    if faults:
        print("\n".join(faults))
        print(f"{path}: {len(faults):,} fault{'s' * (len(faults) > 1)} in this {kind} for the {scope}.")
        raise SystemExit(FAULTS_EXIT)
    print(f"{path}: fine, {kind} for all {scope}.")


def _choose_tasks(settings: ValidateSubmissionSettings, invocation: Invocation, path: Path) -> tuple[str, str]:
    """Name or path of the tasks, and its origin: typed, the run that wrote the file, or the default."""
    run = path.with_name("config.yaml")
    if "tasks" in invocation.keys:
        return settings.tasks, ""
    if not run.is_file():
        return settings.tasks, " (the default of tasks)"
    try:
        source = read_settings(run).get("tasks")
    except UserError as error:
        raise UserError(f"{error} Name the tasks: tasks=NAME or PATH.") from None
    if not isinstance(source, str):
        return settings.tasks, f" (the default; {run} names no tasks)"
    return source, f" (tasks of {run})"


def _list_faults(payload: bytes, suffix: str, tasks: Sequence[Task]) -> tuple[str, list[str]]:
    """The format, from the content or else from the name, and each fault."""
    first = payload.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if first in (b"{", b"[") or suffix == JSON_SUFFIX:
        return "JSON", list_json_violations(payload, tasks)
    return "CSV", list_csv_violations(payload, tasks)


if __name__ == "__main__":
    start("validate_submission", validate, SURFACE, file_key="submission", folderless=True)  # leaves no folder
