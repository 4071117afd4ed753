"""Commands run in processes forked off one that has imported everything: what they do without the seconds before.

Imports of torch and Lightning take a command four seconds of the processor, and the tests run some two hundred
commands. A forked one is a process of its own all the same, with its own arguments, environment and folder.
"""

import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

HEAVY = (
    *("experiment.training_run", "experiment.solving", "experiment.evaluation", "experiment.inspection"),
    *("experiment.speedup", "experiment.sweep", "experiment.tuning", "experiment.release", "planning.planner"),
    *("data.generation.dataset", "deploy.bundle.build", "explorer.server", "deploy.aws.actions", "export"),
)

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload([f"neural_guide.{name}" for name in HEAVY])


def command(module: str, *overrides: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m neural_guide.<module>` to its end, in the folder and the environment of now."""
    line = [sys.executable, "-m", f"neural_guide.{module}", *overrides]
    with tempfile.TemporaryDirectory() as folder:
        told = [Path(folder) / name for name in ("stdout", "stderr")]
        process = _forks.Process(target=_become, args=(line, dict(os.environ), Path.cwd(), told))
        process.start()
        process.join()
        return subprocess.CompletedProcess(line, process.exitcode, *(path.read_text() for path in told))


def _become(line: list[str], environment: dict[str, str], folder: Path, told: Sequence[Path]) -> None:
    """What the new process does; `multiprocessing` ends it with the code that the command exits with."""
    for path, stream in zip(told, (1, 2), strict=True):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), stream)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    module = line[2]
    sys.argv, sys.orig_argv = [line[0], *line[3:]], line
    sys.modules.pop(module, None)  # imported before, and run as a program now
    runpy.run_module(module, run_name="__main__", alter_sys=True)
