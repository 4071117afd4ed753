"""Candidates from the states of a search: programs, layerings and rules of cells."""

import math
from collections.abc import Collection, Hashable, Iterator, Sequence
from typing import Literal, NamedTuple

from neural_guide.arc.grid import Grid
from neural_guide.dsl.program import Program
from neural_guide.search.candidates import Candidate, Family, ProgramLayer, Rule, find_answers
from neural_guide.search.cell_rules.feature import ProgramFeature, StateFeature
from neural_guide.search.cell_rules.rule import Case, CellRule, Explanation
from neural_guide.search.cell_rules.rule_search import RuleSearch
from neural_guide.search.goal import relabel_colours
from neural_guide.search.layering import Layering, LayeringSearch, overlay_grids
from neural_guide.search.lifts import Lifts
from neural_guide.search.output_shaped_states import OutputShapedStates
from neural_guide.search.output_size import Shape, guess_output_shapes
from neural_guide.search.piece_lists.values import list_piece_functions
from neural_guide.search.prior import Floats
from neural_guide.search.settings import SearchSettings
from neural_guide.search.state_space import GoalState, StateSpace
from neural_guide.search.task_transforms import TaskTransform
from neural_guide.search.unit_rules.rule_search import UnitExplanation, UnitRuleSearch
from neural_guide.search.unit_rules.stage_search import FirstStage, StagedRuleSearch, count_wrong_cells

RELABELLING_COST = 2.0  # nats for a colour relabelling
WRONG_SHAPE_COST = 6.0  # nats for answers of another shape than the rule that all pairs follow predicts
RULE_COST = 4.0  # nats for a rule of cells, beside its features: programs of equal length are right more often
UNIT_RULE_COST = 2.0  # nats for a rule of units
_MAX_FIRST_PROGRAMS = 8  # whose results rules of units look at, at one time

RuleFamily = Literal["units", "cells", "lines"]
_RULES: tuple[RuleFamily, ...] = ("units", "cells", "lines")


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


class Discovery(NamedTuple):
    """The moment at which candidates are found.

    Attributes:
        seconds: time since the search for the task began.
        other_nodes: nodes that the searches under other transforms have taken.
    """

    seconds: float
    other_nodes: int


