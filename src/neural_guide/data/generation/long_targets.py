"""Programs two steps longer than a tree is deep: the longest of held-out tasks, and those of a wide vocabulary.

Exact like the generator's where every way is looked for: a tree holds every result within its depth, `LastStep`
tells whether one step more makes a result, and `LastTwoSteps` finds every way to it in two.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.data.generation.enumeration import Ids, LastStep, Tree
from neural_guide.data.generation.targets import State, Target, Weights, choose, moves, step_weights, worth
from neural_guide.dsl.interning import NO_GRID

_ATTEMPTS = 24  # draws before an input set is given up


class Route(NamedTuple):
    """A way beyond a tree: the position of a state of its deepest level, and two steps as positions in its `names`."""

    parent: int
    first: int
    second: int

    def states(self, tree: Tree) -> tuple[State, State, State] | None:
        """The state it starts from and those after each step; None where a step does not apply to a pair."""
        before = tuple(tree.states[self.parent].tolist())
        between = tuple(tree.grids.apply(number, self.first) for number in before)
        if NO_GRID in between:
            return None
        after = tuple(tree.grids.apply(number, self.second) for number in between)
        return None if NO_GRID in after else (before, between, after)

    def program(self, tree: Tree) -> tuple[str, ...]:
        """The canonical program of the state it starts from, and its two steps."""
        return (*tree.program(self.parent), tree.names[self.first], tree.names[self.second])


class LastTwoSteps:
    """The results two steps beyond a tree, found as `LastStep` finds those of one.

    One pair alone is expanded by both steps, in full and each grid once. Where it agrees with a result, the
    other pairs are looked at.

    Args:
        last: one step beyond the tree.
    """

    def __init__(self, last: LastStep) -> None:
        self._last = last
        self._between: Ids = np.unique(last.made[last.made != NO_GRID])
        self._made: Ids = np.array(
            [last.tree.grids.apply_all(number) for number in self._between.tolist()], dtype=np.int64
        ).reshape(-1, len(last.tree.names))

    def routes(self, state: State) -> list[Route]:
        """Every way to a result that no shorter program makes, in vocabulary order: the first is canonical."""
        last, found = self._last, []
        for between, second in np.argwhere(self._made == state[last.pair]).tolist():
            for row, first in np.argwhere(last.made == self._between[between]).tolist():
                route = Route(int(last.parents[row]), first, second)
                states = route.states(last.tree)
                if states is not None and states[-1] == state:
                    found.append(route)
        return sorted(found)


class LongDraws:
    """Draws targets two steps beyond a tree.

    Args:
        last: one step beyond the tree.
        rng: decides every draw.
        every_way: whether all programs as short are looked for, so that the first of them is the target's. If
            not, its program is minimal, and canonical but for the last step; `Target.programs` counts what is known.
    """

    def __init__(self, last: LastStep, rng: np.random.Generator, *, every_way: bool = True) -> None:
        self._tree, self._rng, self._every_way = last.tree, rng, every_way
        self._last = last
        self._parents = last.parents[last.tree.active[last.parents]]

    def draw(self, need: Weights) -> Target | None:
        """A target two steps longer than the tree is deep, or None where a few attempts find none.

        Args:
            need: float64 [primitive], how much each primitive is wanted.
        """
        steps: LastTwoSteps | None = None  # made when needed: it costs more than the tree
        for _ in range(_ATTEMPTS if self._parents.size else 0):
            drawn = self._route(need)
            states = drawn.states(self._tree)
            if states is None or not self._fits(states[-1]):
                continue
            if self._every_way:
                steps = steps or LastTwoSteps(self._last)
                routes = steps.routes(states[-1])
            else:
                routes = [Route(*way, drawn.second) for way in self._last.origins(states[1])]
            # The canonical route may have a step that leaves a pair as it was, where the drawn one had none.
            if self._active(routes[0]):
                return self._target(states[-1], routes)
        return None

    def _route(self, need: Weights) -> Route:
        """A parent and a first step, then a second, each in proportion to the need of what is used by then."""
        used = self._tree.used[self._parents]
        row, first = divmod(choose(step_weights(used, need).ravel(), self._rng), len(self._tree.names))
        then = used[row] | (np.arange(len(self._tree.names)) == first)
        return Route(int(self._parents[row]), first, choose(step_weights(then[None], need)[0], self._rng))

    def _fits(self, state: State) -> bool:
        """Whether the result is worth showing and no program of fewer steps makes it on all pairs."""
        shown = moves(state, self._tree) and worth(self._grids(state))
        return shown and self._tree.find(state) is None and not self._last.origins(state)

    def _active(self, route: Route) -> bool:
        """Whether every step of the route changes every pair."""
        states = route.states(self._tree)
        if states is None or not self._tree.active[route.parent]:
            return False
        return all(
            made != given for earlier, later in pairwise(states) for given, made in zip(earlier, later, strict=True)
        )

    def _target(self, state: State, routes: list[Route]) -> Target:
        program = routes[0].program(self._tree)
        rivals = self._tree.rivals(state, len(program))
        programs = sum(int(self._tree.programs[route.parent]) for route in routes)
        return Target(program, self._grids(state), rivals, programs)

    def _grids(self, state: State) -> tuple[Grid, ...]:
        return tuple(self._tree.grids.grids[number] for number in state)
