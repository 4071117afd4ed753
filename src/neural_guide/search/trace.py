"""What was found, step by step, as people look at it."""

from collections.abc import Iterable, Sequence

from neural_guide.arc.grid import Grid
from neural_guide.dsl.interning import NO_GRID
from neural_guide.dsl.program import Program, format_program
from neural_guide.dsl.vocabulary import PRIMITIVES
from neural_guide.search.candidates import Part
from neural_guide.search.cell_rules.rule import CellRule, applied
from neural_guide.search.goal import ColourMap, recoloured
from neural_guide.search.layering import laid_over
from neural_guide.search.piece_lists.values import Values, list_piece_functions

OVERLAY = "laid over each other"
CELLS = "cell by cell"


def told(
    program: Program,
    colour_map: ColourMap | None,
    parts: Sequence[Part],
    rule: CellRule | None,
    inputs: Iterable[Grid],
) -> tuple[tuple[str, ...], list[list[Grid]]]:
    """The steps of a candidate by name, and for each input its grids along them; see `search.candidates.Candidate`."""
    if rule is not None:
        return _rule_names(rule), _grids_of_rule(rule, inputs)
    if parts:
        return _part_names(parts), _grids_of_parts(parts, inputs)
    return step_names(program, colour_map), grids_along(program, colour_map, inputs)


def step_names(program: Program, colour_map: ColourMap | None) -> tuple[str, ...]:
    """The steps by name, the map of colours that is bound last among them."""
    return program if colour_map is None else (*program, "colour map")


def grids_along(program: Program, colour_map: ColourMap | None, inputs: Iterable[Grid]) -> list[list[Grid]]:
    """For each input the grids before, between and after the steps; cut short where a step does not apply.

    A list of pieces is painted on an empty grid.
    """
    states = []
    for given in inputs:
        grids = _run(program, given)
        states.append(grids if colour_map is None else [*grids, recoloured(grids[-1], colour_map)])
    return states


def _part_names(parts: Sequence[Part]) -> tuple[str, ...]:
    """The layers of an assembly by their programs, the uppermost first, then the overlay."""
    return (*(format_program(part.program) for part in parts), OVERLAY)


def _grids_of_parts(parts: Sequence[Part], inputs: Iterable[Grid]) -> list[list[Grid]]:
    """For each input the grid itself, what makes each layer, and all laid over each other."""
    states = []
    for given in inputs:
        layers = [_run(part.program, given)[-1] for part in parts]
        states.append([given, *layers, laid_over(layers, [part.colours for part in parts])])
    return states


def _rule_names(rule: CellRule) -> tuple[str, ...]:
    """The states that a rule of cells looks at by their programs, then the rule."""
    return (*map(format_program, rule.programs), CELLS)


def _grids_of_rule(rule: CellRule, inputs: Iterable[Grid]) -> list[list[Grid]]:
    """For each input the grid itself, the states that are looked at, and what the rule makes of their cells.

    Cut short where a cell is unlike any that the rule knows.
    """
    states = []
    for given in inputs:
        grids = {program: _run(program, given)[-1] for program in rule.programs}
        made = applied(rule, grids)
        states.append([given, *grids.values(), *([] if made is None else [made])])
    return states


def _run(program: Program, given: Grid) -> list[Grid]:
    """The input, and what each step makes of it."""
    primitives = sorted({name for name in program if name in PRIMITIVES})
    values = Values([PRIMITIVES[name] for name in primitives])
    positions = {name: position for position, name in enumerate((*primitives, *list_piece_functions()))}
    number = values.interned.intern(given)
    grids = [given]
    for name in program:
        number = values.apply(number, positions[name])
        if number == NO_GRID:
            break
        grids.append(values.render(number))
    return grids
