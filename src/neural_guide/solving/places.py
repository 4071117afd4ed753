"""The folder of a solving run: of one that was stopped and is gone on with, or a new one."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from neural_guide.command import console
from neural_guide.errors import UserError
from neural_guide.holding import drop_unused, held, is_free
from neural_guide.solving.journal import NAME, is_of

FINISHED = "results.csv"


@contextlib.contextmanager
def begin(folder: Path, about: Mapping[str, Any], *, anew: bool) -> Iterator[Path]:
    """The folder to write to, held against other processes until the block ends.

    Args:
        folder: of a new run; those beside it, and below outputs/, are looked through for one that was stopped.
        about: what is solved and how; a run of the same that did not finish is gone on with.
        anew: begin a new one whatever there is.

    Raises:
        UserError: another process is at it.
    """
    place = folder if anew else _stopped(folder, about) or folder
    if place != folder:
        console.print(f"Goes on in {place}, where a run of these tasks was stopped.", highlight=False, soft_wrap=True)
    with held(place):
        try:
            yield place
        finally:
            drop_unused(folder, place.resolve())


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


def _stopped(folder: Path, about: Mapping[str, Any]) -> Path | None:
    """The newest run of the same that did not finish and that nobody is at."""
    journals = {path.resolve() for path in (*folder.parent.glob(f"*/{NAME}"), *Path("outputs").glob(f"*/*/{NAME}"))}
    newest = sorted(journals, key=lambda path: path.stat().st_mtime, reverse=True)
    places = [path.parent for path in newest if not (path.parent / FINISHED).exists() and is_of(path.parent, about)]
    return next((place for place in places if is_free(place)), None)
