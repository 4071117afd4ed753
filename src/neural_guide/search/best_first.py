"""Best-first search over programs, with optional queries to a policy about intermediate states."""

import heapq
import math
from collections.abc import Sequence
from typing import NamedTuple

from neural_guide.search.prior import (
    NO_STEPS,
    PolicyOutput,
    PolicyRankings,
    Prior,
    Ranking,
    Rankings,
    StatePolicy,
    rank_steps,
)
from neural_guide.search.settings import UNIFORM_MIXING
from neural_guide.search.state_space import ReachedState, StateSpace

_OPEN_STATE_BYTES = 260  # memory of one open state: its record and its heap entry


class _OpenState(NamedTuple):
    """A state with untried steps."""

    state: int
    length: int
    cost: float
    steps: Ranking
    later: Rankings  # steps from its successors, used while the policy has not been queried about this state
    rankings: PolicyRankings | None  # from a query about this state; None: not queried


class _PendingQuery(NamedTuple):
    """A fully expanded state about which the policy is queried next."""

    parent: _OpenState
    tried: Sequence[int]  # steps taken before the query
    cost: float  # of the step that would have come next


class BestFirstSearch:
    """Search programs in order of cost; costs never fall, and each state within the length is reached once.

    The cheapest program that leads to a state is the first to reach it. A state that is reached again by a shorter
    program is opened again, because more steps are left from there.

    The policy is queried about the inputs. It is also queried about a state within `query_depth` steps of them once
    the likeliest untried step is less likely than `query_threshold`, by the rankings inherited from the parent state.
    A query costs one node per untried step, because all steps are executed first; if one of them reaches the goal, the
    query is skipped.

    Args:
        space: states to search.
        prior: costs of steps.
        length: steps of the longest program.
        uniform_mixing: share of the probability that is spread evenly.
        query_depth: steps within which the policy is queried about states; 0: about the inputs alone.
        query_threshold: probability of a step, [0, 1]; 1: query at once.
        policy_outputs: cache by state, extended here. Orders that share it query each state once.

    Attributes:
        new_state: state that the last step reached first; None: the last step reached none.
        query_count: queries so far.
        step_count: steps taken so far, including those that another order had executed before.
    """

    def __init__(
        self,
        space: StateSpace,
        prior: Prior,
        length: int,
        *,
        uniform_mixing: float = UNIFORM_MIXING,
        query_depth: int = 0,
        query_threshold: float = 1.0,
        policy_outputs: dict[int, PolicyOutput] | None = None,
    ) -> None:
        self.new_state: ReachedState | None = ReachedState(0.0, 0, 0)
        self.query_count = 0
        self.step_count = 0
        self._space, self._max_length, self._uniform_mixing = space, length, uniform_mixing
        self._policy, self._policy_outputs = prior.policy, {} if policy_outputs is None else policy_outputs
        # One step before the longest program a query cannot pay: it executes every step that is left.
        self._max_query_length = min(query_depth, length - 2) if prior.policy is not None else -1
        self._query_cost = -math.log(query_threshold) if query_threshold > 0 else math.inf
        self._heap: list[
            tuple[float, int, int]
        ] = []  # cost of the next step, index in `_open_states`, rank of the step
        self._open_states: list[_OpenState | None] = []
        self._shortest = {0: 0}
        self._pending: _PendingQuery | None = None
        if length and prior.policy is not None:
            self._expand(_OpenState(0, 0, 0.0, NO_STEPS, Rankings(NO_STEPS, NO_STEPS), None), (), 0.0)
        elif length and prior.probabilities is not None:
            rankings = rank_steps(prior.probabilities, uniform_mixing, pieces=space.values is not None)
            self._open(_OpenState(0, 0, 0.0, rankings.on_grids, rankings, None), 0.0)

    @property
    def cost(self) -> float:
        """Cost of the cheapest untried step, in nats; infinite if none is left."""
        return self._heap[0][0] if self._heap else math.inf

    @property
    def nbytes(self) -> int:
        """Approximate memory in bytes, without the state space."""
        return (len(self._heap) + len(self._open_states)) * _OPEN_STATE_BYTES

    def advance(self) -> bool:
        """Take the cheapest untried step, or make the pending query; return False if nothing is left."""
        self.new_state = None
        if self._pending is not None:
            self._query(self._pending)
            return True
        if not self._heap:
            return False
        cost, index, rank = self._heap[0]
        parent = self._open_states[index]
        assert parent is not None
        steps = parent.steps
        if self._needs_query(parent, steps.costs[rank]):
            heapq.heappop(self._heap)
            self._open_states[index] = None
            self._expand(parent, steps.primitives[:rank], cost)
            return True
        if rank + 1 < len(steps.primitives):
            heapq.heapreplace(self._heap, (max(cost, parent.cost + steps.costs[rank + 1]), index, rank + 1))
        else:
            heapq.heappop(self._heap)
            self._open_states[index] = None  # all its steps are tried
        self.step_count += 1
        successor = self._space.step(parent.state, steps.primitives[rank])
        if successor >= 0:
            self._reach(successor, steps.primitives[rank], cost, parent)
        return True

    def _needs_query(self, parent: _OpenState, cost: float) -> bool:
        """Return whether to query the policy about a state before a step of this cost is taken."""
        if parent.length > self._max_query_length or parent.rankings is not None or cost < self._query_cost:
            return False
        return not self._space.is_list(parent.state)

    def _reach(self, state: int, primitive: int, cost: float, parent: _OpenState) -> None:
        length, known_length = parent.length + 1, self._shortest.get(state)
        if known_length is not None and known_length <= length:
            return
        self._shortest[state] = length
        if known_length is None:
            self.new_state = ReachedState(cost, state, length)
        else:
            self._space.shorten_path(state, parent.state, primitive)
        if length < self._max_length and not self._space.is_dead_end(state):
            rankings = parent.rankings
            following, later = (
                (rankings.rank_after(primitive), rankings.later) if rankings else (parent.later, parent.later)
            )
            steps = following.on_lists if self._space.is_list(state) else following.on_grids
            self._open(_OpenState(state, length, cost, steps, later, None), cost)

    def _open(self, state: _OpenState, min_cost: float) -> None:
        if state.steps.primitives:
            heapq.heappush(self._heap, (max(min_cost, state.cost + state.steps.costs[0]), len(self._open_states), 0))
            self._open_states.append(state)

    def _expand(self, parent: _OpenState, tried: Sequence[int], cost: float) -> None:
        """Execute all steps from a state, and make a query about it the next thing to do."""
        self._space.expand(parent.state)
        self._pending = _PendingQuery(parent, tried, cost)

    def _query(self, query: _PendingQuery) -> None:
        """Open a state again under the policy's rankings, without the steps already tried."""
        assert self._policy is not None
        self._pending = None
        parent = query.parent
        if parent.state not in self._policy_outputs:
            self.query_count += 1
            self._policy_outputs[parent.state] = query_policy(self._space, parent.state, self._policy)
        output = self._policy_outputs[parent.state]
        rankings = PolicyRankings(output, self._uniform_mixing, pieces=self._space.values is not None)
        untried = [
            (step, cost) for step, cost in zip(*rankings.current.on_grids, strict=True) if step not in query.tried
        ]
        steps = Ranking(tuple(step for step, _ in untried), tuple(cost for _, cost in untried))
        self._open(parent._replace(steps=steps, rankings=rankings), query.cost)


def query_policy(space: StateSpace, state: int, policy: StatePolicy) -> PolicyOutput:
    """Execute every primitive on a state and query the policy about it; one node per primitive not yet executed."""
    pairs = space.pair_count
    successors = [space.get_grids(after)[:pairs] if after >= 0 else None for after in space.expand(state)]
    results = [[None if grids is None else grids[pair] for grids in successors] for pair in range(pairs)]
    return policy(space.get_grids(state)[:pairs], results)
