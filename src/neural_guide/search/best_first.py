"""The likeliest programs first, with questions to an advisor on the way."""

import heapq
import math
from collections.abc import Sequence
from typing import NamedTuple

from neural_guide.search.orders import Reached
from neural_guide.search.prior import NO_STEPS, Advice, Advised, Advisor, Prior, Ranking, Rankings, rankings
from neural_guide.search.settings import UNIFORM_MIXING
from neural_guide.search.state_space import Space

_OPEN_BYTES = 260  # of a state that is open: its entry, and the one in the heap


class _Open(NamedTuple):
    """A state whose steps are being tried."""

    state: int
    length: int
    cost: float
    steps: Ranking
    later: Rankings  # steps of states after it, where nobody was asked about this one
    advised: Advised | None  # by asking about this very state


class _Question(NamedTuple):
    """A state whose steps are all executed, and about which the advisor is asked next."""

    opened: _Open
    tried: Sequence[int]  # steps that led on before
    cost: float  # of the step that would have come next


class BestFirst:
    """Cheapest first; costs never fall, and every state within the length is reached, once.

    Of the programs that lead to a state the cheapest comes first; a state met again on a shorter way is opened
    again, since more steps are left from there.

    An advisor is asked about the inputs, and about a state within `query_depth` steps of them once the likeliest step
    not tried yet, by what was said of the state before it, is less likely than `query_threshold`. A query costs one
    node per untried step, because all steps are executed first; if one of them reaches the goal, the query is skipped.

    Args:
        space: to walk through.
        prior: what makes a step cheap.
        length: steps of the longest program.
        uniform_mixing: share of chances spread evenly.
        query_depth: steps within which states are asked about; 0: the inputs alone.
        query_threshold: chance of a step, [0, 1]; 1: asked at once.
        advice: what was said of states so far; is added to. Orders that share it ask about a state once.
    """

    def __init__(
        self,
        space: Space,
        prior: Prior,
        length: int,
        *,
        uniform_mixing: float = UNIFORM_MIXING,
        query_depth: int = 0,
        query_threshold: float = 1.0,
        advice: dict[int, Advice] | None = None,
    ) -> None:
        self.reached: Reached | None = Reached(0.0, 0, 0)
        self.asked = 0  # questions so far
        self.steps = 0  # taken so far, whether or not another order had executed them before
        self._space, self._longest, self._uniform_mixing = space, length, uniform_mixing
        self._advisor, self._advice = prior.advisor, {} if advice is None else advice
        # No state is asked about from which one step is left: that is to try all of them.
        self._deepest = min(query_depth, length - 2) if prior.advisor is not None else -1
        self._doubt = -math.log(query_threshold) if query_threshold > 0 else math.inf
        self._heap: list[tuple[float, int, int]] = []  # cost of the next step, place in `_opened`, rank of the step
        self._opened: list[_Open | None] = []
        self._shortest = {0: 0}
        self._question: _Question | None = None
        if length and prior.advisor is not None:
            self._execute(_Open(0, 0, 0.0, NO_STEPS, Rankings(NO_STEPS, NO_STEPS), None), (), 0.0)
        elif length and prior.probabilities is not None:
            same = rankings(prior.probabilities, uniform_mixing, pieces=space.values is not None)
            self._open(_Open(0, 0, 0.0, same.of_grids, same, None), 0.0)

    @property
    def cost(self) -> float:
        """Of the cheapest step that is left; infinite where none is."""
        return self._heap[0][0] if self._heap else math.inf

    @property
    def nbytes(self) -> int:
        """Memory that it takes beside the space, about."""
        return (len(self._heap) + len(self._opened)) * _OPEN_BYTES

    def advance(self) -> bool:
        """Try the cheapest step that is left."""
        self.reached = None
        if self._question is not None:
            self._ask(self._question)
            return True
        if not self._heap:
            return False
        cost, place, rank = self._heap[0]
        opened = self._opened[place]
        assert opened is not None
        steps = opened.steps
        if self._is_unsure(opened, steps.costs[rank]):
            heapq.heappop(self._heap)
            self._opened[place] = None
            self._execute(opened, steps.primitives[:rank], cost)
            return True
        if rank + 1 < len(steps.primitives):
            heapq.heapreplace(self._heap, (max(cost, opened.cost + steps.costs[rank + 1]), place, rank + 1))
        else:
            heapq.heappop(self._heap)
            self._opened[place] = None  # all its steps are tried
        self.steps += 1
        after = self._space.step(opened.state, steps.primitives[rank])
        if after >= 0:
            self._reach(after, steps.primitives[rank], cost, opened)
        return True

    def _is_unsure(self, opened: _Open, cost: float) -> bool:
        """Whether the advisor is to be asked about a state before a step of this cost is taken."""
        if opened.length > self._deepest or opened.advised is not None or cost < self._doubt:
            return False
        return not self._space.is_list(opened.state)

    def _reach(self, state: int, primitive: int, cost: float, opened: _Open) -> None:
        length, known = opened.length + 1, self._shortest.get(state)
        if known is not None and known <= length:
            return
        self._shortest[state] = length
        if known is None:
            self.reached = Reached(cost, state, length)
        else:
            self._space.shorten(state, opened.state, primitive)
        if length < self._longest and not self._space.is_hopeless(state):
            advised = opened.advised
            after, later = (advised.after(primitive), advised.later) if advised else (opened.later, opened.later)
            steps = after.of_lists if self._space.is_list(state) else after.of_grids
            self._open(_Open(state, length, cost, steps, later, None), cost)

    def _open(self, opened: _Open, least: float) -> None:
        if opened.steps.primitives:
            heapq.heappush(self._heap, (max(least, opened.cost + opened.steps.costs[0]), len(self._opened), 0))
            self._opened.append(opened)

    def _execute(self, opened: _Open, tried: Sequence[int], cost: float) -> None:
        """Execute all steps from a state, so that it can be asked about."""
        self._space.expand(opened.state)
        self._question = _Question(opened, tried, cost)

    def _ask(self, question: _Question) -> None:
        """Open a state again under what is said of it, without the steps that were tried."""
        assert self._advisor is not None
        self._question = None
        opened = question.opened
        if opened.state not in self._advice:
            self.asked += 1
            self._advice[opened.state] = advice_about(self._space, opened.state, self._advisor)
        advised = Advised(self._advice[opened.state], self._uniform_mixing, pieces=self._space.values is not None)
        left = [(one, cost) for one, cost in zip(*advised.here.of_grids, strict=True) if one not in question.tried]
        steps = Ranking(tuple(one for one, _ in left), tuple(cost for _, cost in left))
        self._open(opened._replace(steps=steps, advised=advised), question.cost)


def advice_about(space: Space, state: int, advisor: Advisor) -> Advice:
    """Execute every primitive on a state and ask about it; a node for each that was not executed before."""
    pairs = space.pairs
    after = [space.grids_of(number)[:pairs] if number >= 0 else None for number in space.expand(state)]
    results = [[None if made is None else made[pair] for made in after] for pair in range(pairs)]
    return advisor(space.grids_of(state)[:pairs], results)
