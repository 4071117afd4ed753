"""Candidates: explanations of all pairs of a task, and the answers they give."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid, is_equal_list
from neural_guide.dsl.program import Program
from neural_guide.search.cell_rules.feature import ProgramFeature, StateFeature
from neural_guide.search.cell_rules.rule import Case, CellRule, Explanation
from neural_guide.search.cell_rules.rule_search import find_rules
from neural_guide.search.goal import Relabelling, relabel_colours
from neural_guide.search.layering import Layering, LayeringSearch, overlay_grids
from neural_guide.search.output_shaped_states import OutputShapedStates
from neural_guide.search.output_size import guess_output_shapes
from neural_guide.search.piece_lists.values import list_piece_functions
from neural_guide.search.state_space import GoalState, StateSpace
from neural_guide.search.task_transforms import TaskTransform

RELABELLING_COST = 2.0  # nats for a colour relabelling
WRONG_SHAPE_COST = 6.0  # nats for answers of another shape than the rule that all pairs follow predicts
RULE_COST = 4.0  # nats for a rule of cells, beside its features: programs of equal length are right more often


class ProgramLayer(NamedTuple):
    """A layer of a layering: its program, and the new colour of each colour (255: transparent)."""

    program: Program
    colours: Relabelling


@dataclass(frozen=True)
class Candidate:
    """An explanation of all pairs with its answers: a program, a layering of several, or a rule of cells.

    Attributes:
        program: names of its steps, primitives and functions of pieces; empty: the candidate is no program.
        relabelling: new colour of each colour after the last step; None: colours stay.
        answers: predicted outputs, one per test input.
        nodes: nodes until it was found.
        seconds: time until then.
        layers: layers of a layering, the uppermost first; empty: the candidate is no layering.
        rule: rule of cells; None: the candidate is no rule.
        transform: name of the task transform under which it was found, see `search.task_transforms`; empty: identity.
        cost: description length in nats, of the steps under a uniform prior and of relabelled colours.
        rank: cost in nats of all explanations with the same answers together (negative log of their summed
            probabilities). The lowest is the first attempt.
        support: see `search.layering.Layering` and `search.cell_rules.tree.Tree`; 1 for a program.
        confidence: estimated probability that all its answers are right, see `search.confidence`.
    """

    program: Program
    relabelling: Relabelling | None
    answers: tuple[Grid, ...]
    nodes: int
    seconds: float
    layers: tuple[ProgramLayer, ...] = ()
    rule: CellRule | None = None
    transform: str = ""
    cost: float = 0.0
    rank: float = math.inf
    support: float = 1.0
    confidence: float = 0.0

    @property
    def is_program(self) -> bool:
        """True for a single program."""
        return not self.layers and self.rule is None

    @property
    def explanation(self) -> Hashable:
        """The explanation of the pairs, without when it was found; equal for equal explanations."""
        return self.program, self.relabelling, self.layers, self.rule

    def rank_alone(self) -> "Candidate":
        """Return the candidate with its own cost as rank."""
        return replace(self, rank=self.cost)

    def merge(self, other: "Candidate") -> "Candidate":
        """Return the shorter of two candidates with the same answers, with their joint rank."""
        shorter = other if other.cost < self.cost else self
        return replace(shorter, rank=-float(np.logaddexp(-self.rank, -other.rank)))


def merge_candidates(first: Sequence[Candidate], second: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates found under two transforms of a task, each answer once, the lowest rank first."""
    candidates = list(first)
    for candidate in second:
        index = _find_answers(candidate.answers, candidates)
        if index is None:
            candidates.append(candidate)
        else:
            candidates[index] = candidates[index].merge(candidate)
    return sorted(candidates, key=lambda candidate: candidate.rank)


def _find_answers(answers: Sequence[Grid], candidates: Sequence[Candidate]) -> int | None:
    """Return the index of the candidate with the same answers; None: there is none."""
    return next(
        (index for index, candidate in enumerate(candidates) if is_equal_list(answers, candidate.answers)), None
    )


