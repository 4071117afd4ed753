"""Loading of ARC tasks by collection name or path, and writing: one task, a folder of tasks, a competition file."""

import difflib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from neural_guide.arc.collections import COLLECTIONS, ArcTask, load_tasks
from neural_guide.arc.grid import Grid
from neural_guide.arc.task import Task
from neural_guide.arc.task_json import SOLUTIONS_RULE, decode_solutions, decode_tasks, set_aside
from neural_guide.arc.task_set import ONE_CELL, SetAsideTask, TaskSet
from neural_guide.errors import UserError, quote_name
from neural_guide.runtime.atomic_files import replace_file
from neural_guide.runtime.limited_reading import read_limited

MAX_FILE = 64 << 20  # bytes; the 1,000 tasks of ARC-2, one cell a line, take under 40 MiB
SUFFIX = ".json"
PACKED = (".gz", ".zst")  # endings of compressed files
ALL = 1.0  # share of tasks that may be set aside: whoever opens them decides
CHALLENGES, SOLUTIONS = "_challenges.json", "_solutions.json"  # endings of the two file names of a competition

Generated = Mapping[str, Callable[[], list[ArcTask]]]
"""Collections that are generated instead of shipped, by name."""


def open_tasks(source: str, solutions: str | None = None, generated: Generated = MappingProxyType({})) -> TaskSet:
    """Open the tasks of a collection, a file or a folder; a task that breaks a rule is set aside with its reason.

    Commands use `data.task_sources.open_tasks`.

    Args:
        source: name of a collection, or a path: the JSON file of one task (its id is the file name without ending), a
            folder of such files (read in order of name, without sub-folders), or a file of tasks as a competition has.
        solutions: solutions file of a competition, with the answers of all tasks. None: the outputs in the task files
            and, for `*_challenges.json`, those in `*_solutions.json` beside it, if it exists.
        generated: further collections.

    Raises:
        UserError: there is no such source, it holds something else, or every task of it breaks a rule.
    """
    if source in COLLECTIONS:
        task_set = TaskSet(source, load_tasks(source))
    elif source in generated:
        task_set = TaskSet(source, generated[source]())
    else:
        path = _find_path(source, [*COLLECTIONS, *generated])
        is_folder = path.is_dir()
        entries = _read_folder(path) if is_folder else decode_tasks(_read_file(path), str(path), _get_stem(path))
        task_set = TaskSet(source, entries).check(ALL)
        solutions = solutions or _find_solutions(path)
    return task_set if solutions is None else TaskSet(source, _attach_solutions(task_set, Path(solutions)))


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


def _read_folder(folder: Path) -> list[ArcTask | SetAsideTask]:
    """Read one task per file, in order of name, without hidden files, which operating systems leave behind."""
    entries = _list_entries(folder)
    files = [path for path in entries if _is_task_file(path)]
    if not files:
        inner = [path.name for path in entries if path.is_dir() and any(map(_is_task_file, _list_entries(path)))]
        remedy = (
            f"Name one of the folders in it: {', '.join(map(quote_name, inner[:5]))}." if inner else "Name another."
        )
        raise UserError(f"{folder} holds no {SUFFIX} file; a folder of tasks has one a task. {remedy}")
    tasks: dict[str, ArcTask | SetAsideTask] = {}
    for path in files:
        task_id = _get_stem(path)
        if task_id in tasks:
            reason = f"{path}: there is another file of task {task_id}; a task occurs once. Remove one."
            tasks[task_id] = set_aside(task_id, task_id, reason)
        else:
            tasks[task_id] = _read_member(path, task_id)
    return list(tasks.values())


def _read_member(path: Path, task_id: str) -> ArcTask | SetAsideTask:
    """Read a file of a folder, which is one task; set it aside if it cannot be read.

    Raises:
        UserError: the file holds tasks by their ids, so that the folder is none of task files.
    """
    try:
        tasks = decode_tasks(_read_file(path), str(path), task_id)
    except UserError as error:
        return set_aside(task_id, task_id, str(error))
    (first, *others) = tasks
    if isinstance(first, ArcTask) and first.task.task_id == task_id and not others:
        return first
    # Without this check, a file with one task by its id would count as a task named after the file.
    if any(isinstance(entry, ArcTask) for entry in tasks):
        raise UserError(
            f"{path} holds tasks by their ids; in a folder, each file is one task. Name the file itself, or take it "
            "out of the folder."
        )
    assert isinstance(first, SetAsideTask)
    test_inputs = first.placeholder.test_inputs if first.placeholder and not others else (ONE_CELL,)
    return SetAsideTask(quote_name(task_id), first.reason, Task(task_id, (), test_inputs))


def _list_entries(folder: Path) -> list[Path]:
    """List the entries of a folder in order of name, without hidden ones."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise UserError(f"{folder} cannot be read: {error.strerror}. Name a folder that can.") from None


def _is_task_file(path: Path) -> bool:
    """Return whether a name is that of a task file; a pipe or a link that leads nowhere has it too."""
    return Path(_strip_packed(path.name)).suffix.lower() == SUFFIX and not path.is_dir()


def _strip_packed(name: str) -> str:
    """Remove the ending of a compressed file."""
    return name.rpartition(".")[0] if name.lower().endswith(PACKED) else name


def _get_stem(path: Path) -> str:
    """Return the id of the task in a file of its own: the file's name without ending."""
    return Path(_strip_packed(path.name)).stem


def _read_file(path: Path) -> bytes:
    return read_limited(path, MAX_FILE, "file of ARC tasks")


def _find_solutions(path: Path) -> str | None:
    """Find the solutions file beside the tasks file of a competition; None if there is none."""
    if path.name.endswith(CHALLENGES):
        solutions = path.with_name(path.name.removesuffix(CHALLENGES) + SOLUTIONS)
        return str(solutions) if solutions.is_file() else None
    return None


def _attach_solutions(task_set: TaskSet, path: Path) -> list[ArcTask | SetAsideTask]:
    """Replace the answers of the tasks by those of a solutions file, which must cover every task that is solved."""
    answers = decode_solutions(_read_file(path), str(path))
    tasks = task_set.tasks
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
    return [
        ArcTask(entry.task, answers[entry.task.task_id])
        if isinstance(entry, ArcTask)
        else _match_outputs(entry, answers)
        for entry in task_set.entries
    ]


def _match_outputs(entry: SetAsideTask, answers: dict[str, tuple[Grid, ...]]) -> SetAsideTask:
    """Give the placeholder of a task that is set aside as many tests as the solutions have outputs."""
    task = entry.placeholder
    outputs = len(answers.get(task.task_id, ())) if task else 0
    if task is None or outputs in (0, len(task.test_inputs)):
        return entry
    test_inputs = (*task.test_inputs, *[ONE_CELL] * outputs)[:outputs]
    return SetAsideTask(entry.name, entry.reason, Task(task.task_id, (), test_inputs))
