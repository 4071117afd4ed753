"""Scheduler of the search orders: decides which one takes the next step."""

from typing import Protocol

from neural_guide.search.best_first import BestFirstSearch, query_policy
from neural_guide.search.depth_first import DepthFirstSearch, SortAndAddSearch
from neural_guide.search.prior import PolicyOutput, Prior, rank_primitives
from neural_guide.search.settings import SearchSettings
from neural_guide.search.state_space import ReachedState, StateSpace


class SearchOrder(Protocol):
    """An order in which programs are tried; orders over one `StateSpace` share the steps executed there."""

    new_state: ReachedState | None

    def advance(self) -> bool:
        """Take one step; `new_state` is the state it reaches first, or None. Return False if nothing is left."""
        ...

    @property
    def nbytes(self) -> int:
        """Approximate memory in bytes, without the state space."""
        ...


class Scheduler:
    """Search exhaustively to some depth, then in the guided order, with a share of nodes for the unguided order.

    Args:
        space: states to search.
        prior: costs of steps in the guided order.
        length: steps of the longest program.
        settings: of the search, with every null choice resolved.
    """

    def __init__(self, space: StateSpace, prior: Prior, length: int, settings: SearchSettings) -> None:
        self._space, self._prior, self._length, self._settings = space, prior, length, settings
        size = len(space.grids.primitives)
        self._unguided = BestFirstSearch(space, Prior.uniform(size), length)
        self._exhaustive = BestFirstSearch(space, Prior.uniform(size), min(settings.exhaustive, length))
        self._guided: SearchOrder | None = None
        self._policy_outputs: dict[int, PolicyOutput] = {}
        self._restart_at = settings.query_after if settings.query_depth and prior.policy is not None else 0

    def follow(self, prior: Prior) -> None:
        """Begin the guided order again under another prior; what was executed costs nothing."""
        self._prior = prior
        if self._guided is not None:
            self._guided = self._start_guided()

    @property
    def nbytes(self) -> int:
        """Approximate memory of all orders in bytes."""
        orders = (self._unguided, self._exhaustive, *([self._guided] if self._guided else []))
        return sum(order.nbytes for order in orders)

    @property
    def query_count(self) -> int:
        """Queries to the policy so far."""
        return len(self._policy_outputs)

    @property
    def cost(self) -> float:
        """Lower bound in nats on the cost of every untried step."""
        return max(self._unguided.cost, self._guided.cost if isinstance(self._guided, BestFirstSearch) else 0.0)

    def advance(self) -> bool:
        """Take one step in one of the orders; return False if every program within the length was tried."""
        if self._guided is None:
            if self._exhaustive.advance():
                return True
            self._guided = self._start_guided()
            return True
        if self._restart_at and self._space.nodes >= self._restart_at:
            self._restart_at = 0
            self._guided = self._start_best_first(self._settings.query_depth)
            return True
        if self._unguided.step_count < self._settings.share * self._space.nodes:
            return self._unguided.advance()
        return self._guided.advance()

    def _start_guided(self) -> SearchOrder:
        """Create the guided order; it may query the policy about the inputs at once."""
        space, settings, length = self._space, self._settings, self._length
        if settings.order == "best-first":
            return self._start_best_first(0 if self._restart_at else settings.query_depth)
        probabilities = self._prior.probabilities
        if probabilities is None:
            assert self._prior.policy is not None
            self._policy_outputs[0] = query_policy(space, 0, self._prior.policy)
            probabilities = self._policy_outputs[0].remaining
        steps = rank_primitives(probabilities, settings.uniform_mixing)
        if settings.order == "depth-first":
            return DepthFirstSearch(space, steps, length)
        return SortAndAddSearch(space, steps, length)

    def _start_best_first(self, query_depth: int) -> BestFirstSearch:
        settings = self._settings
        return BestFirstSearch(
            self._space,
            self._prior,
            self._length,
            uniform_mixing=settings.uniform_mixing,
            query_depth=query_depth,
            query_threshold=settings.query_threshold,
            policy_outputs=self._policy_outputs,
        )
