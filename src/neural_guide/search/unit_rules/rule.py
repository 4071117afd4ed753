"""Unit rules: a decision tree that gives every unit of a grid an action, and its application to a grid."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.search.rule_learning.tree import count_shared
from neural_guide.search.unit_rules.arguments import DIRECTIONS_IN_WORDS, Action
from neural_guide.search.unit_rules.arrangement import LAYING, arrange
from neural_guide.search.unit_rules.canvas import UNTOUCHED
from neural_guide.search.unit_rules.catalogue import ERASING, perform
from neural_guide.search.unit_rules.features import compute_unit_features
from neural_guide.search.unit_rules.picking import LEAVE, TAKING, pick
from neural_guide.search.unit_rules.units import NO_UNIT, Outline, Scene, split_into_units

_MAX_DESCRIBED = 4  # conditions of one action in a description
_FLAG_WORDS = ("most ", "least ", "odd ", "middle ", "symmetry ", "touches ")


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
    def description(self) -> str:
        """One line for people: for each action the conditions that lead to it."""
        if not self.features:
            return f"each {self.kind}: {self.unit_cases[0].action.description}"
        cases = (
            f"{action.description} if {_shorten(conditions)}" for action, conditions in self.list_conditions().items()
        )
        return f"each {self.kind}: {'; '.join(cases)}"

    def list_conditions(self) -> dict[Action, list[str]]:
        """List the conditions of each action in words, e.g. `most size and own colour 3`."""
        conditions: dict[Action, list[str]] = {}
        for values, action in self.unit_cases:
            words = " and ".join(map(_describe_value, self.features, values))
            conditions.setdefault(action, []).append(words)
        return conditions


def _describe_value(feature: str, value: int) -> str:
    if feature.startswith("is "):
        return feature if value else f"is not {feature.removeprefix('is ')}"
    if feature.startswith(_FLAG_WORDS):
        return {0: f"not {feature}", 1: feature, 2: f"joint {feature}"}.get(value, f"{feature} {value}")
    if feature.startswith("direction "):
        return f"{feature} {DIRECTIONS_IN_WORDS[value - 1] if value else 'none'}"
    return f"{feature} {value}"


def _shorten(conditions: Sequence[str]) -> str:
    more = [f"{len(conditions) - _MAX_DESCRIBED} more"] if len(conditions) > _MAX_DESCRIBED else []
    return " or ".join([*conditions[:_MAX_DESCRIBED], *more])


def apply_unit_rule(rule: UnitRule, grid: Grid) -> Grid | None:
    """Predict the output of one input, where units that cannot do their action stay as they are.

    None if it has no such units, or no unit can be the output of another size.
    """
    assigned = _assign_actions(rule, grid)
    return None if assigned is None else perform_all(*assigned, leniently=True)


def trace_unit_rule(rule: UnitRule, grid: Grid) -> list[Grid]:
    """Return the input, then the grid after each action of `list_changes` in turn, see `apply_unit_rule`."""
    assigned = _assign_actions(rule, grid)
    if assigned is None:
        return [grid]
    scene, actions = assigned
    grids, changes = [grid], list_changes(rule)
    keep = Action("keep")
    for last in range(1, len(changes)):
        done = set(changes[:last])
        partial = perform_all(scene, [action if action in done else keep for action in actions], leniently=True)
        grids += [] if partial is None else [partial]
    result = perform_all(scene, actions, leniently=True) if changes else None
    return grids if result is None else [*grids, result]


def find_acting_units(rule: UnitRule, grid: Grid) -> list[Outline]:
    """Find the units of the input that act in each step of `list_rule_steps`; no steps where a unit has no action."""
    assigned = _assign_actions(rule, grid)
    if assigned is None:
        return []
    scene, actions = assigned
    still = {Action("keep"), Action(LEAVE)}
    changes = list_changes(rule)
    # A single step is that of all actions: an output of units may be made of several.
    turns = [{change} for change in changes] if len(changes) > 1 else [set(actions) - still for _ in changes]
    acting = [[unit for unit, action in enumerate(actions) if action in turn] for turn in turns]
    return [np.where(np.isin(scene.owners, units), scene.owners, NO_UNIT) for units in acting]


def list_changes(rule: UnitRule) -> list[Action]:
    """List the actions that change the grid in the order of the cases; of a rule for another size, the first alone."""
    actions = [action for action in rule.list_conditions() if action.verb not in ("keep", LEAVE)]
    changes_size = any(action.verb in TAKING or action.verb in LAYING for action in actions)
    return actions[:1] if changes_size else actions


def list_rule_steps(rule: UnitRule) -> tuple[str, ...]:
    """List the steps of `trace_unit_rule` in words: which units, on which condition, and what they do."""
    conditions = rule.list_conditions()
    return tuple(
        f"each {rule.kind}{f', {_shorten(conditions[action])}' if rule.features else ''}: {action.description}"
        for action in list_changes(rule)
    )


def _assign_actions(rule: UnitRule, grid: Grid) -> tuple[Scene, list[Action]] | None:
    """Return the units of a grid and the action of each; None if it has no such units."""
    scene = split_into_units(grid, rule.kind)
    if scene is None:
        return None
    values = compute_unit_features(scene)
    tested = [tuple(values[name][unit] for name in rule.features) for unit in range(len(scene))]
    return scene, [_find_action(rule, numbers) for numbers in tested]


def _find_action(rule: UnitRule, values: tuple[int, ...]) -> Action:
    """Return the action of the class of a unit; for values that no pair has, of the most alike class.

    That class shares the most first values, and its next one is nearest.
    """

    def measure_difference(case: UnitCase) -> tuple[int, int]:
        shared = count_shared(values, case.values)
        return -shared, abs(values[shared] - case.values[shared]) if shared < len(case.values) else 0

    return min(rule.unit_cases, key=measure_difference).action


def perform_all(scene: Scene, actions: Sequence[Action], *, leniently: bool = False) -> Grid | None:
    """Return the grid after every unit has done its action; None if one cannot.

    Args:
        scene: units of the grid.
        actions: action of each unit.
        leniently: whether a unit that cannot do its action stays as it is instead.
    """
    if any(action.verb in LAYING for action in actions):
        return arrange(scene, actions)
    if any(action.verb in TAKING or action.verb == LEAVE for action in actions):
        return pick(scene, actions, leniently=leniently)
    result = scene.grid.copy()
    canvases = []
    for unit, action in enumerate(actions):
        canvas = perform(action, scene, unit)
        if canvas is None:
            if leniently:
                continue
            return None
        canvases.append(canvas)
        if action.verb in ERASING:
            result[scene.masks[unit]] = 0
    for canvas in canvases:
        np.copyto(result, canvas, where=canvas != UNTOUCHED)
    return result
