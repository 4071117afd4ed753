"""Search for unit rules that are right for all pairs of a task."""

import math
import time
from collections.abc import Collection, Sequence
from typing import NamedTuple

from neural_guide.arc.grid import Grid, is_equal
from neural_guide.arc.task import Task
from neural_guide.search.lifts import NO_LIFTS, Lifts
from neural_guide.search.unit_rules.materials import Material, list_materials
from neural_guide.search.unit_rules.rule_fit import Breadth, FittedRule, fit_rules
from neural_guide.search.unit_rules.stages import StagedRule
from neural_guide.search.unit_rules.units import SEGMENTATIONS

_BREADTH = Breadth(beam=12, splits=3)
_NARROW_BREADTH = Breadth(beam=6, splits=3)  # with a pair left out, where only the cheapest rule counts
_MAX_RULES = 12


class UnitExplanation(NamedTuple):
    """A unit rule that is right for all pairs.

    Attributes:
        rule: the rule.
        answers: predicted outputs, one a test; before them that of a pair that is left out.
        cost: description length in nats.
        support: see `rule_learning.tree.Tree`.
    """

    rule: StagedRule
    answers: tuple[Grid, ...]
    cost: float
    support: float


class UnitRuleSearch:
    """Search for unit rules of one task.

    Args:
        task: pairs and test inputs.
        deadline: time on `time.perf_counter` after which nothing more is tried.
    """

    def __init__(self, task: Task, deadline: float = math.inf) -> None:
        self._task, self._deadline = task, deadline
        self._outputs = [pair.output for pair in task.pairs]
        self._explaining: list[Material] = []  # with a rule for all pairs
        self._lifts = NO_LIFTS

    def find_rules(
        self, kinds: Collection[str] = tuple(SEGMENTATIONS), lifts: Lifts = NO_LIFTS
    ) -> list[UnitExplanation]:
        """Find rules that are right for all pairs, the cheapest first.

        Args:
            kinds: kinds of units, keys of `units.SEGMENTATIONS`.
            lifts: how many times likelier than usual words are, see `search.prior.Prior`; trees grow by the likeliest
                features first, here and where a pair is left out.
        """
        self._lifts = lifts
        fitted: list[FittedRule] = []
        for material in list_materials(self._task, self._deadline, kinds):
            if time.perf_counter() > self._deadline:
                break
            explaining = list(fit_rules(material, self._outputs, _is_right, _BREADTH, lifts=lifts))
            if explaining:
                self._explaining.append(material)
            fitted += explaining
        return self._explain(fitted, len(self._outputs))

    def find_rules_without(self, pair: int) -> list[UnitExplanation]:
        """Find rules that are right for all pairs but one, the cheapest first, by what led to rules for all pairs.

        Args:
            pair: index of the pair that is left out; its predicted output is the first answer.
        """
        fitted: list[FittedRule] = []
        for material in self._explaining:
            if time.perf_counter() > self._deadline:
                break
            fitted += fit_rules(material, self._outputs, _is_right, _NARROW_BREADTH, left_out=pair, lifts=self._lifts)
        return self._explain(fitted, len(self._outputs) - 1)

    def _explain(self, fitted: Sequence[FittedRule], pairs: int) -> list[UnitExplanation]:
        return choose_cheapest(
            [
                UnitExplanation(StagedRule((), (entry.rule,)), entry.grids[pairs:], entry.cost, entry.support)
                for entry in fitted
            ]
        )


def choose_cheapest(explanations: Sequence[UnitExplanation]) -> list[UnitExplanation]:
    """Choose the cheapest explanations, the cheapest first, and the first of those with the same answers."""
    kept: dict[tuple[tuple[tuple[int, ...], bytes], ...], UnitExplanation] = {}
    for explanation in sorted(explanations, key=lambda explanation: explanation.cost):
        key = tuple((answer.shape, answer.tobytes()) for answer in explanation.answers)
        kept.setdefault(key, explanation)
    return list(kept.values())[:_MAX_RULES]


def _is_right(_: Grid, made: Grid, output: Grid) -> bool:
    return is_equal(made, output)
