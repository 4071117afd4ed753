"""Programs: sequences of primitives, run and checked on grids."""

from neural_guide.arc.grid import Grid, is_equal
from neural_guide.arc.task import Pair
from neural_guide.dsl.vocabulary import PRIMITIVES

Program = tuple[str, ...]
"""Names of primitives in order of application; the empty program changes nothing."""


def format_program(program: Program) -> str:
    """Join the names of the steps by spaces; `input` for the empty program."""
    return " ".join(program) or "input"


def run(program: Program, grid: Grid) -> Grid | None:
    """Run the program on a grid; None if one of its steps does not apply.

    Raises:
        KeyError: a name is not in `PRIMITIVES`, even behind a step that does not apply.
    """
    state: Grid | None = grid
    for name in program:
        primitive = PRIMITIVES[name]
        if state is None:
            return None
        state = primitive(state)
    return state


def replays(program: Program, pair: Pair) -> bool:
    """Return true if the program maps the pair's input to its output, cell by cell."""
    result = run(program, pair.input)
    return result is not None and is_equal(result, pair.output)
