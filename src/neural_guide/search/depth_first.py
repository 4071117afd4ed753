"""Two orders to compare best-first search with: depth-first, and over growing sets of primitives."""

from neural_guide.search.orders import Reached
from neural_guide.search.prior import Ranking
from neural_guide.search.state_space import Space


class DepthFirst:
    """The likeliest step first and from there on at once, down to the length; complete, in no order of cost.

    Args:
        space: to walk through.
        steps: what can be tried, in order, and what it costs.
        length: steps of the longest program.
    """

    def __init__(self, space: Space, steps: Ranking, length: int) -> None:
        self.reached: Reached | None = Reached(0.0, 0, 0)
        self._space, self._steps, self._longest = space, steps, length
        self._shortest = {0: 0}
        self._stack = [(0, 0.0, 0)] if length else []  # state, its cost, rank of the next step

    @property
    def nbytes(self) -> int:
        """Memory that it takes beside the space, about."""
        return len(self._shortest) * 100

    def advance(self) -> bool:
        """Try the next step of the deepest state that has one left."""
        self.reached = None
        if not self._stack:
            return False
        state, cost, rank = self._stack.pop()
        if rank + 1 < len(self._steps.primitives):
            self._stack.append((state, cost, rank + 1))
        length = self._shortest[state] + 1
        after = self._space.step(state, self._steps.primitives[rank])
        known = self._shortest.get(after)
        if after < 0 or (known is not None and known <= length):
            return True
        self._shortest[after] = length
        cost += self._steps.costs[rank]
        if known is None:
            self.reached = Reached(cost, after, length)
        else:
            self._space.shorten(after, state, self._steps.primitives[rank])
        if length < self._longest:
            self._stack.append((after, cost, 0))
        return True


class SortAndAdd:
    """Depth-first over the likeliest primitives alone, then over one more, and so on (Balog et al., 2017).

    Args:
        space: to walk through; what was executed for a smaller set is not executed again.
        steps: what can be tried, the likeliest first.
        length: steps of the longest program.
        first: primitives in the first set.
    """

    def __init__(self, space: Space, steps: Ranking, length: int, first: int = 2) -> None:
        self.reached: Reached | None = Reached(0.0, 0, 0)
        self._space, self._steps, self._length = space, steps, length
        self._size = min(first, len(steps.primitives))
        self._inner = self._over()
        self._seen = {0}

    @property
    def nbytes(self) -> int:
        """Memory that it takes beside the space, about."""
        return self._inner.nbytes + len(self._seen) * 60

    def advance(self) -> bool:
        """Try the next step within the set, or add the next primitive to it."""
        self.reached = None
        if not self._inner.advance():
            if self._size == len(self._steps.primitives):
                return False
            self._size += 1
            self._inner = self._over()
            return True
        reached = self._inner.reached
        if reached is not None and reached.state not in self._seen:
            self._seen.add(reached.state)
            self.reached = reached
        return True

    def _over(self) -> DepthFirst:
        steps = Ranking(self._steps.primitives[: self._size], self._steps.costs[: self._size])
        return DepthFirst(self._space, steps, self._length)
