"""Candidates from the states of a search: programs, layerings and rules of cells."""

import math
from collections.abc import Collection, Hashable, Iterator, Sequence
from typing import NamedTuple

from neural_guide.arc.grid import Grid
from neural_guide.dsl.program import Program
from neural_guide.search.candidates import Candidate, Family, ProgramLayer, Rule, find_answers
from neural_guide.search.cell_rules.feature import ProgramFeature, StateFeature
from neural_guide.search.cell_rules.rule import Case, CellRule, Explanation
from neural_guide.search.cell_rules.rule_search import RuleSearch
from neural_guide.search.goal import relabel_colours
from neural_guide.search.layering import Layering, LayeringSearch, overlay_grids
from neural_guide.search.output_shaped_states import OutputShapedStates
from neural_guide.search.output_size import Shape, guess_output_shapes
from neural_guide.search.piece_lists.values import list_piece_functions
from neural_guide.search.settings import SearchSettings
from neural_guide.search.state_space import GoalState, StateSpace
from neural_guide.search.task_transforms import TaskTransform
from neural_guide.search.unit_rules.rule_search import UnitExplanation, UnitRuleSearch
from neural_guide.search.unit_rules.stage_search import FirstStage, StagedRuleSearch, count_wrong_cells

RELABELLING_COST = 2.0  # nats for a colour relabelling
WRONG_SHAPE_COST = 6.0  # nats for answers of another shape than the rule that all pairs follow predicts
RULE_COST = 4.0  # nats for a rule of cells, beside its features: programs of equal length are right more often
UNIT_RULE_COST = 2.0  # nats for a rule of units
_MAX_FIRST_PROGRAMS = 8  # whose results rules of units look at, each time states are combined


class Refit(NamedTuple):
    """An explanation of all pairs but one.

    Attributes:
        family: family of the explanation.
        cost: description length in nats, as for candidates.
        output: predicted output of the left-out pair, in the transformed task.
        answers: predicted outputs of the tests, in the original task.
    """

    family: Family
    cost: float
    output: Grid
    answers: tuple[Grid, ...]


