"""Right actions of the units of the pairs, found by comparison with the outputs.

An action is *possible* for a unit if the output has every cell that it paints, and if another unit can paint every cell
that it clears and that is content in the output. A changed cell that one unit alone can explain must be explained by
that unit. That leaves for each unit the actions that are right, and drops kinds of units that cannot explain a changed
cell.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.search.unit_rules.arguments import Action, is_direction_feature, name_directions, resolve_colour
from neural_guide.search.unit_rules.canvas import UNTOUCHED
from neural_guide.search.unit_rules.catalogue import ERASING, list_actions, paints_one_colour, perform
from neural_guide.search.unit_rules.units import Mask, Scene, Unit

_MAX_OFFSETS = 6
_PROBE_COLOUR = 1
_EXTENDED = {"repeat": "copy beside"}  # verbs that paint what another one, listed before, paints, and more


class Possible(NamedTuple):
    """A possible action of a unit.

    Attributes:
        action: index of the action.
        explained: bool [cell of the pair], changed cells that it explains.
        damaged: bool [cell of the pair], cells that it clears and another unit must paint.
    """

    action: int
    explained: Mask
    damaged: Mask


class _Group(NamedTuple):
    """Actions that paint the same cells of a unit.

    Attributes:
        probe: one of them, with any colour.
        is_coloured: whether they differ in their last argument, the colour.
        is_directed: whether an argument is a direction that depends on the unit.
        members: indices and actions.
    """

    probe: Action
    is_coloured: bool
    is_directed: bool
    members: tuple[tuple[int, Action], ...]


class _Comparison(NamedTuple):
    """What an action of a unit paints, compared with the output.

    Attributes:
        colours: colours of the output in the painted cells, at most one; empty for an action in other colours.
        explained: see `Possible`.
        damaged: see `Possible`.
    """

    colours: set[int]
    explained: Mask
    damaged: Mask


class _Examined(NamedTuple):
    """A pair and the possible actions of its units.

    Attributes:
        scene: input.
        changed: bool [cell], the output differs from the input.
        possible: possible actions of each unit.
    """

    scene: Scene
    changed: Mask
    possible: tuple[list[Possible], ...]


class RightActions(NamedTuple):
    """Right actions of the units of all pairs.

    Attributes:
        actions: all actions that are right somewhere.
        readings: bool [unit, action], up to three different ways to tell which possible actions are right: those that
            explain what the unit alone can explain; those that also explain what changes of its own cells, if an action
            can; those that explain most changed cells.
    """

    actions: tuple[Action, ...]
    readings: tuple[Mask, ...]


def find_right_actions(scenes: Sequence[Scene], outputs: Sequence[Grid]) -> RightActions | None:
    """Find the right actions of all units; None if a changed cell has no explanation.

    Args:
        scenes: inputs of the pairs.
        outputs: outputs of the same shapes.
    """
    actions = _propose_actions(scenes, outputs)
    groups = _group(actions)
    flags: dict[int, Mask] = {}
    for pair in sorted(range(len(scenes)), key=lambda pair: len(scenes[pair])):  # the cheapest to refuse comes first
        judged = _judge(_examine(scenes[pair], outputs[pair], groups), len(actions))
        if judged is None:
            return None
        flags[pair] = judged
    return _select_used(actions, np.concatenate([flags[pair] for pair in range(len(scenes))], axis=1))


def find_partial_actions(scenes: Sequence[Scene], outputs: Sequence[Grid]) -> RightActions:
    """Find the actions that come nearest to the outputs and clear no content of theirs, as one reading.

    They explain most of what one action of the unit can; other changed cells may stay as they are.

    Args:
        scenes: inputs of the pairs.
        outputs: outputs of the same shapes.
    """
    actions = _propose_actions(scenes, outputs)
    groups = _group(actions)
    examined = (_examine(scene, output, groups) for scene, output in zip(scenes, outputs, strict=True))
    reading = np.concatenate([_find_nearest(entry, len(actions)) for entry in examined])
    return _select_used(actions, reading[None])


def _select_used(actions: Sequence[Action], readings: Mask) -> RightActions:
    """Keep the actions that are right somewhere, and each different reading once."""
    used: list[int] = np.flatnonzero(readings.any(axis=(0, 1))).tolist()
    different = {reading.tobytes(): reading for reading in readings[:, :, used]}
    return RightActions(tuple(actions[index] for index in used), tuple(different.values()))


def _propose_actions(scenes: Sequence[Scene], outputs: Sequence[Grid]) -> list[Action]:
    changed = [output[output != scene.grid] for scene, output in zip(scenes, outputs, strict=True)]
    colours = sorted({int(colour) for cells in changed for colour in np.unique(cells)} - {0})
    return list(list_actions(colours, _find_offsets(scenes, outputs), _find_markers(scenes), paints=bool(colours)))


def _find_markers(scenes: Sequence[Scene]) -> list[int]:
    """Find the colours of which every pair has exactly one unit."""
    single = [{colour for colour in scene.colours if scene.colours.count(colour) == 1} for scene in scenes]
    return sorted(set.intersection(*single) - {0})


def _find_offsets(scenes: Sequence[Scene], outputs: Sequence[Grid]) -> list[tuple[int, int]]:
    """Find the offsets by which some unit of every changed pair may have moved, the most frequent first."""
    counts: Counter[tuple[int, int]] = Counter()
    shared: set[tuple[int, int]] | None = None
    for scene, output in zip(scenes, outputs, strict=True):
        changed = output != scene.grid
        if not changed.any():
            continue
        offsets = Counter(offset for unit in scene.units for offset in _match(unit, output, changed))
        counts += offsets
        shared = set(offsets) if shared is None else shared & set(offsets)
    ranked = sorted(shared or (), key=lambda offset: (-counts[offset], abs(offset[0]) + abs(offset[1]), offset))
    return ranked[:_MAX_OFFSETS]


def _match(unit: Unit, output: Grid, changed: Mask) -> Iterable[tuple[int, int]]:
    """Yield the offsets at which the output shows the unit, with at least one changed cell."""
    (first_row, first_column), *_ = np.argwhere(unit.mask)
    height, width = unit.mask.shape
    for row, column in np.argwhere(output == unit.cells[first_row, first_column]).tolist():
        top, left = row - first_row, column - first_column
        if top < 0 or left < 0 or top + height > output.shape[0] or left + width > output.shape[1]:
            continue
        box = slice(top, top + height), slice(left, left + width)
        if (output[box] == unit.cells)[unit.mask].all() and changed[box][unit.mask].any():
            yield int(top - unit.top), int(left - unit.left)


def _examine(scene: Scene, output: Grid, groups: Sequence[_Group]) -> _Examined:
    """Find the possible actions of the units of a pair."""
    changed = output != scene.grid
    possible = tuple(_find_possible(scene, unit, output, changed, groups) for unit in range(len(scene)))
    return _Examined(scene, changed.ravel(), possible)


def _find_possible(scene: Scene, unit: int, output: Grid, changed: Mask, groups: Sequence[_Group]) -> list[Possible]:
    """Find the possible actions of a unit."""
    possible: list[Possible] = []
    compared: dict[Action, _Comparison | None] = {}  # several arguments may name one direction
    for group in groups:
        probe = name_directions(group.probe, scene, unit) if group.is_directed else group.probe
        if probe is None or (
            probe.verb in _EXTENDED and compared.get(probe._replace(verb=_EXTENDED[probe.verb])) is None
        ):
            continue
        if probe not in compared:
            compared[probe] = _compare(probe, scene, unit, output, changed, is_coloured=group.is_coloured)
        comparison = compared[probe]
        if comparison is None:
            continue
        for index, action in group.members:
            value = resolve_colour(scene, unit, action.arguments[-1]) if group.is_coloured else None
            if not group.is_coloured or (value is not None and comparison.colours <= {value}):
                possible.append(Possible(index, comparison.explained, comparison.damaged))
    return possible


def _compare(
    action: Action, scene: Scene, unit: int, output: Grid, changed: Mask, *, is_coloured: bool
) -> _Comparison | None:
    """Compare what an action of a unit paints with the output; None if the output differs, or nothing is painted."""
    canvas = perform(action, scene, unit)
    if canvas is None:
        return None
    painted = canvas != UNTOUCHED
    colours = set(output[painted].tolist()) if is_coloured else set()
    if len(colours) > 1 or (not is_coloured and (painted & (canvas != output)).any()):
        return None
    explained, damaged = changed & painted, np.zeros(output.size, dtype=np.bool_)
    if action.verb in ERASING:
        erased, is_empty = scene.masks[unit] & ~painted, output == 0
        explained |= changed & erased & is_empty
        damaged = (erased & ~is_empty).ravel()
    return _Comparison(colours, explained.ravel(), damaged)


def _group(actions: Sequence[Action]) -> list[_Group]:
    """Group actions that paint the same cells in different colours, so that the output tells the colour."""
    groups: dict[Action, list[tuple[int, Action]]] = {}
    for index, action in enumerate(actions):
        is_coloured = paints_one_colour(action)
        probe = Action(action.verb, (*action.arguments[:-1], _PROBE_COLOUR)) if is_coloured else action
        groups.setdefault(probe, []).append((index, action))
    return [
        _Group(
            probe,
            is_coloured=paints_one_colour(probe),
            is_directed=any(map(is_direction_feature, probe.arguments)),
            members=tuple(members),
        )
        for probe, members in groups.items()
    ]


def _judge(examined: _Examined, actions: int) -> Mask | None:
    """Return the three readings, bool [reading, unit, action]; None: a changed cell stays wrong."""
    scene, changed, possible = examined
    explained = [_stack([entry.explained for entry in entries], changed.size) for entries in possible]
    reach = [cells.any(axis=0) for cells in explained]
    coverers = np.sum(reach, axis=0)
    if (changed & (coverers == 0)).any():
        return None
    readings = np.zeros((3, len(possible), actions), dtype=np.bool_)
    for unit, entries in enumerate(possible):
        alone = changed & (coverers == 1) & reach[unit]
        own = alone | (changed & scene.masks[unit].ravel() & reach[unit])
        damaged = _stack([entry.damaged for entry in entries], changed.size)
        is_harmless = ~damaged[:, coverers == reach[unit]].any(axis=1)  # no other unit can paint these cells
        harmless = explained[unit][is_harmless]
        counts = harmless.sum(axis=1)
        columns = np.array([entry.action for entry in entries], dtype=np.int64)[is_harmless]
        readings[:, unit, columns] = (
            harmless[:, alone].all(axis=1),
            harmless[:, own].all(axis=1),
            counts == counts.max(initial=0),
        )
    return readings


def _find_nearest(examined: _Examined, actions: int) -> Mask:
    """Find the actions that explain most without clearing content of the output, bool [unit, action]."""
    reading = np.zeros((len(examined.possible), actions), dtype=np.bool_)
    for unit, entries in enumerate(examined.possible):
        counts = {entry.action: int(entry.explained.sum()) for entry in entries if not entry.damaged.any()}
        most = max(counts.values(), default=0)
        reading[unit, [action for action, count in counts.items() if count == most]] = True
    return reading


def _stack(rows: Sequence[Mask], cells: int) -> Mask:
    """Stack flags of cells, bool [row, cell]; there may be no row."""
    return np.array(rows, dtype=np.bool_).reshape(-1, cells)
