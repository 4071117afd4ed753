"""Targets of rules over units: a kind of units, a condition on them, and what those units do that meet it."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.search.unit_rules.arguments import Action
from neural_guide.search.unit_rules.arrangement import LAYING, ORDERS, PARTS
from neural_guide.search.unit_rules.catalogue import list_actions
from neural_guide.search.unit_rules.features import compare_scenes
from neural_guide.search.unit_rules.picking import LEAVE, list_takings
from neural_guide.search.unit_rules.rule import UnitCase, UnitRule, perform_all
from neural_guide.search.unit_rules.units import SEGMENTATIONS, Mask, Scene, split_into_units

_KIND_WEIGHTS = {
    "object": 5,
    "side object": 1,
    "shape": 4,
    "side shape": 1,
    "colour": 2,
    "gap": 1,
    "panel": 1,
    "row": 1,
    "column": 1,
    "whole": 0,
}
_FEATURE_COUNTS, _FEATURE_SHARES = (0, 1, 2), (0.2, 0.6, 0.2)
_RESIZED_SHARE = 0.2  # of rules whose output is a unit, or several
_LAYING_SHARE = 0.3  # of those, several laid in an order
_SECOND_ACTION_SHARE = 0.15  # of rules where the other units act too
_COLOUR_COUNT = 2  # colours that actions of one rule may paint in
_MAX_OFFSET = 3
_CONDITION_DRAWS = 8


def draw_unit_rule(inputs: Sequence[Grid], rng: np.random.Generator) -> tuple[UnitRule, list[Grid | None]] | None:
    """Draw a rule over units, and what it makes of the inputs; None: they have no such units or conditions.

    Args:
        inputs: different grids.
        rng: source of every draw.
    """
    weights = np.array([_KIND_WEIGHTS[kind] for kind in SEGMENTATIONS], dtype=np.float64)
    kind = str(rng.choice(list(SEGMENTATIONS), p=weights / weights.sum()))
    scenes = [scene for scene in (split_into_units(grid, kind) for grid in inputs) if scene is not None]
    if len(scenes) < len(inputs):
        return None
    features, acts, paths = _draw_condition(scenes, rng)
    if acts is None:
        return None
    action, other = _draw_actions(rng)
    cases = {path: action if does_act else other for path, does_act in zip(paths, acts.tolist(), strict=True)}
    ends = np.cumsum([len(scene) for scene in scenes])[:-1]
    outputs = [
        perform_all(scene, [action if does_act else other for does_act in part])
        for scene, part in zip(scenes, np.split(acts, ends), strict=True)
    ]
    return UnitRule(kind, features, tuple(UnitCase(path, done) for path, done in sorted(cases.items()))), outputs


def _draw_condition(
    scenes: Sequence[Scene], rng: np.random.Generator
) -> tuple[tuple[str, ...], Mask | None, list[tuple[int, ...]]]:
    """Draw the features of a condition, the units that meet it, and the values of every unit.

    Every grid has such a unit, and with features some grid has another one; None: a few draws found no such condition.
    """
    table = compare_scenes(scenes)
    owners = np.repeat(np.arange(len(scenes)), [len(scene) for scene in scenes])
    weights = np.exp(-table.costs / 2)
    for _ in range(_CONDITION_DRAWS):
        count = min(int(rng.choice(_FEATURE_COUNTS, p=_FEATURE_SHARES)), len(table.names))
        if not count:
            return (), np.ones(len(owners), dtype=np.bool_), [()] * len(owners)
        chosen = rng.choice(len(weights), size=count, replace=False, p=weights / weights.sum())
        values = table.values[chosen].T
        acts = (values == values[int(rng.integers(len(values)))]).all(axis=1)
        if not acts.all() and len(np.unique(owners[acts])) == len(scenes):
            names = tuple(table.names[index] for index in chosen)
            return names, acts, [tuple(path) for path in values.tolist()]
    return (), None, []


def _draw_actions(rng: np.random.Generator) -> tuple[Action, Action]:
    """Draw the action of the units that meet the condition, and that of the others."""
    if rng.random() < _RESIZED_SHARE:
        if rng.random() < _LAYING_SHARE:
            parts, orders = list(PARTS), list(ORDERS)
            verb = str(rng.choice(LAYING[:3]))
            part = "colour" if verb == "lay diagonally" else str(rng.choice(parts))
            return Action(verb, (part, str(rng.choice(orders)), str(rng.choice(("up", "down"))), 0, 0)), Action(LEAVE)
        return _draw(list_takings([]), rng), Action(LEAVE)
    colours = tuple(sorted(int(colour) for colour in 1 + rng.permutation(COLOURS - 1)[:_COLOUR_COUNT]))
    row, column = (int(step) for step in rng.integers(-_MAX_OFFSET, _MAX_OFFSET + 1, size=2))
    actions = _group_actions(colours, (row, column))
    verbs = [verb for verb in actions if verb != "keep"]
    verb = verbs[int(rng.integers(len(verbs)))]
    action = _draw(actions[verb], rng)
    if rng.random() >= _SECOND_ACTION_SHARE:
        return action, Action("keep")
    return action, _draw(actions[verbs[int(rng.integers(len(verbs)))]], rng)


def _draw(actions: Sequence[Action], rng: np.random.Generator) -> Action:
    return actions[int(rng.integers(len(actions)))]


@lru_cache(maxsize=256)
def _group_actions(colours: tuple[int, ...], offset: tuple[int, int]) -> dict[str, list[Action]]:
    """Group the actions in some colours by their verb."""
    actions: dict[str, list[Action]] = {}
    for action in list_actions(colours, [offset], [], paints=True):
        actions.setdefault(action.verb, []).append(action)
    return actions
