"""Pairs and tasks."""

from dataclasses import dataclass

from neural_guide.arc.grid import Grid


@dataclass(frozen=True, eq=False)
class Pair:
    """An input grid and the output grid of the hidden program."""

    input: Grid
    output: Grid


@dataclass(frozen=True, eq=False)
class Task:
    """The pairs of one hidden program, and the test inputs to predict outputs for.

    Test outputs are never part of a task, so no code that receives a task can see them.

    Attributes:
        task_id: identifier, unique in a collection.
        pairs: example pairs.
        test_inputs: inputs whose outputs are to be predicted.
    """

    task_id: str
    pairs: tuple[Pair, ...]
    test_inputs: tuple[Grid, ...] = ()
