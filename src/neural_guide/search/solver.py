"""Finds programs that explain all pairs of a task, within a budget."""

import time
from dataclasses import dataclass
from typing import Literal

from neural_guide.dsl.program import Program
from neural_guide.dsl.vocabulary import PRIMITIVES, Vocabulary
from neural_guide.grid import Grid, same
from neural_guide.search.best_first import BestFirst, advice_about
from neural_guide.search.depth_first import DepthFirst, SortAndAdd
from neural_guide.search.goal import ColourMap, recoloured
from neural_guide.search.orders import Order
from neural_guide.search.prior import FLOOR, Prior, ranking
from neural_guide.search.space import Explained, Space
from neural_guide.task import Task

ATTEMPTS = 2  # answers that the competition allows per test output
MIB = 2**20
_LOOK_EVERY = 256  # steps between looks at the memory

Stop = Literal["answered", "exhausted", "nodes", "seconds", "memory"]


@dataclass(frozen=True)
class Budget:
    """Where a search stops, whichever comes first."""

    nodes: int = 200_000  # primitives called on a state; overrun by less than the vocabulary
    seconds: float = 60.0
    length: int = 4  # steps of the longest program
    memory_mib: float = 1024.0  # of states and grids, about


@dataclass(frozen=True)
class Strategy:
    """How a search goes.

    Attributes:
        order: best-first, sort-and-add or depth-first; the last two ask no advisor but about the inputs.
        exhaustive: depth searched in full before anyone is asked; 0: none.
        ask_depth: the advisor is asked about states within so many steps of the inputs; 0: about the inputs alone.
        ask_below: and that once the likeliest step not tried yet is less likely than this, [0, 1].
        floor: share of the chances of every step that is spread evenly, (0, 1].
        unguided_share: share of the nodes that goes to the unguided order beside the guided one, [0, 1). A program
            found unguided within N nodes is found within (N + 1) / unguided_share + vocabulary nodes whatever the
            prior says.
        answers: different answers after which the search stops.
    """

    order: Literal["best-first", "sort-and-add", "depth-first"] = "best-first"
    exhaustive: int = 0
    ask_depth: int = 0
    ask_below: float = 0.25
    floor: float = FLOOR
    unguided_share: float = 1 / 16
    answers: int = ATTEMPTS


@dataclass(frozen=True)
class Candidate:
    """A program that explains all pairs, and what it answers."""

    program: Program
    colour_map: ColourMap | None  # bound last, new colour of each colour; None: colours stay
    answers: tuple[Grid, ...]  # one per test input
    nodes: int  # spent until it was found
    seconds: float  # until then


@dataclass(frozen=True)
class Outcome:
    """What a search found, the first candidate first, all with different answers."""

    candidates: tuple[Candidate, ...]
    nodes: int
    seconds: float
    stopped: Stop
    asked: int  # questions to the advisor
    states: int  # different ones that were met

    @property
    def exhausted(self) -> bool:
        """Whether every program within the length was looked at."""
        return self.stopped == "exhausted"


def solve(
    task: Task, vocabulary: Vocabulary, prior: Prior, budget: Budget, strategy: Strategy | None = None
) -> Outcome:
    """Search under a prior until there are answers enough or a budget is spent.

    Args:
        task: its pairs and test inputs; test outputs are no part of it.
        vocabulary: primitives that programs are made of; all executable.
        prior: what is likely.
        budget: where to stop; a second candidate is looked for within what is left.
        strategy: how to go about it.

    Returns:
        The same for the same arguments, save for seconds and what they cut off.
    """
    started = time.perf_counter()
    strategy = strategy or Strategy()
    inputs = [pair.input for pair in task.pairs] + list(task.test_inputs)
    outputs = [pair.output for pair in task.pairs]
    space = Space(inputs, outputs, [PRIMITIVES[name] for name in vocabulary.names])
    orders = _Orders(space, prior, budget.length, strategy)
    answers = _Answers(space, vocabulary)
    steps = 0
    stopped: Stop | None = None
    while stopped is None:
        seconds = time.perf_counter() - started
        answers.look(seconds)
        if len(answers.found) >= strategy.answers:
            stopped = "answered"
        elif space.nodes >= budget.nodes:
            stopped = "nodes"
        elif seconds >= budget.seconds:
            stopped = "seconds"
        elif steps % _LOOK_EVERY == 0 and space.nbytes + orders.nbytes > budget.memory_mib * MIB:
            stopped = "memory"
        elif not orders.advance() and answers.seen_all:
            stopped = "exhausted"
        steps += 1
    found = tuple(answers.found[: strategy.answers])
    return Outcome(found, space.nodes, time.perf_counter() - started, stopped, orders.asked, len(space))


