"""The folder of a solving run: of one that was stopped and is gone on with, or a new one."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from neural_guide.app.console import console
from neural_guide.app.invocation import Invocation
from neural_guide.errors import UserError
from neural_guide.harness.journal import NAME, check_head, is_of
from neural_guide.runtime.locks import hold_lock, is_lock_free, remove_unused_folder

FINISHED = "results.csv"
WRITTEN = (FINISHED, "report.md", "config.yaml", "submission.json", "submission.csv", "figures")
OUTPUTS = ("*/*", "*/*/*")  # where runs lie below outputs/, those of a sweep too


@contextlib.contextmanager
def begin(invocation: Invocation, about: Mapping[str, Any], *, anew: bool) -> Iterator[Path | None]:
    """The folder to write to, held against other processes until the block ends; None where its run is finished.

    Args:
        invocation: names the folder of a new run. Where the user named it, a run of the same in it is resumed; else
            those beside it and below outputs/ are searched for one that was stopped.
        about: what is solved and how.
        anew: begin a new one whatever there is.

    Raises:
        UserError: another process is at it, or it holds something else.
    """
    folder = invocation.folder
    place = folder if anew or invocation.folder_is_named else _stopped(folder, about) or folder
    if place != folder:
        console.print(f"Goes on in {place}, where a run of these tasks was stopped.", highlight=False, soft_wrap=True)
    with hold_lock(place):
        _check(place, about, anew)
        remove_unused_folder(folder, place.resolve())  # now: whoever is killed later cannot
        finished = (place / FINISHED).exists()
        if finished:
            console.print(f"{place} is finished; there is nothing to go on with.", highlight=False, soft_wrap=True)
        yield None if finished else place


def refuse_unwritable(submission: Path) -> None:
    """Say before a search of hours that its outcome could not be written.

    Raises:
        UserError: there is no folder for it that can be written to, or the path is a folder itself.
    """
    folder = submission.absolute().parent
    if submission.is_dir():
        raise UserError(f"submission={submission} is a folder; a submission is a file. Name one in it.")
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        fact = "cannot be written to" if folder.is_dir() else "is not there"
        raise UserError(f"submission={submission}: its folder {folder} {fact}. Make it, or name another file.")


def _check(place: Path, about: Mapping[str, Any], anew: bool) -> None:
    """Refuse to write over what is there."""
    begun = (place / NAME).exists()
    found = [name for name in WRITTEN if (place / name).exists()]
    if begun and anew:
        raise UserError(
            f"{place} holds a run already, which is not overwritten. Leave resume=never out to go on with it, or use "
            "another hydra.run.dir."
        )
    if begun:
        check_head(place, about)
    if found and not begun:
        raise UserError(
            f"{place} holds a {found[0]} of something else, which is not overwritten. Use another hydra.run.dir."
        )


def _stopped(folder: Path, about: Mapping[str, Any]) -> Path | None:
    """The newest run of the same that did not finish and that nobody is at."""
    beside = folder.parent.glob(f"*/{NAME}")
    below = (path for depth in OUTPUTS for path in Path("outputs").glob(f"{depth}/{NAME}"))
    newest = sorted({path.resolve() for path in (*beside, *below)}, key=lambda path: path.stat().st_mtime, reverse=True)
    places = [path.parent for path in newest if not (path.parent / FINISHED).exists() and is_of(path.parent, about)]
    return next((place for place in places if is_lock_free(place)), None)
