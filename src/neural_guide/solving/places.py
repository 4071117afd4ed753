"""The folder of a solving run: of one that was stopped and is gone on with, or a new one."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from neural_guide.command import console
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


def _stopped(folder: Path, about: Mapping[str, Any]) -> Path | None:
    """The newest run of the same that did not finish and that nobody is at."""
    journals = {path.resolve() for path in (*folder.parent.glob(f"*/{NAME}"), *Path("outputs").glob(f"*/*/{NAME}"))}
    newest = sorted(journals, key=lambda path: path.stat().st_mtime, reverse=True)
    places = [path.parent for path in newest if not (path.parent / FINISHED).exists() and is_of(path.parent, about)]
    return next((place for place in places if is_free(place)), None)
