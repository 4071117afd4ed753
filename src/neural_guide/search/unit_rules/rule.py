"""Unit rules: a decision tree that gives every unit of a grid an action, and its application to a grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.dsl.program import Program
from neural_guide.search.unit_rules.arguments import Action
from neural_guide.search.unit_rules.canvas import UNTOUCHED
from neural_guide.search.unit_rules.catalogue import ERASING, perform
from neural_guide.search.unit_rules.features import compute_unit_features
from neural_guide.search.unit_rules.picking import LEAVE, TAKING, pick
from neural_guide.search.unit_rules.units import Scene, split_into_units


class UnitCase(NamedTuple):
    """A class of units and its action.

    Attributes:
        values: values of the first features of the rule.
        action: action of these units.
    """

    values: tuple[int, ...]
    action: Action


@dataclass(frozen=True)
class UnitRule:
    """A decision tree that gives every unit an action.

    Attributes:
        kind: kind of the units, see `units.SEGMENTATIONS`.
        features: names of the features to test in this order; a unit's case may need only the first of them.
        unit_cases: classes of units, disjoint.
    """

    kind: str
    features: tuple[str, ...]
    unit_cases: tuple[UnitCase, ...]

    @property
    def family(self) -> Literal["units"]:
        """Family of explanations, see `search.candidates.Family`."""
        return "units"

    @property
    def programs(self) -> tuple[Program, ...]:
        """The programs whose results the rule reads: that of no step, the input itself."""
        return ((),)

    def predict(self, grids: Mapping[Program, Grid]) -> Grid | None:
        """Predict the output from the results of `programs`, see `apply_unit_rule`."""
        return apply_unit_rule(self, grids[()])

    @property
    def description(self) -> str:
        """One line for people: the units, the features, and for each action the values that lead to it."""
        values_by_action: dict[str, list[str]] = {}
        for values, action in self.unit_cases:
            words = [*map(str, values), *["*"] * (len(self.features) - len(values))]
            values_by_action.setdefault(action.description, []).append(" ".join(words))
        if not self.features:
            return f"each {self.kind}: {next(iter(values_by_action))}"
        cases = "; ".join(f"{', '.join(values)} > {action}" for action, values in values_by_action.items())
        return f"each {self.kind} by {', '.join(self.features)}: {cases}"


def apply_unit_rule(rule: UnitRule, grid: Grid) -> Grid | None:
    """Predict the output of one input; None if it has no such units, or a unit fits no case or cannot do its action."""
    scene = split_into_units(grid, rule.kind)
    if scene is None:
        return None
    values = compute_unit_features(scene)
    actions = []
    for unit in range(len(scene)):
        tested = tuple(values[name][unit] for name in rule.features)
        action = next((case.action for case in rule.unit_cases if tested[: len(case.values)] == case.values), None)
        if action is None:
            return None
        actions.append(action)
    return perform_all(scene, actions)


def perform_all(scene: Scene, actions: Sequence[Action]) -> Grid | None:
    """Return the grid after every unit has done its action; None if one cannot."""
    if any(action.verb in TAKING or action.verb == LEAVE for action in actions):
        return pick(scene, actions)
    result = scene.grid.copy()
    canvases = []
    for unit, action in enumerate(actions):
        canvas = perform(action, scene, unit)
        if canvas is None:
            return None
        canvases.append(canvas)
        if action.verb in ERASING:
            result[scene.masks[unit]] = 0
    for canvas in canvases:
        np.copyto(result, canvas, where=canvas != UNTOUCHED)
    return result
