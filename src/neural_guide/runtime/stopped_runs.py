"""Search for a stopped run to resume: the newest of the same settings that can be worked on."""

from collections.abc import Callable
from pathlib import Path

from neural_guide.runtime.locks import find_obstacle

OUTPUTS = Path("outputs")


def find_stopped_run(
    marker: str,
    is_same: Callable[[Path], bool],
    saved_at: Callable[[Path], float],
    say: Callable[[str], None],
) -> Path | None:
    """The folder of the newest run below outputs/ to resume, or None.

    Args:
        marker: name of a file that every such run has.
        is_same: whether the run in a folder is unfinished and has the same settings.
        saved_at: when the run in a folder was last saved, seconds.
        say: takes a line for each run that cannot be resumed.
    """
    folders = {path.parent.resolve() for path in OUTPUTS.glob(f"*/**/{marker}") if path.parent.name != ".hydra"}
    for run_folder in sorted(filter(is_same, folders), key=lambda path: (saved_at(path), path), reverse=True):
        obstacle = find_obstacle(run_folder)
        if obstacle is None:
            return run_folder
        say(f"{run_folder} {obstacle}; it is left alone.")
    return None
