"""A program that was found, step by step, as people look at it."""

from collections.abc import Iterable

from neural_guide.dsl.program import Program, run
from neural_guide.grid import Grid
from neural_guide.search.goal import ColourMap, recoloured


def step_names(program: Program, colour_map: ColourMap | None) -> tuple[str, ...]:
    """The steps by name, the map of colours that is bound last among them."""
    return program if colour_map is None else (*program, "colour map")


def grids_along(program: Program, colour_map: ColourMap | None, inputs: Iterable[Grid]) -> list[list[Grid]]:
    """For each input the grids before, between and after the steps; cut short where a step does not apply."""
    states = []
    for given in inputs:
        steps = [run(program[:length], given) for length in range(len(program) + 1)]
        grids = [grid for grid in steps if grid is not None]
        states.append(grids if colour_map is None else [*grids, recoloured(grids[-1], colour_map)])
    return states
