"""A pair and a task: grids that belong together."""

from dataclasses import dataclass

from neural_guide.arc.grid import Grid


@dataclass(frozen=True, eq=False)
class Pair:
    """An input grid and the output grid that the hidden program makes of it."""

    input: Grid
    output: Grid


@dataclass(frozen=True, eq=False)
class Task:
    """Pairs made by one hidden program, and the inputs whose outputs are asked for.

    Test outputs are never part of a task, so nothing that is handed one can look at them.
    """

    task_id: str
    pairs: tuple[Pair, ...]
    test_inputs: tuple[Grid, ...] = ()
