"""Replay of every record while it is read: whether its primitives, executed in order, give its output."""

from typing import Final

from neural_guide.arc.grid import Grid
from neural_guide.data.format.validation import Record
from neural_guide.dsl.vocabulary import PRIMITIVES, Primitive
from neural_guide.errors import UserError

WRONG: Final = 0  # another output, or more than `MAX_STEPS` names
RIGHT: Final = 1
UNKNOWN: Final = -1  # a name is not ours, so the list cannot be executed
MAX_STEPS = 100  # names in a list that is executed; a record of 4 MiB could hold half a million
MAX_NAMES = 10_000  # in a vocabulary: labels take a byte a task and name


class ProgramTable:
    """The distinct lists of primitives of a dataset, numbered by first appearance.

    Attributes:
        lists: the names of each list.
    """

    def __init__(self) -> None:
        self.lists: list[tuple[str, ...]] = []
        self._steps: list[list[Primitive] | None] = []
        self._number: dict[tuple[str, ...], int] = {}
        self._names: set[str] = set()

    def number(self, primitives: tuple[str, ...]) -> int:
        """Return the number of a list; add it where it is new.

        Raises:
            UserError: the lists hold more than `MAX_NAMES` different names.
        """
        number = self._number.get(primitives)
        if number is None:
            number = self._number[primitives] = len(self.lists)
            self.lists.append(primitives)
            executable = all(name in PRIMITIVES for name in primitives)
            self._steps.append([PRIMITIVES[name] for name in primitives] if executable else None)
            self._names.update(primitives)
            if len(self._names) > MAX_NAMES:
                raise UserError(
                    f"The dataset has more than {MAX_NAMES:,} different names in primitives; a vocabulary has at "
                    "most so many. Name what is done, not each task."
                )
        return number

    def replay(self, number: int, record: Record) -> int:
        """Return RIGHT where the list, executed in order, turns the input into the output; else WRONG or UNKNOWN."""
        steps = self._steps[number]
        if steps is None:
            return UNKNOWN
        if len(steps) > MAX_STEPS:
            return WRONG
        state: Grid = record.input
        for step in steps:
            result = step(state)
            if result is None:
                return WRONG
            state = result
        output = record.output
        return RIGHT if state.shape == output.shape and state.tobytes() == output.tobytes() else WRONG
