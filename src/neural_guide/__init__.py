"""Neural guide for ARC: train a network that guides a program search, and solve tasks with it.

The public names are imported on first use: importing the package costs nothing.

Example:
    >>> import neural_guide
    >>> task = neural_guide.load_tasks("arc1-training")[0].task
    >>> guide = neural_guide.load_guide()
    >>> probabilities = neural_guide.predict_primitives(task, guide)
    >>> solutions = neural_guide.solve_task(task, guide, nodes=2000)
"""

import os
import sys

if sys.path[:1] == [os.path.dirname(os.path.abspath(__file__))]:  # noqa: PTH100, PTH120 - before pathlib is imported
    del sys.path[0]  # python src/neural_guide/train.py: our `inspect` would stand for that of Python

from importlib import import_module
from typing import TYPE_CHECKING, Any

from neural_guide.runtime.signals import exit_on_signals, is_command

if is_command(sys.orig_argv):  # at once: imports take seconds, and a signal meanwhile would end in a traceback
    exit_on_signals()

# Threads of an operator sleep while they wait for each other. By default they spin, and where another process wants
# their cores a training step then takes up to fifty times as long (docs/log.md). Torch's OpenMP reads it when loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

if TYPE_CHECKING:
    from neural_guide.arc.collections import ArcTask
    from neural_guide.arc.grid import Grid
    from neural_guide.arc.task import Pair, Task
    from neural_guide.dsl.vocabulary import PRIMITIVES
    from neural_guide.errors import UserError
    from neural_guide.experiment.python_api import (
        Solution,
        generate_records,
        load_guide,
        load_tasks,
        predict_primitives,
        solve_task,
        train_guide,
    )
    from neural_guide.guide.guide import Guide

__all__ = [
    "PRIMITIVES",
    "ArcTask",
    "Grid",
    "Guide",
    "Pair",
    "Solution",
    "Task",
    "UserError",
    "generate_records",
    "load_guide",
    "load_tasks",
    "predict_primitives",
    "solve_task",
    "train_guide",
]

_HOMES = {
    "PRIMITIVES": "dsl.vocabulary",
    "ArcTask": "arc.collections",
    "Grid": "arc.grid",
    "Guide": "guide.guide",
    "Pair": "arc.task",
    "Task": "arc.task",
    "UserError": "errors",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first used."""
    if name == "__version__":
        from importlib.metadata import version  # the one place is pyproject.toml

        return version("neural-guide")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import_module(
        f"{__name__}.runtime.cache_folders"
    ).prepare_cache_folders()  # before torch and matplotlib choose theirs
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'experiment.python_api')}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