class CandidatePool:
    """Candidates from the states of a space, each answer once.

    Args:
        space: states of a search.
        names: names of the primitives.
        transform: transform of the task under which the search runs.
        settings: settings of the search, with every null choice resolved. Where they combine states, the shorter of two
            candidates with the same answers is kept, else the first.
        deadline: time on `time.perf_counter` after which no further rules are fitted.

    Attributes:
        candidates: candidates so far, in order of discovery.
        first_nodes: nodes of this search to its first program or layering; None: there is none yet.
    """

    def __init__(
        self,
        space: StateSpace,
        names: Sequence[str],
        transform: TaskTransform,
        settings: SearchSettings,
        deadline: float,
    ) -> None:
        self.candidates: list[Candidate] = []
        self.first_nodes: int | None = None
        self._space, self._transform, self._deadline = space, transform, deadline
        self._is_ranked = settings.combines
        self._names = (*names, *(list_piece_functions() if space.values else ()))
        self._outputs = [pair.output for pair in transform.task.pairs]
        self._test_shapes = self._guess_shapes() if self._is_ranked else None
        self._states = OutputShapedStates(space, self._outputs, self._test_shapes)
        self._layering_search = LayeringSearch(space, self._outputs)
        self._rule_searches: list[RuleSearch] = []
        self._unit_search = UnitRuleSearch(transform.task, deadline)
        self._staged_search = StagedRuleSearch(transform.task, deadline)
        self._continued_states: set[int] = set()  # first stages of rules of several stages
        self._collected = 0
        self._explanations: set[Hashable] = set()  # one explanation may be found several times
        self._refitted: dict[RuleFamily, list[list[Refit]]] = {}  # of each pair, until new rules are fitted

    @property
    def is_complete(self) -> bool:
        """True once every goal state is collected."""
        return self._collected == len(self._space.goal_states)

    @property
    def nbytes(self) -> int:
        """Approximate memory in bytes, without the state space."""
        return self._layering_search.estimate_nbytes(len(self._states)) if self._is_ranked else 0

    @property
    def explanation_count(self) -> int:
        """Number of different explanations so far."""
        return len(self._explanations)

    def collect(self, at: Discovery) -> None:
        """Add the goal states reached since the last call."""
        while not self.is_complete:
            self._add(self._from_goal_state(self._space.goal_states[self._collected], at), at)
            self._collected += 1

    def add_layerings(self, at: Discovery) -> None:
        """Add layerings of the states so far."""
        for layering in self._layering_search.search(self._states.list_groups()):
            self._add(self._from_layering(layering, at), at)

    def add_unit_rules(self, kind: str, lifts: Lifts, at: Discovery) -> None:
        """Add rules over the units of one kind, which grow by the features of the highest lift first."""
        self._add_unit_rules(self._unit_search.find_rules([kind], lifts), at)

    def add_rules_after_rules(self, at: Discovery) -> None:
        """Add unit rules that look at what another one has made."""
        self._add_unit_rules(self._staged_search.find_after_rules(), at)

    def add_rules_after_programs(self, step_costs: Floats | None, at: Discovery) -> None:
        """Add unit rules that look at some of the states so far.

        Args:
            step_costs: float [primitive], nats of each primitive by a guide, see `_choose_first_stages`; None: there is
                no guide that tells them for all states alike.
            at: moment of the discovery.
        """
        self._add_unit_rules(self._staged_search.find_after_programs(self._choose_first_stages(step_costs)), at)

    def add_cell_rules(self, at: Discovery) -> None:
        """Add rules that predict all cells at once, from the states so far."""
        self._rule_searches = [RuleSearch(self._space, states, self._outputs) for states in self._states.list_groups()]
        self._refitted.pop("cells", None)
        self._refitted.pop("lines", None)
        for search in self._rule_searches:
            self._add_cell_rules(search.find_cell_rules(), at)

    def add_line_rules(self, at: Discovery) -> None:
        """Add rules that predict line by line, from the states of the last rules of cells."""
        self._refitted.pop("lines", None)
        for search in self._rule_searches:
            self._add_cell_rules(search.find_line_rules(self._deadline), at)

    def _add_unit_rules(self, explanations: Sequence[UnitExplanation], at: Discovery) -> None:
        if explanations:
            self._refitted.pop("units", None)
        for explanation in explanations:
            self._add(self._from_unit_rule(explanation, at), at)

    def _add_cell_rules(self, explanations: Sequence[Explanation], at: Discovery) -> None:
        for explanation in explanations:
            self._add(self._from_rule(explanation, at), at)

    def _choose_first_stages(self, step_costs: Floats | None) -> list[FirstStage]:
        """Choose programs that were not chosen before.

        Those that leave the fewest cells wrong, fewer than the inputs; with a guide, half are those of the likeliest
        primitives, whatever they leave.
        """
        wrong = {
            state: count_wrong_cells(self._space.get_grids(state), self._outputs)
            for group in self._states.list_groups()
            for state in group
        }
        limit = wrong.pop(0, math.inf)
        wrong = {state: count for state, count in wrong.items() if state not in self._continued_states}
        nearer = [state for state, count in wrong.items() if count < limit]
        chosen = sorted(nearer, key=lambda state: (wrong[state], self._space.get_cost(state)))
        if step_costs is None:
            chosen = chosen[:_MAX_FIRST_PROGRAMS]
        else:
            likely = sorted(wrong, key=lambda state: self._sum_step_costs(state, step_costs))
            half = _MAX_FIRST_PROGRAMS // 2
            chosen = list(dict.fromkeys([*chosen[:half], *likely[:half]]))
        self._continued_states.update(chosen)
        return [
            FirstStage(self._name_program(state), (), self._space.get_cost(state), self._space.get_grids(state))
            for state in chosen
        ]

    def _sum_step_costs(self, state: int, step_costs: Floats) -> float:
        """Sum the nats of the steps to a state; infinite for one with functions of pieces."""
        program = self._space.get_program(state)
        has_pieces = any(step >= len(step_costs) for step in program)
        return math.inf if has_pieces else float(sum(step_costs[step] for step in program))

    def refit(self, families: Collection[Family]) -> Iterator[list[Refit]]:
        """Fit explanations of some families without a pair, for one pair after the other.

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
                refits += self._refit_layerings(pair)
            for family in _RULES:
                if family in families:
                    refits += self._refit_rules(family, pair)
            yield refits

    def _refit_layerings(self, pair: int) -> Iterator[Refit]:
        inputs = [pair, *self._list_tests()]
        for entry in self._layering_search.search(self._states.list_groups(), left_out=pair):
            yield self._build_refit("layering", entry.cost, self._overlay(entry, inputs))

    def _refit_rules(self, family: RuleFamily, pair: int) -> list[Refit]:
        """Fit rules of a family without a pair, once until rules of the family are fitted to all pairs again."""
        known = self._refitted.setdefault(family, [])
        if len(known) == pair:
            known.append(list(self._fit_rules_without(family, pair)))
        return known[pair]

    def _fit_rules_without(self, family: RuleFamily, pair: int) -> Iterator[Refit]:
        if family == "units":
            for search in (self._unit_search, self._staged_search):
                for rule in search.find_rules_without(pair):
                    yield self._build_refit("units", rule.cost + UNIT_RULE_COST, rule.answers)
            return
        for rules in self._rule_searches:
            for entry in rules.find_rules_without(pair, family, self._deadline):
                yield self._build_refit(entry.family, entry.cost + RULE_COST, entry.answers)

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

    def _add(self, candidate: Candidate, at: Discovery) -> None:
        """Add a candidate, or merge it into the one with the same answers."""
        if candidate.explanation in self._explanations:
            return
        self._explanations.add(candidate.explanation)
        if candidate.rule is None and self.first_nodes is None:
            self.first_nodes = candidate.nodes - at.other_nodes
        candidate = candidate.rank_alone()
        index = find_answers(candidate.answers, self.candidates)
        if index is None:
            self.candidates.append(candidate)
        elif self._is_ranked:
            self.candidates[index] = self.candidates[index].merge(candidate)

    def _from_goal_state(self, goal_state: GoalState, at: Discovery) -> Candidate:
        answers = self._relabel(goal_state, self._list_tests())
        return Candidate(
            program=self._name_program(goal_state.state),
            relabelling=None if _is_identity(goal_state) else goal_state.relabelling,
            answers=self._invert(answers),
            nodes=at.other_nodes + goal_state.nodes,
            seconds=at.seconds,
            transform=self._transform.name,
            cost=self._get_program_cost(goal_state, answers, self._test_shapes) + self._transform.grids.cost,
        )

    def _from_layering(self, layering: Layering, at: Discovery) -> Candidate:
        layers = tuple(ProgramLayer(self._name_program(layer.state), layer.colours) for layer in layering.layers)
        answers = self._overlay(layering, self._list_tests())
        return self._build(answers, at, layering.cost, layering.support, layers=layers)

    def _from_rule(self, explanation: Explanation, at: Discovery) -> Candidate:
        features = tuple(map(self._name_feature, explanation.features))
        cases = tuple(
            Case(values, self._name_feature(outcome) if isinstance(outcome, StateFeature) else outcome)
            for values, outcome in explanation.cases
        )
        rule, cost = CellRule(features, cases, explanation.direction), explanation.cost + RULE_COST
        return self._build(explanation.answers, at, cost, explanation.support, rule=rule)

    def _from_unit_rule(self, explanation: UnitExplanation, at: Discovery) -> Candidate:
        cost = explanation.cost + UNIT_RULE_COST
        return self._build(explanation.answers, at, cost, explanation.support, rule=explanation.rule)

    def _build(
        self,
        answers: Sequence[Grid],
        at: Discovery,
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
            nodes=at.other_nodes + self._space.nodes,
            seconds=at.seconds,
            layers=layers,
            rule=rule,
            transform=self._transform.name,
            cost=cost + self._transform.grids.cost,
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
