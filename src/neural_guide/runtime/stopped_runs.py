"""Search for a stopped run to resume: the newest of the same settings that no other process works on."""

from collections.abc import Callable
from pathlib import Path

from neural_guide.runtime.locks import is_lock_free

OUTPUTS = Path("outputs")


def find_stopped_run(
    folder: Path,
    marker: str,
    is_same: Callable[[Path], bool],
    saved_at: Callable[[Path], float],
    say: Callable[[str], None],
) -> Path | None:
    """The folder of the newest run to resume, or None.

    Args:
        folder: of a new run; runs beside it and below outputs/ are searched.
        marker: name of a file that every such run has.
        is_same: whether the run in a folder is unfinished and has the same settings.
        saved_at: when the run in a folder was last saved, seconds.
        say: takes a line for each run that another process works on.
    """
    markers = {*folder.parent.glob(f"*/{marker}"), *OUTPUTS.glob(f"*/**/{marker}")}
    folders = {path.parent.resolve() for path in markers if path.parent.name != ".hydra"}
    for run_folder in sorted(filter(is_same, folders), key=lambda path: (saved_at(path), path), reverse=True):
        if is_lock_free(run_folder):
            return run_folder
        say(f"{run_folder} is at work in another process; it is left alone.")
    return None
