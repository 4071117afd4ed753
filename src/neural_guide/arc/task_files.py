"""Loading of ARC tasks by collection name or path, and writing: one task, a folder of tasks, a competition file."""

import difflib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from neural_guide.arc.collections import COLLECTIONS, ArcTask, load_tasks
from neural_guide.arc.task_json import SOLUTIONS_RULE, decode_solutions, decode_tasks
from neural_guide.errors import UserError, quote_name
from neural_guide.runtime.atomic_files import replace_file
from neural_guide.runtime.limited_reading import read_limited

MAX_FILE = 64 << 20  # bytes; the 1,000 tasks of ARC-2, one cell a line, take under 40 MiB
SUFFIX = ".json"
CHALLENGES, SOLUTIONS = "_challenges.json", "_solutions.json"  # endings of the two file names of a competition

Generated = Mapping[str, Callable[[], list[ArcTask]]]
"""Collections that are generated instead of shipped, by name."""


def open_tasks(source: str, solutions: str | None = None, generated: Generated = MappingProxyType({})) -> list[ArcTask]:
    """Open the tasks of a collection, a file or a folder; commands use `data.task_sources.open_tasks`.

    Args:
        source: name of a collection, or a path: the JSON file of one task (its id is the file name without ending), a
            folder of such files (read in order of name, without sub-folders), or the tasks file of a competition.
        solutions: solutions file of a competition, with the answers of all tasks. None: the outputs in the task files
            and, for `*_challenges.json`, those in `*_solutions.json` beside it, if it exists.
        generated: further collections.

    Raises:
        UserError: there is no such source, or its content breaks a rule; nothing is skipped.
    """
    if source in COLLECTIONS:
        tasks = load_tasks(source)
    elif source in generated:
        tasks = generated[source]()
    else:
        path = _find_path(source, [*COLLECTIONS, *generated])
        tasks = _read_folder(path) if path.is_dir() else decode_tasks(_read_file(path), str(path), path.stem)
        solutions = solutions or _find_solutions(path)
    return tasks if solutions is None else _attach_solutions(tasks, Path(solutions))


def write_tasks(path: Path, tasks: Iterable[ArcTask]) -> None:
    """Write tasks with their answers to one file, by their ids; `open_tasks` reads it back.

    Raises:
        UserError: the disk is full; `path` is unchanged.
    """
    entries = {arc_task.task.task_id: _encode_task(arc_task) for arc_task in tasks}
    with replace_file(path) as temporary:
        temporary.write_text(json.dumps(entries, separators=(",", ":")), encoding="utf-8")


def _encode_task(arc_task: ArcTask) -> dict[str, object]:
    """Convert a task to its JSON; tests without a known output have none."""
    tests: list[dict[str, object]] = [{"input": grid.tolist()} for grid in arc_task.task.test_inputs]
    for test, answer in zip(tests, arc_task.answers or (), strict=False):
        test["output"] = answer.tolist()
    return {
        "train": [{"input": pair.input.tolist(), "output": pair.output.tolist()} for pair in arc_task.task.pairs],
        "test": tests,
    }


def _find_path(source: str, names: Sequence[str]) -> Path:
    """Return the path of a source that exists, or raise UserError with the collections of similar name."""
    path = Path(source)
    try:
        if source and path.exists():
            return path
    except (OSError, ValueError):  # a name too long for the file system, or a folder without permission
        pass
    close = difflib.get_close_matches(source, names, n=2)
    meant = f" Did you mean {' or '.join(close)}?" if close else ""
    raise UserError(
        f"tasks={quote_name(source)} is no collection, and there is no such file or folder.{meant} The collections are "
        f"{', '.join(names)}; any other tasks are named by the path of a JSON file or folder in ARC's format."
    )


def _read_folder(folder: Path) -> list[ArcTask]:
    """Read one task per file, in order of name, without hidden files, which operating systems leave behind."""
    entries = _list_entries(folder)
    files = [path for path in entries if _is_task_file(path)]
    if not files:
        inner = [path.name for path in entries if path.is_dir() and any(map(_is_task_file, _list_entries(path)))]
        remedy = (
            f"Name one of the folders in it: {', '.join(map(quote_name, inner[:5]))}." if inner else "Name another."
        )
        raise UserError(f"{folder} holds no {SUFFIX} file; a folder of tasks has one a task. {remedy}")
    tasks: dict[str, ArcTask] = {}
    for path in files:
        file_tasks = decode_tasks(_read_file(path), str(path), path.stem)
        # Without this check, a file with one task by its id would count as a task named after the file.
        if [arc_task.task.task_id for arc_task in file_tasks] != [path.stem]:
            raise UserError(
                f"{path} holds tasks by their ids; in a folder, each file is one task. Name the file itself, or take "
                "it out of the folder."
            )
        if path.stem in tasks:
            raise UserError(f"{path}: there is another file of task {path.stem}; a task occurs once. Remove one.")
        tasks[path.stem] = file_tasks[0]
    return list(tasks.values())


def _list_entries(folder: Path) -> list[Path]:
    """List the entries of a folder in order of name, without hidden ones."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise UserError(f"{folder} cannot be read: {error.strerror}. Name a folder that can.") from None


def _is_task_file(path: Path) -> bool:
    return path.suffix.lower() == SUFFIX and path.is_file()


def _read_file(path: Path) -> bytes:
    return read_limited(path, MAX_FILE, "file of ARC tasks")


def _find_solutions(path: Path) -> str | None:
    """Find the solutions file beside the tasks file of a competition; None if there is none."""
    if path.name.endswith(CHALLENGES):
        solutions = path.with_name(path.name.removesuffix(CHALLENGES) + SOLUTIONS)
        return str(solutions) if solutions.is_file() else None
    return None


def _attach_solutions(tasks: list[ArcTask], path: Path) -> list[ArcTask]:
    """Replace the answers of the tasks by those of a solutions file, which must cover every task."""
    answers = decode_solutions(_read_file(path), str(path))
    unsolved = [arc_task.task.task_id for arc_task in tasks if arc_task.task.task_id not in answers]
    if unsolved:
        raise UserError(
            f"{path} has no output for {len(unsolved):,} of {len(tasks):,} tasks, the first of them "
            f"{quote_name(unsolved[0])}; a solutions file has every task. "
            "Name the one of these tasks with solutions=FILE."
        )
    for arc_task in tasks:
        outputs, expected = len(answers[arc_task.task.task_id]), len(arc_task.task.test_inputs)
        if outputs != expected:
            raise UserError(
                f"{path}, task {quote_name(arc_task.task.task_id)}: {outputs} outputs for {expected} test inputs; "
                f"{SOLUTIONS_RULE}. Name the solutions of these tasks with solutions=FILE."
            )
    return [ArcTask(arc_task.task, answers[arc_task.task.task_id]) for arc_task in tasks]
