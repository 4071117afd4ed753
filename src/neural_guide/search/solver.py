"""Finds programs that explain all pairs of a task, within a budget."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neural_guide.dsl.program import Program
from neural_guide.dsl.vocabulary import PRIMITIVES, Vocabulary
from neural_guide.grid import COLOURS, Grid, same
from neural_guide.search.enumerate import enumerate_programs, step_costs
from neural_guide.task import Task

ATTEMPTS = 2  # answers that the competition allows per test output


@dataclass(frozen=True)
class Budget:
    """Where a search stops."""

    nodes: int = 200_000  # primitives called on a state
    seconds: float = 60.0
    length: int = 4  # steps of the longest program


@dataclass(frozen=True)
class Candidate:
    """A program that explains all pairs, and what it answers."""

    program: Program
    colour_map: tuple[int, ...] | None  # bound last, new colour of each colour; None: colours stay
    answers: tuple[Grid, ...]  # one per test input
    nodes: int  # nodes spent until it was found


@dataclass(frozen=True)
class Outcome:
    """What a search found, the first candidate first, at most two with different answers."""

    candidates: tuple[Candidate, ...]
    nodes: int
    seconds: float
    exhausted: bool  # every program within the length was looked at


def solve(task: Task, vocabulary: Vocabulary, probabilities: npt.NDArray[np.floating], budget: Budget) -> Outcome:
    """Search best-first under a prior.

    Args:
        task: its pairs and test inputs; test outputs are no part of it.
        vocabulary: primitives that programs are made of; all executable.
        probabilities: [vocabulary], the prior of each primitive being part of the program.
        budget: where to stop; a second candidate is looked for within what is left.
    """
    started = time.perf_counter()
    inputs = [pair.input for pair in task.pairs] + list(task.test_inputs)
    outputs = [pair.output for pair in task.pairs]
    primitives = [PRIMITIVES[name] for name in vocabulary.names]
    found: list[Candidate] = []
    nodes, exhausted = 0, True
    for reached in enumerate_programs(inputs, vocabulary.names, primitives, step_costs(probabilities), budget.length):
        nodes = reached.nodes
        candidate = _explains(reached.program, reached.state, outputs, nodes)
        if candidate is not None and not any(_agree(candidate, other) for other in found):
            found.append(candidate)
        spent = nodes >= budget.nodes or time.perf_counter() - started >= budget.seconds
        if spent or len(found) == ATTEMPTS:
            exhausted = False
            break
    return Outcome(tuple(found), nodes, time.perf_counter() - started, exhausted)


def _explains(program: Program, state: Sequence[Grid], outputs: Sequence[Grid], nodes: int) -> Candidate | None:
    made, answers = state[: len(outputs)], tuple(state[len(outputs) :])
    if any(grid.shape != output.shape for grid, output in zip(made, outputs, strict=True)):
        return None
    if all(same(grid, output) for grid, output in zip(made, outputs, strict=True)):
        return Candidate(program, None, answers, nodes)
    colour_map = consistent_colour_map(made, outputs)
    if colour_map is None:
        return None
    bound = np.array(colour_map, dtype=np.uint8)
    return Candidate(program, colour_map, tuple(bound[grid] for grid in answers), nodes)


def consistent_colour_map(made: Sequence[Grid], outputs: Sequence[Grid]) -> tuple[int, ...] | None:
    """The one map of colours that turns every grid into its output; None where there is none.

    Args:
        made: grids of the same shapes as `outputs`.
        outputs: what they should become.

    Returns:
        The new colour of each of the ten colours; those that no grid has keep theirs.
    """
    before = np.concatenate([grid.ravel() for grid in made])
    after = np.concatenate([grid.ravel() for grid in outputs])
    colour_map = np.arange(COLOURS)
    colour_map[before] = after
    return tuple(colour_map.tolist()) if np.array_equal(colour_map[before], after) else None


def _agree(one: Candidate, other: Candidate) -> bool:
    return all(same(left, right) for left, right in zip(one.answers, other.answers, strict=True))
