"""Targets two steps longer than an enumeration is deep: for the longest held-out tasks, and for wide vocabularies.

With every route enumerated, they are as exact as those of the generator: `Enumeration` holds every result within its
depth, `LastStep` decides whether one more step reaches a result, and `LastTwoSteps` finds every route of two steps.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.data.generation.enumeration import Enumeration, Ids, LastStep
from neural_guide.data.generation.targets import (
    State,
    Target,
    Weights,
    draw_index,
    is_change,
    is_informative,
    weigh_steps,
)
from neural_guide.dsl.interning import NO_GRID

_ATTEMPTS = 24  # draws before an input set is given up


class Route(NamedTuple):
    """Two steps beyond an enumeration, from a state of its deepest level.

    Attributes:
        parent: position of that state.
        first: first step, as a position in the enumeration's `names`.
        second: second step, likewise.
    """

    parent: int
    first: int
    second: int

    def execute(self, enumeration: Enumeration) -> tuple[State, State, State] | None:
        """The initial state and the states after each step; None if a step does not apply to some pair."""
        before = tuple(enumeration.states[self.parent].tolist())
        between = tuple(enumeration.grids.apply(number, self.first) for number in before)
        if NO_GRID in between:
            return None
        after = tuple(enumeration.grids.apply(number, self.second) for number in between)
        return None if NO_GRID in after else (before, between, after)

    def trace_program(self, enumeration: Enumeration) -> tuple[str, ...]:
        """The canonical program of the initial state, followed by the two steps."""
        names = enumeration.names
        return (*enumeration.trace_program(self.parent), names[self.first], names[self.second])


class LastTwoSteps:
    """Results two steps beyond an enumeration, found in the same way as `LastStep` finds those of one step.

    Only one pair is expanded by both steps, in full and each grid once. The other pairs are checked where that pair
    agrees with a result.

    Args:
        last_step: one step beyond the enumeration.
    """

    def __init__(self, last_step: LastStep) -> None:
        self._last_step = last_step
        enumeration = last_step.enumeration
        self._between: Ids = np.unique(last_step.results[last_step.results != NO_GRID])
        self._results: Ids = np.array(
            [enumeration.grids.apply_all(number) for number in self._between.tolist()], dtype=np.int64
        ).reshape(-1, len(enumeration.names))

    def find_routes(self, state: State) -> list[Route]:
        """Every route to a result that no shorter program makes, in vocabulary order: the first is canonical."""
        last_step, routes = self._last_step, []
        for between, second in np.argwhere(self._results == state[last_step.pair]).tolist():
            for row, first in np.argwhere(last_step.results == self._between[between]).tolist():
                route = Route(int(last_step.parents[row]), first, second)
                states = route.execute(last_step.enumeration)
                if states is not None and states[-1] == state:
                    routes.append(route)
        return sorted(routes)


class LongTargetSampler:
    """Sampler of targets two steps beyond an enumeration.

    Args:
        last_step: one step beyond the enumeration.
        rng: source of every draw.
        every_route: find all programs of the same length, so that the target has the first of them. If false, its
            program is minimal, and canonical but for the last step; `Target.n_programs` then counts only the programs
            that reach the drawn state before the last step.
    """

    def __init__(self, last_step: LastStep, rng: np.random.Generator, *, every_route: bool = True) -> None:
        self._enumeration, self._rng, self._every_route = last_step.enumeration, rng, every_route
        self._last_step = last_step
        self._parents = last_step.parents[last_step.enumeration.active[last_step.parents]]

    def draw(self, need: Weights) -> Target | None:
        """Draw a target two steps longer than the enumeration is deep.

        Args:
            need: float64 [primitive], weight of each primitive.

        Returns:
            None if a few attempts find no target.
        """
        last_two_steps: LastTwoSteps | None = None  # computed on demand: it costs more than the enumeration
        for _ in range(_ATTEMPTS if self._parents.size else 0):
            route = self._draw_route(need)
            states = route.execute(self._enumeration)
            if states is None or not self._is_suitable(states[-1]):
                continue
            if self._every_route:
                last_two_steps = last_two_steps or LastTwoSteps(self._last_step)
                routes = last_two_steps.find_routes(states[-1])
            else:
                origins = self._last_step.find_origins(states[1])
                routes = [Route(parent, first, route.second) for parent, first in origins]
            # The canonical route may have a step that leaves a pair unchanged, even if the drawn one had none.
            if self._is_active(routes[0]):
                return self._make_target(states[-1], routes)
        return None

    def _draw_route(self, need: Weights) -> Route:
        """Draw a parent with a first step, then a second step, each by the mean need of the primitives used so far."""
        uses, n_primitives = self._enumeration.uses[self._parents], len(self._enumeration.names)
        row, first = divmod(draw_index(weigh_steps(uses, need).ravel(), self._rng), n_primitives)
        uses_after = uses[row] | (np.arange(n_primitives) == first)
        return Route(int(self._parents[row]), first, draw_index(weigh_steps(uses_after[None], need)[0], self._rng))

    def _is_suitable(self, state: State) -> bool:
        """True if the result is informative and no program of fewer steps makes it on all pairs."""
        informative = is_change(state, self._enumeration) and is_informative(self._get_grids(state))
        return informative and self._enumeration.find(state) is None and not self._last_step.find_origins(state)

    def _is_active(self, route: Route) -> bool:
        """True if every step of the route changes every pair."""
        states = route.execute(self._enumeration)
        if states is None or not self._enumeration.active[route.parent]:
            return False
        return all(
            result != number
            for earlier, later in pairwise(states)
            for number, result in zip(earlier, later, strict=True)
        )

    def _make_target(self, state: State, routes: list[Route]) -> Target:
        program = routes[0].trace_program(self._enumeration)
        rivals = self._enumeration.count_rivals(state, len(program))
        n_programs = sum(int(self._enumeration.n_programs[route.parent]) for route in routes)
        return Target(program, self._get_grids(state), rivals, n_programs)

    def _get_grids(self, state: State) -> tuple[Grid, ...]:
        return tuple(self._enumeration.grids.grids[number] for number in state)
