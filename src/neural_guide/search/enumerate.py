"""Programs in the order of their cost under a prior, each distinct result once."""

import heapq
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.dsl.program import Program
from neural_guide.dsl.vocabulary import Primitive
from neural_guide.grid import Grid

FLOOR = 0.1  # share of the prior that is spread evenly, so that a wrong guide costs time, never a solution

State = tuple[Grid, ...]


class Reached(NamedTuple):
    """A state that no cheaper program reaches."""

    cost: float  # -log of the prior of the program
    program: Program
    state: State  # the grid of each input
    nodes: int  # nodes spent until here; a node is one primitive called on one state


def step_costs(probabilities: npt.NDArray[np.floating], floor: float = FLOOR) -> npt.NDArray[np.float64]:
    """-log of the chance that the next step is each primitive, float64 [vocabulary].

    Args:
        probabilities: [vocabulary], in [0, 1]; of each primitive being part of the program.
        floor: share spread evenly over all primitives, in (0, 1].
    """
    total = float(probabilities.sum())
    shares = probabilities / total if total > 0 else np.full(len(probabilities), 1 / len(probabilities))
    costs: npt.NDArray[np.float64] = -np.log((1 - floor) * shares.astype(np.float64) + floor / len(shares))
    return costs


def enumerate_programs(
    inputs: Sequence[Grid],
    names: Sequence[str],
    primitives: Sequence[Primitive],
    costs: npt.NDArray[np.float64],
    max_length: int,
) -> Iterator[Reached]:
    """Best-first: the states of all programs up to a length, cheapest first.

    Complete up to observational equivalence: of the programs that give the same grids on all inputs, one of
    the shortest of the cheapest is yielded, once. Costs never decrease.

    Args:
        inputs: grids of all pairs and all test inputs of a task.
        names: of the primitives.
        primitives: what a step can be.
        costs: float64 [vocabulary], positive; of one step each.
        max_length: steps of the longest program.
    """
    nodes, pushed = 0, 0
    # An entry is (cost, length, order of pushing, program, state): the last two are never compared.
    heap: list[tuple[float, int, int, Program, State]] = [(0.0, 0, 0, (), tuple(inputs))]
    shortest: dict[tuple[bytes, ...], int] = {}
    while heap:
        cost, length, _, program, state = heapq.heappop(heap)
        key = state_key(state)
        known = shortest.get(key)
        if known is not None and known <= length:
            continue
        shortest[key] = length
        if known is None:
            yield Reached(cost, program, state, nodes)
        if length == max_length:
            continue
        # A state met again on a shorter, dearer way is expanded again: more steps are left from there.
        for position, primitive in enumerate(primitives):
            nodes += 1
            after = applied(primitive, state)
            if after is not None and shortest.get(state_key(after), max_length + 1) > length + 1:
                pushed += 1
                entry = (
                    cost + float(costs[position]),
                    length + 1,
                    pushed,
                    (*program, names[position]),
                    after,
                )
                heapq.heappush(heap, entry)


def applied(primitive: Primitive, state: State) -> State | None:
    """The next state, or None where the primitive does not apply to one of the grids."""
    made = []
    for grid in state:
        result = primitive(grid)
        if result is None:
            return None
        made.append(result)
    return tuple(made)


def state_key(state: State) -> tuple[bytes, ...]:
    """Equal for equal states: the cells of each grid, and its width, which sets grids of equal cells apart."""
    return tuple(grid.tobytes() + bytes((grid.shape[1],)) for grid in state)