class CandidatePool:
    """Candidates from the states of a space, each answer once.

    Args:
        space: states of a search.
        names: names of the primitives.
        transform: transform of the task under which the search runs.
        settings: settings of the search, with every null choice resolved. Where they combine states, the shorter of two
            candidates with the same answers is kept, else the first.
        earlier_nodes: nodes that the searches under other transforms took.

    Attributes:
        candidates: candidates so far; in order of discovery, after `finish` by rank where states are combined.
    """

    def __init__(
        self,
        space: StateSpace,
        names: Sequence[str],
        transform: TaskTransform,
        settings: SearchSettings,
        *,
        earlier_nodes: int = 0,
    ) -> None:
        self.candidates: list[Candidate] = []
        self._space, self._transform, self._earlier_nodes = space, transform, earlier_nodes
        self._settings, self._is_ranked = settings, settings.combines
        self._names = (*names, *(list_piece_functions() if space.values else ()))
        self._outputs = [pair.output for pair in transform.task.pairs]
        self._test_shapes = self._guess_shapes() if self._is_ranked else None
        self._states = OutputShapedStates(space, self._outputs, self._test_shapes)
        self._layering_search = LayeringSearch(space, self._outputs)
        self._rule_searches: list[RuleSearch] = []
        self._unit_search: UnitRuleSearch | None = None
        self._staged_search: StagedRuleSearch | None = None
        self._continued_states: set[int] = set()  # first stages of rules of several stages
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

    def combine(self, seconds: float, deadline: float) -> None:
        """Add layerings of explored states, the first time rules of units, and later those of several stages.

        Args:
            seconds: time since the search began.
            deadline: end of the search, on `time.perf_counter`.
        """
        # Transposed, a rule of units is one over the same units in other directions.
        if self._settings.units and not self._transform.grids.is_transposed and self._transform.task.test_inputs:
            is_first = self._unit_search is None
            for explanation in self._find_unit_rules(deadline) if is_first else self._find_staged_rules(deadline):
                self._add(self._from_unit_rule(explanation, seconds))
        if self._settings.assembly:
            for layering in self._layering_search.search(self._states.list_groups()):
                self._add(self._from_layering(layering, seconds))

    def finish(self, seconds: float, deadline: float, *, rules: bool = True) -> None:
        """Add layerings and rules of cells, and sort by rank where candidates are ranked.

        Rules of cells are fitted only here: they end no search.

        Args:
            seconds: time since the search began.
            deadline: end of the search, on `time.perf_counter`; then no further rules are fitted.
            rules: whether rules of cells are fitted, where the pool has any.
        """
        self.combine(seconds, deadline)
        if rules and self._settings.cells and self._transform.task.test_inputs:
            groups = self._states.list_groups()
            self._rule_searches = [RuleSearch(self._space, states, self._outputs) for states in groups]
            for search in self._rule_searches:
                for explanation in search.find_rules(deadline=deadline):
                    self._add(self._from_rule(explanation, seconds))
        if self._is_ranked:
            self.candidates.sort(key=lambda candidate: candidate.rank)

    def _find_unit_rules(self, deadline: float) -> list[UnitExplanation]:
        self._unit_search = UnitRuleSearch(self._transform.task, deadline)
        return self._unit_search.find_rules()

    def _find_staged_rules(self, deadline: float) -> list[UnitExplanation]:
        """Find rules of two stages, unless something shorter explains the pairs.

        The first stage is a unit rule, once, or a program whose results come nearest to the outputs.
        """
        is_explained = any(candidate.family in ("program", "units") for candidate in self.candidates)
        if is_explained or not self._settings.stages or self._transform.name:
            return []
        if self._staged_search is None:
            self._staged_search = StagedRuleSearch(self._transform.task, deadline)
            explanations = self._staged_search.find_after_rules()
            if explanations:
                return explanations
        return self._staged_search.find_after_programs(self._choose_first_stages())

    def _choose_first_stages(self) -> list[FirstStage]:
        """Choose the programs that leave the fewest cells wrong, fewer than the inputs, and were not chosen before."""
        wrong = {
            state: count_wrong_cells(self._space.get_grids(state), self._outputs)
            for group in self._states.list_groups()
            for state in group
        }
        limit = wrong.pop(0, math.inf)
        nearer = [state for state, count in wrong.items() if count < limit and state not in self._continued_states]
        chosen = sorted(nearer, key=lambda state: (wrong[state], self._space.get_cost(state)))[:_MAX_FIRST_PROGRAMS]
        self._continued_states.update(chosen)
        return [
            FirstStage(self._name_program(state), (), self._space.get_cost(state), self._space.get_grids(state))
            for state in chosen
        ]

    def refit(self, families: Collection[Family]) -> Iterator[list[Refit]]:
        """Fit explanations of some families without a pair, for one pair after the other; after `finish`.

        Args:
            families: families to fit again; their explored states are those of the search.

        Yields:
            Explanations of all pairs but one, in no order.
        """
        goal_states = self._space.find_goal_states_without() if "program" in families else []
        for pair in range(self._space.pair_count):
            refits: list[Refit] = []
            if "program" in families:
                refits += self._refit_programs(goal_states[pair], pair)
            if "layering" in families:
                layerings = self._layering_search.search(self._states.list_groups(), left_out=pair)
                inputs = [pair, *self._list_tests()]
                refits += [
                    self._build_refit("layering", entry.cost, self._overlay(entry, inputs)) for entry in layerings
                ]
            if "units" in families:
                refits += [
                    self._build_refit("units", rule.cost + UNIT_RULE_COST, rule.answers)
                    for search in (self._unit_search, self._staged_search)
                    for rule in (search.find_rules_without(pair) if search else ())
                ]
            if {"cells", "lines"} & set(families):
                for search in self._rule_searches:
                    for rule in search.find_rules(left_out=pair):
                        refits.append(self._build_refit(rule.family, rule.cost + RULE_COST, rule.answers))
            yield [refit for refit in refits if refit.family in families]

    def _refit_programs(self, goal_states: Sequence[GoalState], pair: int) -> Iterator[Refit]:
        shapes = self._guess_shapes(left_out=pair) if self._is_ranked else None
        for goal_state in goal_states:
            answers = self._relabel(goal_state, [pair, *self._list_tests()])
            yield self._build_refit("program", self._get_program_cost(goal_state, answers, shapes), answers)

    def _build_refit(self, family: Family, cost: float, answers: Sequence[Grid]) -> Refit:
        return Refit(family, cost, answers[0], self._invert(answers[1:]))

    def _guess_shapes(self, left_out: int | None = None) -> tuple[Shape, ...] | None:
        """Predict the shapes of the test outputs, after that of a left-out pair, if any."""
        task = self._transform.task
        pairs = [pair for index, pair in enumerate(task.pairs) if index != left_out]
        unknown = [] if left_out is None else [task.pairs[left_out].input]
        inputs, outputs = [pair.input for pair in pairs], [pair.output for pair in pairs]
        return guess_output_shapes(inputs, outputs, [*unknown, *task.test_inputs])

    def _add(self, candidate: Candidate) -> None:
        """Add a candidate, or merge it into the one with the same answers."""
        if candidate.explanation in self._explanations:
            return
        self._explanations.add(candidate.explanation)
        candidate = candidate.rank_alone()
        index = find_answers(candidate.answers, self.candidates)
        if index is None:
            self.candidates.append(candidate)
        elif self._is_ranked:
            self.candidates[index] = self.candidates[index].merge(candidate)

    def _from_goal_state(self, goal_state: GoalState, seconds: float) -> Candidate:
        answers = self._relabel(goal_state, self._list_tests())
        return Candidate(
            program=self._name_program(goal_state.state),
            relabelling=None if _is_identity(goal_state) else goal_state.relabelling,
            answers=self._invert(answers),
            nodes=self._earlier_nodes + goal_state.nodes,
            seconds=seconds,
            transform=self._transform.name,
            cost=self._get_program_cost(goal_state, answers, self._test_shapes),
        )

    def _from_layering(self, layering: Layering, seconds: float) -> Candidate:
        layers = tuple(ProgramLayer(self._name_program(layer.state), layer.colours) for layer in layering.layers)
        answers = self._overlay(layering, self._list_tests())
        return self._build(answers, seconds, layering.cost, layering.support, layers=layers)

    def _from_rule(self, explanation: Explanation, seconds: float) -> Candidate:
        features = tuple(map(self._name_feature, explanation.features))
        cases = tuple(
            Case(values, self._name_feature(outcome) if isinstance(outcome, StateFeature) else outcome)
            for values, outcome in explanation.cases
        )
        rule, cost = CellRule(features, cases, explanation.direction), explanation.cost + RULE_COST
        return self._build(explanation.answers, seconds, cost, explanation.support, rule=rule)

    def _from_unit_rule(self, explanation: UnitExplanation, seconds: float) -> Candidate:
        cost = explanation.cost + UNIT_RULE_COST
        return self._build(explanation.answers, seconds, cost, explanation.support, rule=explanation.rule)

    def _build(
        self,
        answers: Sequence[Grid],
        seconds: float,
        cost: float,
        support: float,
        *,
        layers: tuple[ProgramLayer, ...] = (),
        rule: Rule | None = None,
    ) -> Candidate:
        """Build the candidate of a layering or a rule, which takes all nodes so far."""
        return Candidate(
            program=(),
            relabelling=None,
            answers=self._invert(answers),
            nodes=self._earlier_nodes + self._space.nodes,
            seconds=seconds,
            layers=layers,
            rule=rule,
            transform=self._transform.name,
            cost=cost,
            support=support,
        )

    def _list_tests(self) -> range:
        """List the indices of the tests among the inputs."""
        return range(self._space.pair_count, len(self._space.get_ids(0)))

    def _relabel(self, goal_state: GoalState, inputs: Sequence[int]) -> list[Grid]:
        """Return what a goal state makes of some inputs, relabelled."""
        grids = self._space.get_grids(goal_state.state)
        chosen = [grids[index] for index in inputs]
        return chosen if _is_identity(goal_state) else [relabel_colours(g, goal_state.relabelling) for g in chosen]

    def _get_program_cost(
        self, goal_state: GoalState, answers: Sequence[Grid], shapes: tuple[Shape, ...] | None
    ) -> float:
        """Return the cost of a program in nats.

        Args:
            goal_state: state that it makes.
            answers: its answers.
            shapes: predicted shapes of the answers; None: any shape is as likely.
        """
        cost = self._space.get_cost(goal_state.state) + (0.0 if _is_identity(goal_state) else RELABELLING_COST)
        if shapes is not None and tuple(grid.shape for grid in answers) != shapes:
            cost += WRONG_SHAPE_COST
        return cost

    def _overlay(self, layering: Layering, inputs: Sequence[int]) -> list[Grid]:
        """Return what a layering makes of some inputs."""
        relabellings = [layer.colours for layer in layering.layers]
        layer_grids = [self._space.get_grids(layer.state) for layer in layering.layers]
        return [overlay_grids([grids[index] for grids in layer_grids], relabellings) for index in inputs]

    def _name_feature(self, reference: StateFeature) -> ProgramFeature:
        return ProgramFeature(self._name_program(reference.state), reference.feature)

    def _name_program(self, state: int) -> Program:
        return tuple(self._names[step] for step in self._space.get_program(state))

    def _invert(self, answers: Sequence[Grid]) -> tuple[Grid, ...]:
        return tuple(self._transform.invert(answer, test) for test, answer in enumerate(answers))


def _is_identity(goal_state: GoalState) -> bool:
    """Return whether a goal state's colours stay."""
    return all(old == new for old, new in enumerate(goal_state.relabelling))
