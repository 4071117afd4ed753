"""Search for unit rules that are right for all pairs of a task."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid, is_equal
from neural_guide.arc.task import Task
from neural_guide.search.rule_learning.split_counts import Integers
from neural_guide.search.rule_learning.tree import Examples, Tree, fit_trees
from neural_guide.search.unit_rules.arguments import Action
from neural_guide.search.unit_rules.arrangement import LAYING_COST, list_layings, match, order_units
from neural_guide.search.unit_rules.catalogue import compute_cost
from neural_guide.search.unit_rules.examples import find_right_actions
from neural_guide.search.unit_rules.features import compare_scenes
from neural_guide.search.unit_rules.picking import LEAVE, TAKING, TAKING_COSTS
from neural_guide.search.unit_rules.rule import UnitCase, UnitRule, perform_all
from neural_guide.search.unit_rules.units import SEGMENTATIONS, Mask, Scene, split_into_units

_BREADTH = 12
_NARROW_BREADTH = 6  # with a pair left out, where only the cheapest rule counts
_MAX_SPLITS = 3
_MAX_RULES = 12
_MAX_LAYINGS = 8  # of one kind of units
_LEAVE_COST = 0.3
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


class _Material(NamedTuple):
    """Units of one kind in all grids, and their right actions, one row a unit of a pair.

    Attributes:
        kind: kind of the units.
        scenes: scenes of the pairs and then of the tests.
        actions: all actions.
        costs: nats of each action.
        flags: right actions, bool [unit, action]; one array for each definition of right.
    """

    kind: str
    scenes: tuple[Scene, ...]
    actions: tuple[Action, ...]
    costs: tuple[float, ...]
    flags: tuple[Mask, ...]


class UnitRuleSearch:
    """Search for unit rules of one task.

    Args:
        task: pairs and test inputs.
        deadline: time on `time.perf_counter` after which nothing more is tried.
    """

    def __init__(self, task: Task, deadline: float = math.inf) -> None:
        self._deadline = deadline
        self._outputs = [pair.output for pair in task.pairs]
        self._inputs = [pair.input for pair in task.pairs]
        self._tests = list(task.test_inputs)
        keeps_shape = all(pair.input.shape == pair.output.shape for pair in task.pairs)
        prepare = self._prepare_in_place if keeps_shape else self._prepare_other_sizes
        self._known_scenes: set[bytes] = set()
        self._explaining: set[tuple[str, int]] = set()  # kinds of units and flags with a rule for all pairs
        self._materials: list[_Material] = []
        for kind in SEGMENTATIONS:
            if time.perf_counter() < deadline:
                self._materials += self._prepare(kind, prepare)

    def find_rules(self, left_out: int | None = None) -> list[UnitExplanation]:
        """Find rules that are right for all pairs, the cheapest first.

        Args:
            left_out: index of a pair that the rules need not explain; its predicted output is the first answer, before
                those of the tests. None: no pair is left out.
        """
        explanations: list[UnitExplanation] = []
        for material in self._materials:
            for number, flags in enumerate(material.flags):
                is_known = left_out is None or (material.kind, number) in self._explaining
                if not is_known or time.perf_counter() > self._deadline:
                    continue  # what explains no task as a whole is not fitted again
                explained = list(self._fit(material, flags, left_out))
                if explained and left_out is None:
                    self._explaining.add((material.kind, number))
                explanations += explained
        return _drop_duplicates(sorted(explanations, key=lambda explanation: explanation.cost))[:_MAX_RULES]

    def _prepare(
        self, kind: str, prepare: Callable[[str, tuple[Scene, ...]], Iterable["_Material"]]
    ) -> Iterable["_Material"]:
        scenes = [split_into_units(grid, kind) for grid in (*self._inputs, *self._tests)]
        present = tuple(scene for scene in scenes if scene is not None)
        key = b"".join(scene.owners.tobytes() for scene in present)
        if len(present) < len(scenes) or key in self._known_scenes:
            return ()
        self._known_scenes.add(key)
        return prepare(kind, present)

    def _prepare_in_place(self, kind: str, scenes: tuple[Scene, ...]) -> Iterator["_Material"]:
        right = find_right_actions(scenes[: len(self._outputs)], self._outputs)
        if right is not None:
            costs = tuple(compute_cost(action) for action in right.actions)
            yield _Material(kind, scenes, right.actions, costs, right.readings)

    def _prepare_other_sizes(self, kind: str, scenes: tuple[Scene, ...]) -> Iterator["_Material"]:
        pairs = list(zip(scenes, self._outputs, strict=False))
        flags: list[Mask] = [
            np.array([[_is_taken(verb, scene, unit, output) for verb in TAKING] for unit in range(len(scene))])
            for scene, output in pairs
        ]
        if all(flag.any() for flag in flags):
            is_taken = np.concatenate(flags)
            actions = (Action(LEAVE), *map(Action, TAKING))
            costs = (_LEAVE_COST, *TAKING_COSTS.values())
            yield _Material(kind, scenes, actions, costs, (np.column_stack((~is_taken.any(axis=1), is_taken)),))
        known: set[str] = set()
        for laying in list_layings([scene for scene, _ in pairs], self._outputs):
            matches = [match(scene, output, laying) for scene, output in pairs]
            is_laid = np.concatenate([mask for mask in matches if mask is not None])
            orders = [order_units(scene, laying) for scene in scenes[len(pairs) :]]
            key = repr((is_laid.tobytes(), orders, laying.arguments[3:]))
            if key in known or len(known) == _MAX_LAYINGS:
                continue
            known.add(key)
            flag = np.column_stack((~is_laid, is_laid))
            yield _Material(kind, scenes, (Action(LEAVE), laying), (_LEAVE_COST, LAYING_COST), (flag,))

    def _fit(self, material: _Material, flags: Mask, left_out: int | None) -> Iterator[UnitExplanation]:
        pairs = [pair for pair in range(len(self._outputs)) if pair != left_out]
        if not pairs:
            return
        unknown = [*([] if left_out is None else [left_out]), *range(len(self._outputs), len(material.scenes))]
        ordered = [material.scenes[index] for index in (*pairs, *unknown)]
        starts = np.cumsum([0, *(len(scene) for scene in material.scenes)])
        rows = np.concatenate([np.arange(starts[pair], starts[pair + 1]) for pair in pairs])
        is_right = flags[rows]
        if not is_right.any(axis=1).all():
            return
        used = _choose_columns(is_right, material.costs)
        costs, actions = np.array(material.costs)[used], [material.actions[index] for index in used]
        features = compare_scenes(ordered)
        examples = Examples(
            values=features.values,
            costs=features.costs,
            is_right=is_right[:, used].astype(np.uint8),
            action_costs=costs,
            is_constant=np.zeros(len(used), dtype=np.bool_),
            pair_indices=np.repeat(np.arange(len(pairs)), [len(material.scenes[pair]) for pair in pairs]),
        )
        predict = _Prediction(ordered, [self._outputs[pair] for pair in pairs], actions)
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


def _is_taken(verb: str, scene: Scene, unit: int, output: Grid) -> bool:
    taken = TAKING[verb](scene, unit)
    return taken is not None and is_equal(taken, output)


def _drop_duplicates(explanations: Sequence[UnitExplanation]) -> list[UnitExplanation]:
    """Keep the first of the explanations with the same answers."""
    kept: dict[tuple[tuple[tuple[int, ...], bytes], ...], UnitExplanation] = {}
    for explanation in explanations:
        key = tuple((answer.shape, answer.tobytes()) for answer in explanation.answers)
        kept.setdefault(key, explanation)
    return list(kept.values())
