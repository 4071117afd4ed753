"""Folder of a solving run: that of an unfinished run to resume, or a new one."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from neural_guide.app.console import say
from neural_guide.app.invocation import Invocation
from neural_guide.errors import UserError
from neural_guide.harness.journal import JOURNAL_NAME, check_header, has_journal_of
from neural_guide.runtime.locks import hold_lock, remove_unused_folder
from neural_guide.runtime.stopped_runs import find_stopped_run

RESULTS_NAME = "results.csv"  # written last: marks a finished run
OUTPUT_NAMES = (RESULTS_NAME, "report.md", "config.yaml", "submission.json", "submission.csv", "figures")


@contextlib.contextmanager
def open_run_folder(invocation: Invocation, about: Mapping[str, Any], *, fresh: bool) -> Iterator[Path | None]:
    """Yield the folder to write to, locked against other processes until the block ends; None: its run is finished.

    Args:
        invocation: names the folder of a new run. If the user named it, a run of the same in it is resumed; otherwise
            the folders below outputs/ are searched for an unfinished run.
        about: tasks and settings of the run.
        fresh: begin a new run even if there is an unfinished one.

    Raises:
        UserError: another process is using the folder, or it holds something else.
    """
    new_folder = invocation.folder
    may_resume = not (fresh or invocation.folder_is_named)
    folder = (_find_unfinished(about) if may_resume else None) or new_folder
    if folder != new_folder:
        say(f"Resumes in {folder}, where a run of these tasks was stopped.")
    with hold_lock(folder):
        _check_contents(folder, about, fresh)
        remove_unused_folder(new_folder, folder.resolve())  # now: a process that is killed later cannot
        is_finished = (folder / RESULTS_NAME).exists()
        if is_finished:
            say(f"{folder} is finished; there is nothing to resume.")
        yield None if is_finished else folder


def refuse_unwritable(submission: Path) -> None:
    """Check that a submission can be written, before a search of hours.

    Raises:
        UserError: there is no folder for it that can be written to, or the path is a folder itself.
    """
    folder = submission.absolute().parent
    if submission.is_dir():
        raise UserError(f"submission={submission} is a folder; a submission is a file. Name one in it.")
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        fact = "cannot be written to" if folder.is_dir() else "is not there"
        raise UserError(f"submission={submission}: its folder {folder} {fact}. Make it, or name another file.")


def _check_contents(folder: Path, about: Mapping[str, Any], fresh: bool) -> None:
    """Raise UserError if the run would overwrite something in the folder."""
    has_journal = (folder / JOURNAL_NAME).exists()
    existing = [name for name in OUTPUT_NAMES if (folder / name).exists()]
    if has_journal and fresh:
        raise UserError(
            f"{folder} holds a run already, which is not overwritten. Leave resume=never out to resume it, or use "
            "another hydra.run.dir."
        )
    if has_journal:
        check_header(folder, about)
    if existing and not has_journal:
        raise UserError(
            f"{folder} holds a {existing[0]} of something else, which is not overwritten. Use another hydra.run.dir."
        )


def _find_unfinished(about: Mapping[str, Any]) -> Path | None:
    """The newest unfinished run of the same tasks and settings that no process is using, or None."""

    def is_same(run_folder: Path) -> bool:
        return not (run_folder / RESULTS_NAME).exists() and has_journal_of(run_folder, about)

    return find_stopped_run(JOURNAL_NAME, is_same, lambda run_folder: (run_folder / JOURNAL_NAME).stat().st_mtime, say)
