"""A journal of finished tasks: whoever is killed and started again goes on where it was."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from neural_guide.arc.task import Task
from neural_guide.errors import UserError
from neural_guide.harness.task_results import Entry
from neural_guide.runtime.atomic_files import replace_file

NAME = "journal.jsonl"


class Journal:
    """One line a finished task, after a first line that says what is solved and how.

    Args:
        folder: of the run.
        about: everything that an answer depends on, in plain values; written when the journal begins.

    Attributes:
        entries: of the tasks finished before, by task.

    Raises:
        UserError: the folder holds a journal of something else.
    """

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        self.path = folder / NAME
        self.entries: dict[str, Entry] = {}
        if self.path.exists():
            check_head(folder, about)
            self.entries = {entry.task: entry for entry in _entries(self.path)}
        self._begin(_head(about))

    def add(self, entry: Entry) -> None:
        """Keep a finished task; on the disk when this returns."""
        self.entries[entry.task] = entry
        with self.path.open("ab") as lines:
            lines.write(msgspec.json.encode(entry) + b"\n")
            lines.flush()
            os.fsync(lines.fileno())

    def _begin(self, head: bytes) -> None:
        """Write the first line, or what is whole of a journal that a kill cut within a line."""
        whole = [head, *(msgspec.json.encode(entry) for entry in self.entries.values())]
        with replace_file(self.path) as temporary:
            temporary.write_bytes(b"\n".join(whole) + b"\n")


def is_of(folder: Path, about: Mapping[str, Any]) -> bool:
    """Whether a folder has a journal of just this."""
    return _read_head(folder / NAME) == _head(about)


def check_head(folder: Path, about: Mapping[str, Any]) -> None:
    """Raises UserError where the folder's journal is not of just this."""
    if not is_of(folder, about):
        raise UserError(
            f"{folder} holds a run of other settings, other tasks or another guide, which is not overwritten. Use "
            "another hydra.run.dir."
        )


def _read_head(path: Path) -> bytes | None:
    """The first line of a journal; None where there is none."""
    try:
        with path.open("rb") as lines:
            return lines.readline().rstrip(b"\n")
    except OSError:
        return None


def digest(path: Path) -> str:
    """Changes with the content of a file."""
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


def digest_of_tasks(tasks: Sequence[Task]) -> str:
    """Changes with what a solver sees of the tasks, and with their order."""
    digester = hashlib.blake2b(digest_size=16)
    for task in tasks:
        digester.update(f"{task.task_id}, {len(task.pairs)} pairs".encode())
        for grid in (*(grid for pair in task.pairs for grid in (pair.input, pair.output)), *task.test_inputs):
            digester.update(f"{grid.shape}".encode() + grid.tobytes())
    return digester.hexdigest()


def _head(about: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode({"about": about}, order="deterministic")


def _entries(path: Path) -> list[Entry]:
    """The finished tasks; a line that a kill cut short is left out."""
    found = []
    for line in path.read_bytes().splitlines()[1:]:
        try:
            found.append(msgspec.json.decode(line, type=Entry))
        except msgspec.DecodeError:
            continue
    return found
