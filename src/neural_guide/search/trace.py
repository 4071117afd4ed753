"""Steps of a candidate, the grids along them and the units that act, for display."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from neural_guide.arc.grid import Grid
from neural_guide.dsl.program import Program, format_program
from neural_guide.search.application import ProgramRunner
from neural_guide.search.candidates import ProgramLayer, Rule
from neural_guide.search.cell_rules.rule import CellRule
from neural_guide.search.goal import Relabelling, relabel_colours
from neural_guide.search.layering import overlay_grids
from neural_guide.search.unit_rules.stages import StagedRule, list_stage_steps, trace_stages
from neural_guide.search.unit_rules.units import Outline

OVERLAY = "laid over each other"
CELLS = "cell by cell"


class Trace(NamedTuple):
    """Steps of a candidate, the grids along them and the units that act.

    Attributes:
        steps: names of the steps.
        states: `states[input][step]`, the input at step 0; a row is shorter where a rule does not apply.
        outlines: `outlines[input][step]`, the units that act on `states[input][step]` next, where they lie in the
            grid that their rule looks at; None after the last step, where a rule finds no units, and for all but unit
            rules.
    """

    steps: tuple[str, ...]
    states: list[list[Grid]]
    outlines: list[list[Outline | None]]


def trace_candidate(
    program: Program,
    relabelling: Relabelling | None,
    layers: Sequence[ProgramLayer],
    rule: Rule | None,
    inputs: Iterable[Grid],
) -> Trace:
    """Return the names of a candidate's steps, and for each input the grids along them and the units that act.

    The arguments are those of `search.candidates.Candidate`.
    """
    if isinstance(rule, StagedRule):
        return _trace_units(rule, inputs)
    if rule is not None:
        steps, states = _list_rule_steps(rule), _trace_rule(rule, inputs)
    elif layers:
        steps, states = _list_layers(layers), _trace_layers(layers, inputs)
    else:
        steps, states = list_steps(program, relabelling), trace_program(program, relabelling, inputs)
    return Trace(steps, states, [[None] * len(grids) for grids in states])


def list_steps(program: Program, relabelling: Relabelling | None) -> tuple[str, ...]:
    """Return the names of the steps, the final colour relabelling included."""
    return program if relabelling is None else (*program, "colour map")


def trace_program(program: Program, relabelling: Relabelling | None, inputs: Iterable[Grid]) -> list[list[Grid]]:
    """Return for each input the grids before, between and after the steps; one that does not apply changes nothing.

    A list of pieces is painted on an empty grid.
    """
    runner, traces = ProgramRunner([program]), []
    for grid in inputs:
        grids = runner.trace(program, grid)
        traces.append(grids if relabelling is None else [*grids, relabel_colours(grids[-1], relabelling)])
    return traces


def _trace_units(rule: StagedRule, inputs: Iterable[Grid]) -> Trace:
    (program,) = rule.programs
    states: list[list[Grid]] = []
    outlines: list[list[Outline | None]] = []
    for grids in trace_program(program, None, inputs):
        *earlier, last = grids
        later = trace_stages(rule, last)
        states.append([*earlier, *(grid for grid, _ in later)])
        outlines.append([*[None] * len(earlier), *(outline for _, outline in later)])
    return Trace(list_stage_steps(rule), states, outlines)


def _list_layers(layers: Sequence[ProgramLayer]) -> tuple[str, ...]:
    """Return the programs of the layers, the uppermost first, then the overlay."""
    return (*(format_program(layer.program) for layer in layers), OVERLAY)


def _trace_layers(layers: Sequence[ProgramLayer], inputs: Iterable[Grid]) -> list[list[Grid]]:
    """Return for each input the grid itself, the grid of each layer, and the overlay of all.

    The overlay is missing where layers differ in shape.
    """
    runner, traces = ProgramRunner(layer.program for layer in layers), []
    for grid in inputs:
        layer_grids = [runner.trace(layer.program, grid)[-1] for layer in layers]
        is_overlaid = len({layer_grid.shape for layer_grid in layer_grids}) == 1
        overlay = [overlay_grids(layer_grids, [layer.colours for layer in layers])] if is_overlaid else []
        traces.append([grid, *layer_grids, *overlay])
    return traces


def _list_rule_steps(rule: CellRule) -> tuple[str, ...]:
    """Return the programs of the states that a rule reads, then the rule."""
    return (*map(format_program, rule.programs), CELLS)


def _trace_rule(rule: CellRule, inputs: Iterable[Grid]) -> list[list[Grid]]:
    """Return for each input the grid itself, the states that the rule reads, and the grid it makes.

    The last grid is missing where the rule does not apply.
    """
    runner, traces = ProgramRunner(rule.programs), []
    for grid in inputs:
        grids = {program: runner.trace(program, grid)[-1] for program in rule.programs}
        result = rule.predict(grids)
        traces.append([grid, *grids.values(), *([] if result is None else [result])])
    return traces
