"""Search for rules of two stages: unit rules that look at what a program or another unit rule has made.

A first stage needs no output of its own. A program is one whose results have the shapes of the outputs and come near
to them. A unit rule is one that changes cells of every output to what they become, and no cell to anything else.
"""

import math
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.arc.task import Pair, Task
from neural_guide.dsl.program import Program
from neural_guide.search.unit_rules.materials import Material, list_partial_materials
from neural_guide.search.unit_rules.rule import UnitRule
from neural_guide.search.unit_rules.rule_fit import Breadth, fit_rules
from neural_guide.search.unit_rules.rule_search import UnitExplanation, UnitRuleSearch, choose_cheapest
from neural_guide.search.unit_rules.stages import StagedRule

_BREADTH = Breadth(beam=6, splits=2)
_MAX_FIRST_RULES = 6
_MAX_REFITTED = 2  # first rules with a pair left out
_NATS_PER_WRONG = 2.0  # of the logarithm of the number of wrong cells, in the order of first rules
STAGE_COST = 2.0  # nats of a second rule


class FirstStage(NamedTuple):
    """A first stage and what it makes.

    Attributes:
        program: program of primitives; empty: `rules` begin with the input.
        rules: unit rules applied after it.
        cost: description length in nats.
        grids: what it makes of the inputs of the pairs, then of the tests.
    """

    program: Program
    rules: tuple[UnitRule, ...]
    cost: float
    grids: tuple[Grid, ...]


class _Continued(NamedTuple):
    """A first stage after which a rule explains all pairs.

    Attributes:
        stage: the first stage.
        material: units that its rule was fitted to; None: the first stage is a program.
        search: search for rules that look at what it made.
    """

    stage: FirstStage
    material: Material | None
    search: UnitRuleSearch


class StagedRuleSearch:
    """Search for rules of two stages of one task.

    Args:
        task: pairs and test inputs.
        deadline: time on `time.perf_counter` after which nothing more is tried.
    """

    def __init__(self, task: Task, deadline: float = math.inf) -> None:
        self._task, self._deadline = task, deadline
        self._outputs = [pair.output for pair in task.pairs]
        self._continued: list[_Continued] = []

    def find_after_rules(self) -> list[UnitExplanation]:
        """Find rules that look at what another unit rule has made, the cheapest first."""
        found: list[tuple[FirstStage, Material]] = [
            (stage, material)
            for material in list_partial_materials(self._task, self._deadline)
            for stage in self._fit_first(material)
            if self._count_wrong(stage)
        ]
        found.sort(key=lambda entry: entry[0].cost + _NATS_PER_WRONG * math.log1p(self._count_wrong(entry[0])))
        distinct: dict[bytes, tuple[FirstStage, Material]] = {}
        for stage, material in found:
            distinct.setdefault(b"".join(grid.tobytes() for grid in stage.grids), (stage, material))
        first = list(distinct.values())[:_MAX_FIRST_RULES]
        return choose_cheapest([entry for stage, material in first for entry in self._continue(stage, material)])

    def find_after_programs(self, stages: Sequence[FirstStage]) -> list[UnitExplanation]:
        """Find rules that look at what one of some programs has made, the cheapest first."""
        return choose_cheapest([entry for stage in stages for entry in self._continue(stage, None)])

    def find_rules_without(self, pair: int) -> list[UnitExplanation]:
        """Find rules that are right for all pairs but one, after the first stages that led to a rule for all.

        Args:
            pair: index of the pair that is left out; its predicted output is the first answer.
        """
        explanations: list[UnitExplanation] = []
        for stage, material, search in self._continued:
            if time.perf_counter() > self._deadline:
                break
            if material is None:
                explanations += [_join_stages(stage, entry) for entry in search.find_rules_without(pair)]
                continue
            for refitted in self._fit_first(material, pair)[:_MAX_REFITTED]:
                task = self._build_task(refitted, left_out=pair)
                explanations += [
                    _join_stages(refitted, entry) for entry in UnitRuleSearch(task, self._deadline).find_rules()
                ]
        return choose_cheapest(explanations)

    def _fit_first(self, material: Material, left_out: int | None = None) -> list[FirstStage]:
        """Fit first rules to a material, the cheapest first."""
        fitted = fit_rules(material, self._outputs, _is_nearer, _BREADTH, left_out)
        return [FirstStage((), (entry.rule,), entry.cost + STAGE_COST, entry.grids) for entry in fitted]

    def _continue(self, stage: FirstStage, material: Material | None) -> Iterator[UnitExplanation]:
        """Find rules that look at what a first stage has made."""
        if time.perf_counter() > self._deadline:
            return
        search = UnitRuleSearch(self._build_task(stage), self._deadline)
        explanations = search.find_rules()
        if explanations:
            self._continued.append(_Continued(stage, material, search))
        for explanation in explanations:
            yield _join_stages(stage, explanation)

    def _build_task(self, stage: FirstStage, left_out: int | None = None) -> Task:
        """Build the task of the second stage; a pair that is left out is its first test."""
        outputs = [output for pair, output in enumerate(self._outputs) if pair != left_out]
        pairs = tuple(Pair(made, output) for made, output in zip(stage.grids, outputs, strict=False))
        return Task(self._task.task_id, pairs, stage.grids[len(pairs) :])

    def _count_wrong(self, stage: FirstStage) -> int:
        """Count the cells that a first stage leaves wrong."""
        return count_wrong_cells(stage.grids, self._outputs)


def count_wrong_cells(grids: Sequence[Grid], outputs: Sequence[Grid]) -> int:
    """Count the cells in which the first grids differ from outputs of the same shapes."""
    return sum(int(np.count_nonzero(grid != output)) for grid, output in zip(grids, outputs, strict=False))


def _is_nearer(given: Grid, made: Grid, output: Grid) -> bool:
    """Return whether changed cells are all as in the output, and some are, unless nothing is to change."""
    was_wrong, is_wrong = given != output, made != output
    if made.shape != output.shape or (is_wrong & ~was_wrong).any():
        return False
    return not was_wrong.any() or bool((was_wrong & ~is_wrong).any())


def _join_stages(stage: FirstStage, explanation: UnitExplanation) -> UnitExplanation:
    """Return an explanation of what a first stage made as one of the inputs."""
    rule = StagedRule(stage.program, (*stage.rules, *explanation.rule.rules))
    return explanation._replace(rule=rule, cost=stage.cost + explanation.cost)
