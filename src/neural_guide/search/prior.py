"""What a search follows: how likely each primitive is to be the next step, and to be needed at all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.search.piece_lists.prior import MAP_SHARE, SEGMENTATION_SHARE, compute_piece_prior
from neural_guide.search.settings import UNIFORM_MIXING

Floats = npt.NDArray[np.floating]


class Advice(NamedTuple):
    """What a guide says of a state.

    Attributes:
        following: float [vocabulary], chance of each primitive to be the next step; sums to 1.
        needed: float [vocabulary], chance of each to be used anywhere on the way to the outputs, in [0, 1].
        second: float [vocabulary, vocabulary], for each next step the chances of the one after it; rows sum to 1.
    """

    following: Floats
    needed: Floats
    second: Floats


Advisor = Callable[[Sequence[Grid], Sequence[Sequence[Grid | None]]], Advice]
"""Asked about a state: its grid of every pair, and what every primitive makes of each (None: does not apply)."""


@dataclass(frozen=True)
class Prior:
    """What a search follows.

    Args:
        probabilities: float [vocabulary], chance of each primitive to be in the program, for every state alike;
            None where an advisor is asked instead.
        advisor: asked about the inputs, and about later states where the search finds it worth its time.
    """

    probabilities: Floats | None = None
    advisor: Advisor | None = None

    @staticmethod
    def uniform(size: int) -> "Prior":
        """Every primitive alike: shorter programs first."""
        return Prior(np.ones(size))


class Ranking(NamedTuple):
    """Steps from a state, the likeliest first."""

    primitives: tuple[int, ...]  # positions in the vocabulary
    costs: tuple[float, ...]  # -log of the chance of each; never falls


NO_STEPS = Ranking((), ())


def step_costs(chances: Floats, uniform_mixing: float = UNIFORM_MIXING) -> npt.NDArray[np.float64]:
    """-log of the chance that the next step is each primitive, float64 [vocabulary].

    Args:
        chances: [vocabulary], 0 or more, of any sum.
        uniform_mixing: share spread evenly over all primitives, in (0, 1].
    """
    total = float(chances.sum())
    shares = chances / total if total > 0 else np.full(len(chances), 1 / len(chances))
    costs: npt.NDArray[np.float64] = -np.log(
        (1 - uniform_mixing) * shares.astype(np.float64) + uniform_mixing / len(shares)
    )
    return costs


def ranking(chances: Floats, uniform_mixing: float = UNIFORM_MIXING) -> Ranking:
    """The steps in the order of their costs; equal ones in the order of the vocabulary."""
    costs = step_costs(chances, uniform_mixing)
    order = np.argsort(costs, kind="stable")
    return Ranking(tuple(order.tolist()), tuple(costs[order].tolist()))


class Rankings(NamedTuple):
    """Steps from a state of grids, and from a state of lists of pieces."""

    of_grids: Ranking
    of_lists: Ranking


def rankings(chances: Floats, uniform_mixing: float = UNIFORM_MIXING, *, pieces: bool = False) -> Rankings:
    """The steps in the order of their costs, whatever the state is made of.

    Args:
        chances: [vocabulary], see `step_costs`; a primitive is mapped over a list with the same chance.
        uniform_mixing: see `step_costs`.
        pieces: whether there are steps beside the primitives.
    """
    if not pieces:
        return Rankings(ranking(chances, uniform_mixing), NO_STEPS)
    costs = step_costs(chances, uniform_mixing)
    on_grids, on_lists = compute_piece_prior()
    return Rankings(_beside(costs, 1 - SEGMENTATION_SHARE, on_grids), _beside(costs, MAP_SHARE, on_lists))


def _beside(costs: npt.NDArray[np.float64], share: float, others: npt.NDArray[np.float64]) -> Ranking:
    """Primitives, which have a share of all chances, beside the other functions that apply."""
    applying = np.flatnonzero(others)
    positions = np.concatenate((np.arange(len(costs)), len(costs) + applying))
    all_costs = np.concatenate((costs - np.log(share), -np.log(others[applying])))
    order = np.argsort(all_costs, kind="stable")
    return Ranking(tuple(positions[order].tolist()), tuple(all_costs[order].tolist()))


class Advised:
    """The rankings that follow from one advice: of the state it was given for, and of the states after it.

    About those nobody has been asked. One step on, the second step that was foreseen comes next; further on, what
    was needed before stands for what comes next.
    """

    def __init__(self, advice: Advice, uniform_mixing: float, *, pieces: bool = False) -> None:
        self.here = rankings(advice.following, uniform_mixing, pieces=pieces)
        self.later = rankings(advice.needed, uniform_mixing, pieces=pieces)
        self._second, self._uniform_mixing, self._pieces = advice.second, uniform_mixing, pieces
        self._after: dict[int, Rankings] = {}

    def after(self, primitive: int) -> Rankings:
        """The rankings for the state after a step."""
        if primitive >= len(self._second):  # pieces were cut, chosen or joined, which nobody foresaw
            return self.later
        known = self._after.get(primitive)
        if known is None:
            known = self._after[primitive] = rankings(
                self._second[primitive], self._uniform_mixing, pieces=self._pieces
            )
        return known
