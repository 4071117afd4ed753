"""Journal of finished tasks: a run that is killed and started again resumes after the last finished task."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from neural_guide.arc.task import Task
from neural_guide.errors import UserError
from neural_guide.harness.task_results import TaskResult
from neural_guide.runtime.atomic_files import replace_file

JOURNAL_NAME = "journal.jsonl"


class Journal:
    """A header line with the tasks and settings of the run, then one line per finished task.

    Args:
        folder: folder of the run.
        about: all that an answer depends on, as plain values; written when the journal begins.

    Attributes:
        path: path of the journal.
        results: results of the finished tasks, by task id.

    Raises:
        UserError: the folder holds a journal of something else.
    """

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        self.path = folder / JOURNAL_NAME
        self.results: dict[str, TaskResult] = {}
        if self.path.exists():
            check_header(folder, about)
            self.results = {result.task_id: result for result in read_results(self.path)}
        self._rewrite(_encode_header(about))

    def add(self, result: TaskResult) -> None:
        """Append the result of a finished task; it is on the disk when this returns."""
        self.results[result.task_id] = result
        with self.path.open("ab") as file:
            file.write(msgspec.json.encode(result) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _rewrite(self, header: bytes) -> None:
        """Write the header and all complete lines; a line that a kill cut short is dropped."""
        lines = [header, *(msgspec.json.encode(result) for result in self.results.values())]
        with replace_file(self.path) as temporary:
            temporary.write_bytes(b"\n".join(lines) + b"\n")


def has_journal_of(folder: Path, about: Mapping[str, Any]) -> bool:
    """Return whether a folder holds a journal with exactly this header."""
    return _read_header(folder / JOURNAL_NAME) == _encode_header(about)


def check_header(folder: Path, about: Mapping[str, Any]) -> None:
    """Raise UserError unless the folder's journal has exactly this header."""
    if not has_journal_of(folder, about):
        raise UserError(
            f"{folder} holds a run of other settings, other tasks or another guide, which is not overwritten. Use "
            "another hydra.run.dir."
        )


def _read_header(path: Path) -> bytes | None:
    """Return the first line of a journal; None: the file cannot be read."""
    try:
        with path.open("rb") as file:
            return file.readline().rstrip(b"\n")
    except OSError:
        return None


def hash_file(path: Path) -> str:
    """Return a digest of the content of a file."""
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


def hash_tasks(tasks: Sequence[Task]) -> str:
    """Return a digest of the tasks without test outputs, in their order."""
    digester = hashlib.blake2b(digest_size=16)
    for task in tasks:
        digester.update(f"{task.task_id}, {len(task.pairs)} pairs".encode())
        for grid in (*(grid for pair in task.pairs for grid in (pair.input, pair.output)), *task.test_inputs):
            digester.update(f"{grid.shape}".encode() + grid.tobytes())
    return digester.hexdigest()


def _encode_header(about: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode({"about": about}, order="deterministic")


def read_results(path: Path) -> list[TaskResult]:
    """Return the results of the finished tasks in a journal, without a line that a kill cut short."""
    results = []
    for line in path.read_bytes().splitlines()[1:]:
        try:
            results.append(msgspec.json.decode(line, type=TaskResult))
        except msgspec.DecodeError:
            continue
    return results
