"""Pairs and tasks."""

from dataclasses import dataclass

from neural_guide.arc.grid import Grid, find_max_side


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

    @property
    def grids(self) -> tuple[Grid, ...]:
        """Every grid of the task."""
        return (*(grid for pair in self.pairs for grid in (pair.input, pair.output)), *self.test_inputs)

    @property
    def max_side(self) -> int:
        """Largest number of rows and of columns that an answer may have: that of ARC, unless a grid is larger."""
        return find_max_side(*self.grids)
