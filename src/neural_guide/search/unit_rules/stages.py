"""Rules of one stage or of several: unit rules that look at the input, or at what a step before them has made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from neural_guide.arc.grid import Grid
from neural_guide.dsl.program import Program, format_program
from neural_guide.search.unit_rules.rule import (
    UnitRule,
    apply_unit_rule,
    find_acting_units,
    list_rule_steps,
    trace_unit_rule,
)
from neural_guide.search.unit_rules.units import Outline


@dataclass(frozen=True)
class StagedRule:
    """Unit rules one after the other, each of which finds its units anew in what the stage before it has made.

    Attributes:
        program: its result is what the first rule looks at; empty: it looks at the input.
        rules: rules in the order they are applied, one or more.
    """

    program: Program
    rules: tuple[UnitRule, ...]

    @property
    def family(self) -> Literal["units"]:
        """Family of explanations, see `search.candidates.Family`."""
        return "units"

    @property
    def programs(self) -> tuple[Program, ...]:
        """The programs whose results the rule reads."""
        return (self.program,)

    def predict(self, grids: Mapping[Program, Grid]) -> Grid | None:
        """Predict the output from the results of `programs`; None if a stage does not apply."""
        grid: Grid | None = grids[self.program]
        for rule in self.rules:
            grid = None if grid is None else apply_unit_rule(rule, grid)
        return grid

    @property
    def description(self) -> str:
        """One line for people: the stages in order."""
        program = [format_program(self.program)] if self.program else []
        return ", then ".join([*program, *(rule.description for rule in self.rules)])


def list_stage_steps(rule: StagedRule) -> tuple[str, ...]:
    """List the steps of a rule in words: the primitives, then those of each unit rule."""
    (program,) = rule.programs
    return (*program, *(step for stage in rule.rules for step in list_rule_steps(stage)))


def trace_stages(rule: StagedRule, grid: Grid) -> list[tuple[Grid, Outline | None]]:
    """Return what the unit rules look at and the grid after each of their steps, each with the units that act next.

    The grids end where a stage does not apply; the output has no outline.

    Args:
        rule: a rule of one stage or of several.
        grid: result of its program.
    """
    traced: list[tuple[Grid, Outline | None]] = []
    result: Grid | None = grid
    for stage in rule.rules:
        if result is None:
            break
        grids = trace_unit_rule(stage, result)
        traced = [*traced[:-1], *zip(grids, [*find_acting_units(stage, result), None], strict=False)]
        result = apply_unit_rule(stage, result)
    return traced
