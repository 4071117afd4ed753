"""Which order of search has its turn."""

from neural_guide.search.best_first import BestFirst, advice_about
from neural_guide.search.depth_first import DepthFirst, SortAndAdd
from neural_guide.search.orders import Order
from neural_guide.search.prior import Advice, Prior, ranking
from neural_guide.search.settings import SearchSettings
from neural_guide.search.state_space import Space


class Orders:
    """What is tried next: first in full to some depth, then as the prior says, now and then unguided."""

    def __init__(self, space: Space, prior: Prior, length: int, settings: SearchSettings) -> None:
        self._space, self._prior, self._length, self._settings = space, prior, length, settings
        size = len(space.grids.primitives)
        self._unguided = BestFirst(space, Prior.uniform(size), length)
        self._first = BestFirst(space, Prior.uniform(size), min(settings.exhaustive, length))
        self._guided: Order | None = None
        self._advice: dict[int, Advice] = {}
        self._again_at = settings.query_after if settings.query_depth and prior.advisor is not None else 0

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
            self._guided = self._best_first(self._settings.query_depth)
            return True
        if self._unguided.steps < self._settings.share * self._space.nodes:
            return self._unguided.advance()
        return self._guided.advance()

    def _begin(self) -> Order:
        """The guided order; it may ask about the inputs at once."""
        space, settings, length = self._space, self._settings, self._length
        if settings.order == "best-first":
            return self._best_first(0 if self._again_at else settings.query_depth)
        chances = self._prior.probabilities
        if chances is None:
            assert self._prior.advisor is not None
            self._advice[0] = advice_about(space, 0, self._prior.advisor)
            chances = self._advice[0].needed
        steps = ranking(chances, settings.uniform_mixing)
        return DepthFirst(space, steps, length) if settings.order == "depth-first" else SortAndAdd(space, steps, length)

    def _best_first(self, query_depth: int) -> BestFirst:
        settings = self._settings
        return BestFirst(
            *(self._space, self._prior, self._length),
            uniform_mixing=settings.uniform_mixing,
            query_depth=query_depth,
            query_threshold=settings.query_threshold,
            advice=self._advice,
        )
