"""Application of candidates to any input: what a search explained the pairs with, as a function of a new grid.

A search computes answers for the tests of its task alone. Applied again, a candidate of any kind gives those same
answers, and the outputs of the pairs: programs, layerings and rules, under any transform of the task.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from neural_guide.arc.grid import Grid
from neural_guide.arc.task import Task
from neural_guide.dsl.interning import NO_GRID
from neural_guide.dsl.program import Program
from neural_guide.dsl.vocabulary import PRIMITIVES
from neural_guide.search.candidates import ProgramLayer, Rule
from neural_guide.search.goal import Relabelling, relabel_colours
from neural_guide.search.layering import overlay_grids
from neural_guide.search.piece_lists.values import Values, list_piece_functions
from neural_guide.search.task_transforms import GridTransform, list_transforms


class Applicable(Protocol):
    """The parts of a candidate that determine its outputs, see `search.candidates.Candidate`.

    A result that a journal stores has them too.
    """

    @property
    def program(self) -> Program: ...  # noqa: D102
    @property
    def relabelling(self) -> Relabelling | None: ...  # noqa: D102
    @property
    def layers(self) -> tuple[ProgramLayer, ...]: ...  # noqa: D102
    @property
    def rule(self) -> Rule | None: ...  # noqa: D102
    @property
    def transform(self) -> str: ...  # noqa: D102
    @property
    def answers(self) -> Sequence[object]: ...  # noqa: D102


def apply_candidate(candidate: Applicable, task: Task, inputs: Iterable[Grid]) -> list[Grid | None]:
    """Apply a candidate to any inputs.

    Args:
        candidate: a candidate for the task.
        task: task that was searched; its pairs and tests determine the transforms.
        inputs: grids, of the task or new ones.

    Returns:
        The output for each input; None if the candidate does not apply to it: layers differ in shape, or a rule finds
        no such units or features. Steps that do not apply are skipped, units that cannot do their action stay as they
        are, and cells and units unlike all of the pairs' follow the most alike ones.
    """
    transform = find_transform(candidate, task)
    runner = ProgramRunner(_list_programs(candidate))
    outputs = []
    for given in inputs:
        output = _apply(candidate, runner, transform.transform_input(given))
        outputs.append(None if output is None else transform.invert(output, given))
    return outputs


def find_transform(candidate: Applicable, task: Task) -> GridTransform:
    """Return the transform of the grids under which a candidate was found.

    Args:
        candidate: a candidate for the task; tests that it does not answer were no part of its search.
        task: task that was searched.
    """
    tests = zip(task.test_inputs, candidate.answers, strict=True)
    searched = replace(task, test_inputs=tuple(given for given, answer in tests if answer is not None))
    return next(transform.grids for transform in list_transforms(searched) if transform.name == candidate.transform)


class ProgramRunner:
    """Runs programs of primitives and functions of pieces; results of one grid are kept for the next program.

    Args:
        programs: programs to run.
    """

    def __init__(self, programs: Iterable[Program]) -> None:
        primitives = sorted({name for program in programs for name in program if name in PRIMITIVES})
        self._values = Values([PRIMITIVES[name] for name in primitives])
        self._positions = {name: position for position, name in enumerate((*primitives, *list_piece_functions()))}

    def run(self, program: Program, grid: Grid) -> Grid:
        """Return the result of a program."""
        return self.trace(program, grid)[-1]

    def trace(self, program: Program, grid: Grid) -> list[Grid]:
        """Return the input and the result of each step; a step that does not apply changes nothing.

        A list of pieces is painted on an empty grid.
        """
        number = self._values.interned.intern(grid)
        grids = [grid]
        for name in program:
            result = self._values.apply(number, self._positions[name])
            number = number if result == NO_GRID else result
            grids.append(self._values.render(number))
        return grids


def _list_programs(candidate: Applicable) -> list[Program]:
    """List the programs whose results a candidate uses."""
    if candidate.rule is not None:
        return list(candidate.rule.programs)
    return [layer.program for layer in candidate.layers] or [candidate.program]


def _apply(candidate: Applicable, runner: ProgramRunner, given: Grid) -> Grid | None:
    """Return the output for an input of the transformed task; None if the candidate does not apply."""
    results = {program: runner.run(program, given) for program in _list_programs(candidate)}
    if candidate.rule is not None:
        return candidate.rule.predict(results)
    if candidate.layers:
        if len({grid.shape for grid in results.values()}) > 1:
            return None
        layers = [(results[layer.program], layer.colours) for layer in candidate.layers]
        return overlay_grids([grid for grid, _ in layers], [colours for _, colours in layers])
    result = results[candidate.program]
    return result if candidate.relabelling is None else relabel_colours(result, candidate.relabelling)