class _Answers:
    """The candidates among the states that explain the pairs, each answer once."""

    def __init__(self, space: Space, vocabulary: Vocabulary) -> None:
        self.found: list[Candidate] = []
        self._space, self._vocabulary = space, vocabulary
        self._seen = 0

    @property
    def seen_all(self) -> bool:
        """Whether every state that explains the pairs was looked at."""
        return self._seen == len(self._space.explained)

    def look(self, seconds: float) -> None:
        """Take what was met since the last look; `seconds` after the search began."""
        while not self.seen_all:
            candidate = self._candidate(self._space.explained[self._seen], seconds)
            self._seen += 1
            if not any(_agree(candidate, other) for other in self.found):
                self.found.append(candidate)

    def _candidate(self, explained: Explained, seconds: float) -> Candidate:
        space, colour_map = self._space, explained.colour_map
        stays = all(before == after for before, after in enumerate(colour_map))
        grids = space.grids_of(explained.state)[space.pairs :]
        answers = grids if stays else tuple(recoloured(grid, colour_map) for grid in grids)
        program = tuple(self._vocabulary.names[step] for step in space.program(explained.state))
        return Candidate(program, None if stays else colour_map, answers, explained.nodes, seconds)


class _Orders:
    """What is tried next: first in full to some depth, then as the prior says, now and then unguided."""

    def __init__(self, space: Space, prior: Prior, length: int, strategy: Strategy) -> None:
        self._space, self._prior, self._length, self._strategy = space, prior, length, strategy
        size = len(space.grids.primitives)
        self._unguided = BestFirst(space, Prior.uniform(size), length)
        self._first = BestFirst(space, Prior.uniform(size), min(strategy.exhaustive, length))
        self._guided: Order | None = None

    @property
    def nbytes(self) -> int:
        """Memory of all orders, about."""
        orders = (self._unguided, self._first, *([self._guided] if self._guided else []))
        return sum(order.nbytes for order in orders)

    @property
    def asked(self) -> int:
        """Questions to the advisor so far."""
        return self._guided.asked if isinstance(self._guided, BestFirst) else int(self._guided is not None)

    def advance(self) -> bool:
        """Try one more step; False when every program within the length was tried."""
        if self._guided is None:
            if self._first.advance():
                return True
            self._guided = self._begin()
            return True
        if self._unguided.steps < self._strategy.unguided_share * self._space.nodes:
            return self._unguided.advance()
        return self._guided.advance()

    def _begin(self) -> Order:
        """The guided order; it may ask about the inputs at once."""
        space, strategy, length = self._space, self._strategy, self._length
        if strategy.order == "best-first":
            return BestFirst(
                *(space, self._prior, length),
                floor=strategy.floor,
                ask_depth=strategy.ask_depth,
                ask_below=strategy.ask_below,
            )
        chances = self._prior.probabilities
        if chances is None:
            assert self._prior.advisor is not None
            chances = advice_about(space, 0, self._prior.advisor).needed
        steps = ranking(chances, strategy.floor)
        return DepthFirst(space, steps, length) if strategy.order == "depth-first" else SortAndAdd(space, steps, length)


def _agree(one: Candidate, other: Candidate) -> bool:
    return all(same(left, right) for left, right in zip(one.answers, other.answers, strict=True))