class CandidatePool:
    """Candidates from the states of a space, each answer once.

    Args:
        space: states of a search.
        names: names of the primitives.
        transform: transform of the task under which the search runs.
        assembly: whether states are layered over each other.
        cells: whether rules of cells are fitted. With `assembly` or `cells` the shorter of two candidates with the same
            answers is kept, else the first.
        earlier_nodes: nodes that the searches under other transforms took.

    Attributes:
        candidates: candidates so far; in order of discovery, after `finish` with `assembly` or `cells` by rank.
    """

    def __init__(
        self,
        space: StateSpace,
        names: Sequence[str],
        transform: TaskTransform,
        *,
        assembly: bool = False,
        cells: bool = False,
        earlier_nodes: int = 0,
    ) -> None:
        self.candidates: list[Candidate] = []
        self._space, self._transform, self._earlier_nodes = space, transform, earlier_nodes
        self._assembly, self._cells, self._is_ranked = assembly, cells, assembly or cells
        self._names = (*names, *(list_piece_functions() if space.values else ()))
        pairs = transform.task.pairs
        self._outputs = [pair.output for pair in pairs]
        inputs, tests = [pair.input for pair in pairs], transform.task.test_inputs
        self._test_shapes = guess_output_shapes(inputs, self._outputs, tests) if self._is_ranked else None
        self._states = OutputShapedStates(space, self._outputs, self._test_shapes)
        self._layering_search = LayeringSearch(space, self._outputs)
        self._collected = 0
        self._explanations: set[Hashable] = set()  # one explanation may be found several times

    @property
    def is_complete(self) -> bool:
        """True once every goal state is collected."""
        return self._collected == len(self._space.goal_states)

    @property
    def nbytes(self) -> int:
        """Approximate memory in bytes, without the state space."""
        return self._layering_search.estimate_nbytes(len(self._states)) if self._is_ranked else 0

    def collect(self, seconds: float) -> None:
        """Add the goal states reached since the last call.

        Args:
            seconds: time since the search began.
        """
        while not self.is_complete:
            self._add(self._from_goal_state(self._space.goal_states[self._collected], seconds))
            self._collected += 1

    def combine(self, seconds: float) -> None:
        """Add layerings of explored states.

        Args:
            seconds: time since the search began.
        """
        if self._assembly:
            for layering in self._layering_search.search(self._states.list_groups()):
                self._add(self._from_layering(layering, seconds))

    def finish(self, seconds: float) -> None:
        """Add layerings and rules of cells, and sort by rank where candidates are ranked.

        Rules of cells are fitted only here: they end no search.

        Args:
            seconds: time since the search began.
        """
        self.combine(seconds)
        if self._cells:
            for states in self._states.list_groups():
                for explanation in find_rules(self._space, states, self._outputs):
                    self._add(self._from_rule(explanation, seconds))
        if self._is_ranked:
            self.candidates.sort(key=lambda candidate: candidate.rank)

    def _add(self, candidate: Candidate) -> None:
        """Add a candidate, or merge it into the one with the same answers."""
        if candidate.explanation in self._explanations:
            return
        self._explanations.add(candidate.explanation)
        candidate = candidate.rank_alone()
        index = _find_answers(candidate.answers, self.candidates)
        if index is None:
            self.candidates.append(candidate)
        elif self._is_ranked:
            self.candidates[index] = self.candidates[index].merge(candidate)

    def _from_goal_state(self, goal_state: GoalState, seconds: float) -> Candidate:
        space, relabelling = self._space, goal_state.relabelling
        is_identity = all(old == new for old, new in enumerate(relabelling))
        grids = space.get_grids(goal_state.state)[space.pair_count :]
        answers = grids if is_identity else tuple(relabel_colours(grid, relabelling) for grid in grids)
        cost = space.get_cost(goal_state.state) + (0.0 if is_identity else RELABELLING_COST)
        if self._test_shapes is not None and tuple(grid.shape for grid in answers) != self._test_shapes:
            cost += WRONG_SHAPE_COST
        return Candidate(
            program=self._name_program(goal_state.state),
            relabelling=None if is_identity else relabelling,
            answers=self._invert(answers),
            nodes=self._earlier_nodes + goal_state.nodes,
            seconds=seconds,
            transform=self._transform.name,
            cost=cost,
        )

    def _from_layering(self, layering: Layering, seconds: float) -> Candidate:
        space, layers = self._space, layering.layers
        relabellings = [layer.colours for layer in layers]
        layer_grids = [space.get_grids(layer.state) for layer in layers]
        tests = range(space.pair_count, len(layer_grids[0]))
        answers = tuple(overlay_grids([grids[test] for grids in layer_grids], relabellings) for test in tests)
        return Candidate(
            program=(),
            relabelling=None,
            answers=self._invert(answers),
            nodes=self._earlier_nodes + space.nodes,
            seconds=seconds,
            layers=tuple(ProgramLayer(self._name_program(layer.state), layer.colours) for layer in layers),
            transform=self._transform.name,
            cost=layering.cost,
            support=layering.support,
        )

    def _from_rule(self, explanation: Explanation, seconds: float) -> Candidate:
        features = tuple(map(self._name_feature, explanation.features))
        cases = tuple(
            Case(values, self._name_feature(outcome) if isinstance(outcome, StateFeature) else outcome)
            for values, outcome in explanation.cases
        )
        return Candidate(
            program=(),
            relabelling=None,
            answers=self._invert(explanation.answers),
            nodes=self._earlier_nodes + self._space.nodes,
            seconds=seconds,
            rule=CellRule(features, cases, explanation.direction),
            transform=self._transform.name,
            cost=explanation.cost + RULE_COST,
            support=explanation.support,
        )

    def _name_feature(self, reference: StateFeature) -> ProgramFeature:
        return ProgramFeature(self._name_program(reference.state), reference.feature)

    def _name_program(self, state: int) -> Program:
        return tuple(self._names[step] for step in self._space.get_program(state))

    def _invert(self, answers: Sequence[Grid]) -> tuple[Grid, ...]:
        return tuple(self._transform.invert(answer, test) for test, answer in enumerate(answers))
