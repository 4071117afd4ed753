"""Which order of search has its turn."""

from neural_guide.search.best_first import BestFirst, advice_about
from neural_guide.search.depth_first import DepthFirst, SortAndAdd
from neural_guide.search.orders import Order
from neural_guide.search.prior import Advice, Prior, ranking
from neural_guide.search.settings import Strategy
from neural_guide.search.state_space import Space


class Orders:
    """What is tried next: first in full to some depth, then as the prior says, now and then unguided."""

    def __init__(self, space: Space, prior: Prior, length: int, strategy: Strategy) -> None:
        self._space, self._prior, self._length, self._strategy = space, prior, length, strategy
        size = len(space.grids.primitives)
        self._unguided = BestFirst(space, Prior.uniform(size), length)
        self._first = BestFirst(space, Prior.uniform(size), min(strategy.exhaustive, length))
        self._guided: Order | None = None
        self._advice: dict[int, Advice] = {}
        self._again_at = strategy.ask_after if strategy.ask_depth and prior.advisor is not None else 0

    @property
    def nbytes(self) -> int:
        """Memory of all orders, about."""
        orders = (self._unguided, self._first, *([self._guided] if self._guided else []))
        return sum(order.nbytes for order in orders)

    @property
    def asked(self) -> int:
        """Questions to the advisor so far."""
        return len(self._advice)

    @property
    def cost(self) -> float:
        """Of the cheapest step that is left: what comes later is no likelier."""
        return max(self._unguided.cost, self._guided.cost if isinstance(self._guided, BestFirst) else 0.0)

    def advance(self) -> bool:
        """Try one more step; False when every program within the length was tried."""
        if self._guided is None:
            if self._first.advance():
                return True
            self._guided = self._begin()
            return True
        if self._again_at and self._space.nodes >= self._again_at:
            self._again_at = 0
            self._guided = self._best_first(self._strategy.ask_depth)
            return True
        if self._unguided.steps < self._strategy.share * self._space.nodes:
            return self._unguided.advance()
        return self._guided.advance()

    def _begin(self) -> Order:
        """The guided order; it may ask about the inputs at once."""
        space, strategy, length = self._space, self._strategy, self._length
        if strategy.order == "best-first":
            return self._best_first(0 if self._again_at else strategy.ask_depth)
        chances = self._prior.probabilities
        if chances is None:
            assert self._prior.advisor is not None
            self._advice[0] = advice_about(space, 0, self._prior.advisor)
            chances = self._advice[0].needed
        steps = ranking(chances, strategy.floor)
        return DepthFirst(space, steps, length) if strategy.order == "depth-first" else SortAndAdd(space, steps, length)

    def _best_first(self, ask_depth: int) -> BestFirst:
        strategy = self._strategy
        return BestFirst(
            *(self._space, self._prior, self._length),
            floor=strategy.floor,
            ask_depth=ask_depth,
            ask_below=strategy.ask_below,
            advice=self._advice,
        )
