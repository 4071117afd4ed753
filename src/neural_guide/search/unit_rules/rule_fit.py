"""Fit of unit rules to the units of one kind: trees over their features whose actions make accepted grids."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.search.lifts import NO_LIFTS, Lifts, get_lift
from neural_guide.search.rule_learning.split_counts import Floats, Integers
from neural_guide.search.rule_learning.tree import Examples, fit_trees
from neural_guide.search.unit_rules.arguments import Action
from neural_guide.search.unit_rules.features import compare_scenes
from neural_guide.search.unit_rules.materials import Material
from neural_guide.search.unit_rules.rule import UnitCase, UnitRule, perform_all
from neural_guide.search.unit_rules.units import Mask, Scene

_KIND_COSTS = {
    "object": 0.5,
    "side object": 0.7,
    "shape": 0.5,
    "side shape": 0.7,
    "colour": 1.0,
    "gap": 1.5,
    "panel": 1.5,
    "row": 1.5,
    "column": 1.5,
    "whole": 0.5,
}

Acceptance = Callable[[Grid, Grid, Grid], bool]
"""Function of the input of a pair, what a rule makes of it, and the output; returns whether that may be."""


class Breadth(NamedTuple):
    """Breadth of the search for trees: partial ones that are kept, and features of a tree at most."""

    beam: int
    splits: int


class FittedRule(NamedTuple):
    """A rule and what it makes.

    Attributes:
        rule: the rule.
        grids: what it makes of the pairs without the one that is left out, then of that one, then of the tests.
        cost: description length in nats.
        support: see `rule_learning.tree.Tree`.
    """

    rule: UnitRule
    grids: tuple[Grid, ...]
    cost: float
    support: float


def fit_rules(
    material: Material,
    outputs: Sequence[Grid],
    accepts: Acceptance,
    breadth: Breadth,
    left_out: int | None = None,
    lifts: Lifts = NO_LIFTS,
) -> Iterator[FittedRule]:
    """Fit rules whose results are accepted for all pairs.

    Args:
        material: units and their right actions.
        outputs: outputs of the pairs.
        accepts: acceptance of the result for a pair.
        breadth: breadth of the search.
        left_out: index of a pair that the rules need not explain; None: no pair is left out.
        lifts: how many times likelier than usual words are.
    """
    pairs = [pair for pair in range(len(outputs)) if pair != left_out]
    if not pairs:
        return
    unknown = [*([] if left_out is None else [left_out]), *range(len(outputs), len(material.scenes))]
    scenes = [material.scenes[index] for index in (*pairs, *unknown)]
    starts = np.cumsum([0, *(len(scene) for scene in material.scenes)])
    is_right = material.is_right[np.concatenate([np.arange(starts[pair], starts[pair + 1]) for pair in pairs])]
    if not is_right.any(axis=1).all():
        return
    used = _choose_columns(is_right, material.costs)
    actions = [material.actions[index] for index in used]
    features = compare_scenes(scenes)
    examples = Examples(
        values=features.values,
        costs=features.costs,
        order_costs=features.costs - _measure_gains(features.names, lifts),
        is_right=is_right[:, used].astype(np.uint8),
        action_costs=np.array(material.costs)[used],
        is_constant=np.zeros(len(used), dtype=np.bool_),
        pair_indices=np.repeat(np.arange(len(pairs)), [len(material.scenes[pair]) for pair in pairs]),
    )
    predict = _Prediction(scenes, [outputs[pair] for pair in pairs], actions, accepts)
    for tree in fit_trees(examples, predict, *breadth):
        cases = tuple(UnitCase(leaf.path, actions[leaf.action]) for leaf in tree.leaves)
        rule = UnitRule(material.kind, tuple(features.names[index] for index in tree.splits), cases)
        yield FittedRule(rule, tree.answers, tree.cost + _KIND_COSTS[material.kind], tree.support)


def _measure_gains(names: Sequence[str], lifts: Lifts) -> Floats:
    """Return the nats that a feature is cheaper than usual, float64 [feature]."""
    return np.log([get_lift(lifts, "unit feature", name) for name in names])


class _Prediction:
    """Turns actions of units into grids, if those of all pairs are accepted.

    Args:
        scenes: scenes of the pairs, then those without a known output.
        outputs: outputs of the pairs.
        actions: actions by index.
        accepts: acceptance of the result for a pair.
    """

    def __init__(
        self, scenes: Sequence[Scene], outputs: Sequence[Grid], actions: Sequence[Action], accepts: Acceptance
    ) -> None:
        self._scenes, self._outputs, self._actions, self._accepts = scenes, outputs, actions, accepts
        self._ends = np.cumsum([len(scene) for scene in scenes])[:-1]
        self._known: dict[bytes, tuple[Grid, ...] | None] = {}

    def __call__(self, chosen: Integers) -> tuple[Grid, ...] | None:
        key = chosen.tobytes()
        if key not in self._known:
            self._known[key] = self._compute(chosen)
        return self._known[key]

    def _compute(self, chosen: Integers) -> tuple[Grid, ...] | None:
        grids: list[Grid] = []
        for index, (scene, numbers) in enumerate(zip(self._scenes, np.split(chosen, self._ends), strict=True)):
            result = perform_all(scene, [self._actions[number] for number in numbers])
            if result is None:
                return None
            if index < len(self._outputs) and not self._accepts(scene.grid, result, self._outputs[index]):
                return None
            grids.append(result)
        return tuple(grids)


def _choose_columns(is_right: Mask, costs: Sequence[float]) -> list[int]:
    """Choose the cheapest of the actions that are right for the same units."""
    cheapest: dict[bytes, int] = {}
    for index in np.argsort(costs, kind="stable").tolist():
        if is_right[:, index].any():
            cheapest.setdefault(is_right[:, index].tobytes(), index)
    return sorted(cheapest.values())
