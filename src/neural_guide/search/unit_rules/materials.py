"""Materials of unit rules: the units of one kind in all grids of a task, and the actions that are right for them."""

import time
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid, is_equal
from neural_guide.arc.task import Task
from neural_guide.search.unit_rules.arguments import Action
from neural_guide.search.unit_rules.arrangement import LAYING_COST, list_layings, match, order_units
from neural_guide.search.unit_rules.catalogue import compute_cost
from neural_guide.search.unit_rules.examples import find_partial_actions, find_right_actions
from neural_guide.search.unit_rules.picking import LEAVE, TAKING, TAKING_COSTS, list_pictures, list_takings
from neural_guide.search.unit_rules.units import PARTITIONS, SEGMENTATIONS, WHOLE, Mask, Scene, split_into_units

_MAX_LAYINGS = 8  # of one kind of units
_LEAVE_COST = 0.3  # nats


class Material(NamedTuple):
    """Units of one kind in all grids, and their right actions by one reading, one row a unit of a pair.

    Attributes:
        kind: kind of the units.
        scenes: scenes of the pairs and then of the tests.
        actions: all actions.
        costs: nats of each action.
        is_right: bool [unit, action].
    """

    kind: str
    scenes: tuple[Scene, ...]
    actions: tuple[Action, ...]
    costs: tuple[float, ...]
    is_right: Mask


def list_materials(task: Task, deadline: float, kinds: Collection[str] = tuple(SEGMENTATIONS)) -> Iterator[Material]:
    """List the materials of a task, those of each kind of units that splits the grids anew.

    Args:
        task: pairs and test inputs.
        deadline: time on `time.perf_counter` after which no further kind is tried.
        kinds: kinds of units to list, keys of `units.SEGMENTATIONS`.
    """
    outputs = [pair.output for pair in task.pairs]
    for kind, scenes in _split(task, deadline):
        if kind not in kinds:
            continue
        if kind == WHOLE:
            yield from _list_classes(kind, scenes, outputs)
        elif _keeps_shape(task):
            yield from _list_in_place(kind, scenes, outputs)
        else:
            yield from _list_resized(kind, scenes, outputs)


def list_partial_materials(task: Task, deadline: float) -> Iterator[Material]:
    """List materials whose actions come nearest to the outputs, for a first stage; none where shapes change.

    The arguments are those of `list_materials`.
    """
    outputs = [pair.output for pair in task.pairs]
    for kind, scenes in _split(task, deadline) if _keeps_shape(task) else ():
        if kind in PARTITIONS:
            continue
        nearest = find_partial_actions(scenes[: len(outputs)], outputs)
        costs = tuple(compute_cost(action) for action in nearest.actions)
        yield Material(kind, scenes, nearest.actions, costs, nearest.readings[0])


def _keeps_shape(task: Task) -> bool:
    return all(pair.input.shape == pair.output.shape for pair in task.pairs)


def _split(task: Task, deadline: float) -> Iterator[tuple[str, tuple[Scene, ...]]]:
    """Split all grids of a task into the units of one kind after the other; a kind that splits them anew."""
    grids = [*(pair.input for pair in task.pairs), *task.test_inputs]
    known: set[tuple[bool, bytes]] = set()
    for kind in SEGMENTATIONS:
        if time.perf_counter() > deadline:
            return
        scenes = tuple(scene for scene in (split_into_units(grid, kind) for grid in grids) if scene is not None)
        # The whole grid has materials of its own, even if it is one unit of another kind too.
        key = kind == WHOLE, b"".join(scene.owners.tobytes() for scene in scenes)
        if len(scenes) == len(grids) and key not in known:
            known.add(key)
            yield kind, scenes


def _list_in_place(kind: str, scenes: tuple[Scene, ...], outputs: Sequence[Grid]) -> Iterator[Material]:
    """List the materials of outputs that have the shape of their inputs."""
    right = find_right_actions(scenes[: len(outputs)], outputs)
    if right is not None:
        costs = tuple(compute_cost(action) for action in right.actions)
        for reading in right.readings:
            yield Material(kind, scenes, right.actions, costs, reading)


def _list_classes(kind: str, scenes: tuple[Scene, ...], outputs: Sequence[Grid]) -> Iterator[Material]:
    """List the material of outputs that are one of a few pictures, chosen by what the whole grid is like."""
    pictures = list_pictures(outputs)
    if pictures:
        is_right = [
            [_is_taken(picture, scene, 0, output) for picture in pictures]
            for scene, output in zip(scenes, outputs, strict=False)
        ]
        costs = tuple(TAKING_COSTS[picture.verb] for picture in pictures)
        yield Material(kind, scenes, tuple(pictures), costs, np.array(is_right))


def _list_resized(kind: str, scenes: tuple[Scene, ...], outputs: Sequence[Grid]) -> Iterator[Material]:
    """List the materials of outputs that are one unit, or several laid in an order."""
    takings = list_takings(outputs)
    flags: list[Mask] = [
        np.array([[_is_taken(action, scene, unit, output) for action in takings] for unit in range(len(scene))])
        for scene, output in zip(scenes, outputs, strict=False)
    ]
    if all(flag.any() for flag in flags):
        is_taken = np.concatenate(flags)
        actions = (Action(LEAVE), *takings)
        costs = (_LEAVE_COST, *(TAKING_COSTS[action.verb] for action in takings))
        yield Material(kind, scenes, actions, costs, np.column_stack((~is_taken.any(axis=1), is_taken)))
    for laying, is_laid in _choose_layings(scenes, outputs):
        costs = (_LEAVE_COST, LAYING_COST)
        yield Material(kind, scenes, (Action(LEAVE), laying), costs, np.column_stack((~is_laid, is_laid)))


def _choose_layings(scenes: Sequence[Scene], outputs: Sequence[Grid]) -> Iterator[tuple[Action, Mask]]:
    """Choose arrangements that make the outputs and differ in the units that they lay, or in their order in a test."""
    pairs = list(zip(scenes, outputs, strict=False))
    known: set[str] = set()
    for laying in list_layings(scenes[: len(outputs)], outputs):
        matches = [match(scene, output, laying) for scene, output in pairs]
        is_laid = np.concatenate([mask for mask in matches if mask is not None])
        orders = [order_units(scene, laying) for scene in scenes[len(outputs) :]]
        key = repr((is_laid.tobytes(), orders, laying.arguments[3:]))
        if key not in known and len(known) < _MAX_LAYINGS:
            known.add(key)
            yield laying, is_laid


def _is_taken(action: Action, scene: Scene, unit: int, output: Grid) -> bool:
    taken = TAKING[action.verb](scene, unit, *action.arguments)
    return taken is not None and is_equal(taken, output)
