"""Programs: primitives applied one after the other."""

from neural_guide.arc.grid import Grid, is_equal
from neural_guide.arc.task import Pair
from neural_guide.dsl.vocabulary import PRIMITIVES

Program = tuple[str, ...]
"""Names of primitives in order of application; the empty program changes nothing."""


def format_program(program: Program) -> str:
    """The names of the steps in a row; `input` where there is none."""
    return " ".join(program) or "input"


def run(program: Program, grid: Grid) -> Grid | None:
    """What the program makes of the grid, or None where one of its steps does not apply.

    Raises:
        KeyError: with the name that is no primitive of ours.
    """
    state: Grid | None = grid
    for name in program:
        primitive = PRIMITIVES[name]
        if state is None:
            return None
        state = primitive(state)
    return state


def replays(program: Program, pair: Pair) -> bool:
    """Whether the program makes the pair's output of its input, cell by cell."""
    result = run(program, pair.input)
    return result is not None and is_equal(result, pair.output)
