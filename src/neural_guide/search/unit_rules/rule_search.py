"""Search for unit rules that are right for all pairs of a task."""

import math
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid, is_equal
from neural_guide.arc.task import Task
from neural_guide.search.rule_learning.split_counts import Integers
from neural_guide.search.rule_learning.tree import Examples, Tree, fit_trees
from neural_guide.search.unit_rules.arguments import Action
from neural_guide.search.unit_rules.features import compare_scenes
from neural_guide.search.unit_rules.materials import Material, list_materials
from neural_guide.search.unit_rules.rule import UnitCase, UnitRule, perform_all
from neural_guide.search.unit_rules.units import Mask, Scene

_BREADTH = 12
_NARROW_BREADTH = 6  # with a pair left out, where only the cheapest rule counts
_MAX_SPLITS = 3
_MAX_RULES = 12
_KIND_COSTS = {"object": 0.5, "shape": 0.5, "side shape": 0.7, "colour": 1.0, "gap": 1.5, "panel": 1.5}


class UnitExplanation(NamedTuple):
    """A unit rule that is right for all pairs.

    Attributes:
        rule: the rule.
        answers: predicted outputs, one a test.
        cost: description length in nats.
        support: see `rule_learning.tree.Tree`.
    """

    rule: UnitRule
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
        self._deadline = deadline
        self._outputs = [pair.output for pair in task.pairs]
        self._materials = list(list_materials(task, deadline))
        self._explaining: set[int] = set()  # materials with a rule for all pairs

    def find_rules(self, left_out: int | None = None) -> list[UnitExplanation]:
        """Find rules that are right for all pairs, the cheapest first.

        Args:
            left_out: index of a pair that the rules need not explain; its predicted output is the first answer, before
                those of the tests. What explains not all pairs is not fitted again. None: no pair is left out.
        """
        explanations: list[UnitExplanation] = []
        for number, material in enumerate(self._materials):
            is_wanted = left_out is None or number in self._explaining
            if not is_wanted or time.perf_counter() > self._deadline:
                continue
            explained = list(self._fit(material, left_out))
            if explained and left_out is None:
                self._explaining.add(number)
            explanations += explained
        return _drop_duplicates(sorted(explanations, key=lambda explanation: explanation.cost))[:_MAX_RULES]

    def _fit(self, material: Material, left_out: int | None) -> Iterator[UnitExplanation]:
        pairs = [pair for pair in range(len(self._outputs)) if pair != left_out]
        if not pairs:
            return
        unknown = [*([] if left_out is None else [left_out]), *range(len(self._outputs), len(material.scenes))]
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
            is_right=is_right[:, used].astype(np.uint8),
            action_costs=np.array(material.costs)[used],
            is_constant=np.zeros(len(used), dtype=np.bool_),
            pair_indices=np.repeat(np.arange(len(pairs)), [len(material.scenes[pair]) for pair in pairs]),
        )
        predict = _Prediction(scenes, [self._outputs[pair] for pair in pairs], actions)
        breadth = _BREADTH if left_out is None else _NARROW_BREADTH
        for tree in fit_trees(examples, predict, breadth, _MAX_SPLITS):
            yield _explain(tree, material.kind, features.names, actions)


class _Prediction:
    """Turns actions of units into answers, if they make the outputs of all pairs.

    Args:
        scenes: scenes of the pairs, then those without a known output.
        outputs: outputs of the pairs.
        actions: actions by index.
    """

    def __init__(self, scenes: Sequence[Scene], outputs: Sequence[Grid], actions: Sequence[Action]) -> None:
        self._scenes, self._outputs, self._actions = scenes, outputs, actions
        self._ends = np.cumsum([len(scene) for scene in scenes])[:-1]
        self._known: dict[bytes, tuple[Grid, ...] | None] = {}

    def __call__(self, chosen: Integers) -> tuple[Grid, ...] | None:
        key = chosen.tobytes()
        if key not in self._known:
            self._known[key] = self._compute(chosen)
        return self._known[key]

    def _compute(self, chosen: Integers) -> tuple[Grid, ...] | None:
        answers: list[Grid] = []
        for index, (scene, numbers) in enumerate(zip(self._scenes, np.split(chosen, self._ends), strict=True)):
            result = perform_all(scene, [self._actions[number] for number in numbers])
            if result is None:
                return None
            if index >= len(self._outputs):
                answers.append(result)
            elif not is_equal(result, self._outputs[index]):
                return None
        return tuple(answers)


def _explain(
    tree: Tree[tuple[Grid, ...]], kind: str, names: Sequence[str], actions: Sequence[Action]
) -> UnitExplanation:
    cases = tuple(UnitCase(leaf.path, actions[leaf.action]) for leaf in tree.leaves)
    rule = UnitRule(kind, tuple(names[index] for index in tree.splits), cases)
    return UnitExplanation(rule, tree.answers, tree.cost + _KIND_COSTS[kind], tree.support)


def _choose_columns(is_right: Mask, costs: Sequence[float]) -> list[int]:
    """Choose the cheapest of the actions that are right for the same units."""
    cheapest: dict[bytes, int] = {}
    for index in np.argsort(costs, kind="stable").tolist():
        if is_right[:, index].any():
            cheapest.setdefault(is_right[:, index].tobytes(), index)
    return sorted(cheapest.values())


def _drop_duplicates(explanations: Sequence[UnitExplanation]) -> list[UnitExplanation]:
    """Keep the first of the explanations with the same answers."""
    kept: dict[tuple[tuple[tuple[int, ...], bytes], ...], UnitExplanation] = {}
    for explanation in explanations:
        key = tuple((answer.shape, answer.tobytes()) for answer in explanation.answers)
        kept.setdefault(key, explanation)
    return list(kept.values())
