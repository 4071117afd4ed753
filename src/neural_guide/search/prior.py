"""Priors over the steps of a program, and the order in which a search tries them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.arc.task import Task
from neural_guide.search.lifts import Lifts
from neural_guide.search.piece_lists.prior import MAP_SHARE, SEGMENTATION_SHARE, compute_piece_prior
from neural_guide.search.settings import UNIFORM_MIXING

Floats = npt.NDArray[np.floating]


class PolicyOutput(NamedTuple):
    """Probabilities that a policy assigns to the steps from a state.

    Attributes:
        next_primitive: float [vocabulary], probability of each primitive to be the next step; sums to 1.
        remaining: float [vocabulary], probability of each to be used anywhere on the way to the outputs, in [0, 1].
        transition: float [vocabulary, vocabulary], for each next step the probabilities of the one after it; rows sum
            to 1.
    """

    next_primitive: Floats
    remaining: Floats
    transition: Floats


StatePolicy = Callable[[Sequence[Grid], Sequence[Sequence[Grid | None]]], PolicyOutput]
"""Policy over the steps from a state. Arguments: the state's grid for each pair, and for each pair the result of every
primitive (None: does not apply)."""


@dataclass(frozen=True)
class Prior:
    """Prior over the steps of a program: one distribution for all states, or a policy that depends on the state.

    Args:
        probabilities: float [vocabulary], probability of each primitive to be in the program, for every state alike;
            None: `policy` is queried instead.
        policy: queried about the inputs, and about later states where the search expects the query to pay.
        lifts: how many times likelier than usual each word of the explanation is, see `search.words`; a word that is
            missing is as likely as usual.
    """

    probabilities: Floats | None = None
    policy: StatePolicy | None = None
    lifts: Lifts = field(default_factory=dict)

    @staticmethod
    def uniform(size: int) -> "Prior":
        """Return the prior under which all primitives are equally likely, so that shorter programs come first."""
        return Prior(np.ones(size))


@dataclass(frozen=True)
class LatePrior:
    """A prior that takes long to compute: a search asks for it once its most promising jobs are done.

    Args:
        query: function that computes the prior; it holds under every transform of the task.
    """

    query: Callable[[], Prior]


SearchPrior = Prior | LatePrior | Callable[[Task], Prior]
"""Prior of a whole search: one for all transforms of a task, one to ask for late, or one to make for each transform."""


class Ranking(NamedTuple):
    """Steps from a state, the likeliest first."""

    primitives: tuple[int, ...]  # positions in the vocabulary
    costs: tuple[float, ...]  # negative log probability of each, in nats; never falls


NO_STEPS = Ranking((), ())


def compute_step_costs(probabilities: Floats, uniform_mixing: float = UNIFORM_MIXING) -> npt.NDArray[np.float64]:
    """Return the negative log probability of each primitive as the next step, float64 [vocabulary].

    Args:
        probabilities: [vocabulary], 0 or more, of any sum.
        uniform_mixing: share spread evenly over all primitives, in (0, 1].
    """
    total = float(probabilities.sum())
    shares = probabilities / total if total > 0 else np.full(len(probabilities), 1 / len(probabilities))
    costs: npt.NDArray[np.float64] = -np.log(
        (1 - uniform_mixing) * shares.astype(np.float64) + uniform_mixing / len(shares)
    )
    return costs


def rank_primitives(probabilities: Floats, uniform_mixing: float = UNIFORM_MIXING) -> Ranking:
    """Return the primitives in the order of their costs; equal ones in the order of the vocabulary."""
    costs = compute_step_costs(probabilities, uniform_mixing)
    order = np.argsort(costs, kind="stable")
    return Ranking(tuple(order.tolist()), tuple(costs[order].tolist()))


class Rankings(NamedTuple):
    """Steps from a state of grids, and from a state of lists of pieces."""

    on_grids: Ranking
    on_lists: Ranking


def rank_steps(probabilities: Floats, uniform_mixing: float = UNIFORM_MIXING, *, pieces: bool = False) -> Rankings:
    """Return the steps in the order of their costs, for states of grids and for states of lists.

    Args:
        probabilities: [vocabulary], see `compute_step_costs`; a primitive is mapped over a list with the same
            probability.
        uniform_mixing: see `compute_step_costs`.
        pieces: whether there are steps beside the primitives.
    """
    if not pieces:
        return Rankings(rank_primitives(probabilities, uniform_mixing), NO_STEPS)
    costs = compute_step_costs(probabilities, uniform_mixing)
    grid_probabilities, list_probabilities = compute_piece_prior()
    return Rankings(
        on_grids=_rank_mixture(costs, 1 - SEGMENTATION_SHARE, grid_probabilities),
        on_lists=_rank_mixture(costs, MAP_SHARE, list_probabilities),
    )


def _rank_mixture(
    costs: npt.NDArray[np.float64], share: float, piece_probabilities: npt.NDArray[np.float64]
) -> Ranking:
    """Rank the primitives, which have a share of the probability, together with the applicable piece functions."""
    applicable = np.flatnonzero(piece_probabilities)
    positions = np.concatenate((np.arange(len(costs)), len(costs) + applicable))
    all_costs = np.concatenate((costs - np.log(share), -np.log(piece_probabilities[applicable])))
    order = np.argsort(all_costs, kind="stable")
    return Ranking(tuple(positions[order].tolist()), tuple(all_costs[order].tolist()))


class PolicyRankings:
    """Rankings that one query implies: for the queried state, and for its descendants until they are queried.

    One step on, the transition probabilities rank the steps; further on, the `remaining` probabilities do.

    Args:
        output: the policy's probabilities for the state.
        uniform_mixing: see `compute_step_costs`.
        pieces: whether there are steps beside the primitives.

    Attributes:
        current: steps from the queried state.
        later: steps from states two or more steps on.
    """

    def __init__(self, output: PolicyOutput, uniform_mixing: float, *, pieces: bool = False) -> None:
        self.current = rank_steps(output.next_primitive, uniform_mixing, pieces=pieces)
        self.later = rank_steps(output.remaining, uniform_mixing, pieces=pieces)
        self._transition, self._uniform_mixing, self._pieces = output.transition, uniform_mixing, pieces
        self._cache: dict[int, Rankings] = {}

    def rank_after(self, primitive: int) -> Rankings:
        """Return the rankings for the state after a step."""
        if primitive >= len(self._transition):  # a piece function, for which the policy predicts no transition
            return self.later
        rankings = self._cache.get(primitive)
        if rankings is None:
            rankings = self._cache[primitive] = rank_steps(
                self._transition[primitive], self._uniform_mixing, pieces=self._pieces
            )
        return rankings
