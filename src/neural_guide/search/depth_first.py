"""Baselines for best-first search: depth-first search, and sort-and-add over growing sets of primitives."""

from neural_guide.search.prior import Ranking
from neural_guide.search.state_space import ReachedState, StateSpace


class DepthFirstSearch:
    """Depth-first search, the likeliest step first; complete within the length, not ordered by cost.

    Args:
        space: states to search.
        steps: steps to try, in order, with their costs.
        length: steps of the longest program.

    Attributes:
        new_state: state that the last step reached first; None: the last step reached none.
    """

    def __init__(self, space: StateSpace, steps: Ranking, length: int) -> None:
        self.new_state: ReachedState | None = ReachedState(0.0, 0, 0)
        self._space, self._steps, self._max_length = space, steps, length
        self._shortest = {0: 0}
        self._stack = [(0, 0.0, 0)] if length else []  # state, its cost, rank of the next step

    @property
    def nbytes(self) -> int:
        """Approximate memory in bytes, without the state space."""
        return len(self._shortest) * 100

    def advance(self) -> bool:
        """Take the next step from the deepest state with an untried one; return False if nothing is left."""
        self.new_state = None
        if not self._stack:
            return False
        state, cost, rank = self._stack.pop()
        if rank + 1 < len(self._steps.primitives):
            self._stack.append((state, cost, rank + 1))
        length = self._shortest[state] + 1
        successor = self._space.step(state, self._steps.primitives[rank])
        known_length = self._shortest.get(successor)
        if successor < 0 or (known_length is not None and known_length <= length):
            return True
        self._shortest[successor] = length
        cost += self._steps.costs[rank]
        if known_length is None:
            self.new_state = ReachedState(cost, successor, length)
        else:
            self._space.shorten_path(successor, state, self._steps.primitives[rank])
        if length < self._max_length:
            self._stack.append((successor, cost, 0))
        return True


class SortAndAddSearch:
    """Depth-first search over the likeliest primitives, then over one more, and so on (DeepCoder, Balog et al., 2017).

    Args:
        space: states to search; steps executed for a smaller set are not executed again.
        steps: steps to try, the likeliest first.
        length: steps of the longest program.
        initial_size: primitives in the first set.

    Attributes:
        new_state: state that the last step reached first; None: the last step reached none.
    """

    def __init__(self, space: StateSpace, steps: Ranking, length: int, initial_size: int = 2) -> None:
        self.new_state: ReachedState | None = ReachedState(0.0, 0, 0)
        self._space, self._steps, self._length = space, steps, length
        self._size = min(initial_size, len(steps.primitives))
        self._inner = self._start_depth_first()
        self._known_states = {0}

    @property
    def nbytes(self) -> int:
        """Approximate memory in bytes, without the state space."""
        return self._inner.nbytes + len(self._known_states) * 60

    def advance(self) -> bool:
        """Take the next step within the set, or add the next primitive; return False if nothing is left."""
        self.new_state = None
        if not self._inner.advance():
            if self._size == len(self._steps.primitives):
                return False
            self._size += 1
            self._inner = self._start_depth_first()
            return True
        reached = self._inner.new_state
        if reached is not None and reached.state not in self._known_states:
            self._known_states.add(reached.state)
            self.new_state = reached
        return True

    def _start_depth_first(self) -> DepthFirstSearch:
        steps = Ranking(self._steps.primitives[: self._size], self._steps.costs[: self._size])
        return DepthFirstSearch(self._space, steps, self._length)
