"""Transforms of a task under which its rule may be shorter: recoloured, turned, inputs on a canvas.

A transform changes every grid of the task, outputs by something that can be inverted. The transformed task is solved
like any other, and its answers are transformed back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.arc.task import Pair, Task
from neural_guide.search.canvases import LAYOUTS, Canvas, list_canvases
from neural_guide.search.orientations import CONTENT_ORIENTATIONS, LINE_ORIENTATIONS, ORIENTATIONS, Symmetry

Permutation = tuple[int, ...]
"""New colour of each of the ten colours; a permutation."""

_SAME_COLOURS: Permutation = tuple(range(COLOURS))
_BACKGROUND_FIRST, _COLOURS_BY_RANK, _TRANSPOSED = "background first", "colours by rank", "transposed"
_OWN_BACKGROUNDS, _OWN_BACKGROUNDS_RANKED = "own backgrounds", "own backgrounds, colours by rank"
BACKGROUND_NAMES = (_BACKGROUND_FIRST, _OWN_BACKGROUNDS)
"""Names of the transforms that give the backgrounds of the inputs colour 0."""
ORIENTATION_NAMES = tuple(f"turned {name}" for name in ORIENTATIONS)
"""Names of the transforms that turn each pair and test by what its input shows."""
CANVAS_NAMES = tuple(f"canvas {layout}" for layout in LAYOUTS)
"""Names of the transforms that draw the inputs on a canvas of the output's size."""
_COLOUR_NAMES = (_BACKGROUND_FIRST, _COLOURS_BY_RANK, _OWN_BACKGROUNDS, _OWN_BACKGROUNDS_RANKED)
TRANSFORM_NAMES = ("", *_COLOUR_NAMES, _TRANSPOSED, *ORIENTATION_NAMES, *CANVAS_NAMES)
"""Names of the transforms in the order of `list_transforms`; empty: the identity."""

_LEAST_BACKGROUND = 0.4  # share of an input's cells that have the colour of its own background
_ORIENTATION_COST = 5.0  # nats; a turn is an arbitrary choice, and others fit as often by luck


@dataclass(frozen=True)
class GridTransform:
    """A transform of the grids of a pair or test, which its input determines; it holds for new inputs too.

    It is invertible for outputs.

    Attributes:
        name: name for people; empty: the identity.
        permutation: new colour of each colour, in every grid.
        own_background: whether the most common colour of each input then changes places with colour 0.
        ranked_colours: colours, permuted already, that each pair or test numbers anew: the most common one of its input
            becomes the first of them, and so on.
        is_transposed: whether rows become columns.
        orientation: key of `ORIENTATIONS`, by which each pair or test is turned; empty: none.
        canvas: canvas that inputs are drawn on, while outputs stay; None: inputs are changed like outputs.
    """

    name: str = ""
    permutation: Permutation = _SAME_COLOURS
    own_background: bool = False
    ranked_colours: tuple[int, ...] = ()
    is_transposed: bool = False
    orientation: str = ""
    canvas: Canvas | None = None

    @property
    def cost(self) -> float:
        """Description length in nats, on top of what is found under the transform."""
        return _ORIENTATION_COST if self.orientation else 0.0

    def transform_input(self, given: Grid) -> Grid:
        """Transform an input."""
        return self.canvas.draw(given) if self.canvas else self.transform(given, given)

    def transform(self, grid: Grid, given: Grid) -> Grid:
        """Transform a grid.

        Args:
            grid: an output; or the input, where `transform_input` changes it alike.
            given: the input.
        """
        if not self.name or self.canvas:
            return grid
        table = self._rank(given)
        return self._find_symmetry(table[given]).apply(table[grid])

    def invert(self, grid: Grid, given: Grid) -> Grid:
        """Undo `transform`.

        Args:
            grid: a transformed grid.
            given: the input, not transformed.
        """
        if not self.name or self.canvas:
            return grid
        table = self._rank(given)
        return np.argsort(table).astype(np.uint8)[self._find_symmetry(table[given]).invert(grid)]

    def _find_symmetry(self, given: Grid) -> Symmetry:
        """Return the symmetry that turns the grids of a recoloured input."""
        return ORIENTATIONS[self.orientation](given) if self.orientation else Symmetry(transposes=self.is_transposed)

    def _rank(self, given: Grid) -> npt.NDArray[np.uint8]:
        """Return the new colour of each colour in the grids of an input, uint8 [10]."""
        first = np.array(self.permutation, dtype=np.uint8)
        if self.own_background:
            background = int(np.bincount(first[given].ravel(), minlength=COLOURS).argmax())
            first = np.array(_swap_with_zero(background), dtype=np.uint8)[first]
        if not self.ranked_colours:
            return first
        counts = np.bincount(first[given].ravel(), minlength=COLOURS)
        order = sorted(self.ranked_colours, key=lambda colour: (-int(counts[colour]), colour))
        table = np.arange(COLOURS, dtype=np.uint8)
        table[order] = self.ranked_colours
        return table[first]


class TaskTransform(NamedTuple):
    """A transformed task and the inverse for its answers.

    Attributes:
        grids: transform of its grids.
        task: transformed task, which is searched.
        test_inputs: test inputs of the original task.
    """

    grids: GridTransform
    task: Task
    test_inputs: tuple[Grid, ...]

    @property
    def name(self) -> str:
        """Name of the transform, for people; empty: the identity."""
        return self.grids.name

    def invert(self, answer: Grid, test: int) -> Grid:
        """Return the answer to a test of the original task.

        Args:
            answer: answer to the same test of the transformed task.
            test: index of the test.
        """
        return self.grids.invert(answer, self.test_inputs[test])


def identity_transform(task: Task) -> TaskTransform:
    """Return the transform that leaves the task as it is."""
    return TaskTransform(GridTransform(), task, task.test_inputs)


def list_transforms(task: Task) -> list[TaskTransform]:
    """Return the identity first, then the other transforms; of those that make the same task the first."""
    transforms = [identity_transform(task)]
    permutation = _background_permutation(task)
    if permutation is not None:
        transforms.append(_transform_task(task, GridTransform(_BACKGROUND_FIRST, permutation)))
    recoloured = [GridTransform(_COLOURS_BY_RANK, permutation or _SAME_COLOURS)]
    if _has_own_backgrounds(task):
        own = GridTransform(_OWN_BACKGROUNDS, own_background=True)
        transforms.append(_transform_task(task, own))
        recoloured.append(replace(own, name=_OWN_BACKGROUNDS_RANKED))
    for grids in recoloured:
        ranked_colours = _list_ranked_colours(task, grids)
        if ranked_colours:
            transforms.append(_transform_task(task, replace(grids, ranked_colours=ranked_colours)))
    transforms.append(_transform_task(task, GridTransform(_TRANSPOSED, is_transposed=True)))
    turned = [_turn(task, _SAME_COLOURS, orientation) for orientation in LINE_ORIENTATIONS]
    turned += [_turn(task, permutation or _SAME_COLOURS, orientation) for orientation in CONTENT_ORIENTATIONS]
    transforms += [transform for transform in turned if transform]
    canvases = (GridTransform(f"canvas {canvas.layout}", canvas=canvas) for canvas in list_canvases(task))
    transforms += [_transform_task(task, grids) for grids in canvases]
    return _drop_equal(transforms)


def _transform_task(task: Task, grids: GridTransform) -> TaskTransform:
    pairs = tuple(
        Pair(grids.transform_input(pair.input), grids.transform(pair.output, pair.input)) for pair in task.pairs
    )
    tests = tuple(map(grids.transform_input, task.test_inputs))
    return TaskTransform(grids, Task(task.task_id, pairs, tests), task.test_inputs)


def _turn(task: Task, permutation: Permutation, orientation: str) -> TaskTransform | None:
    """Recolour a task and turn its pairs and tests by what their inputs show; None if all are turned alike."""
    table = np.array(permutation, dtype=np.uint8)
    if len({ORIENTATIONS[orientation](table[grid]) for grid in _list_inputs(task)}) == 1:
        return None
    return _transform_task(task, GridTransform(f"turned {orientation}", permutation, orientation=orientation))


def _drop_equal(transforms: Sequence[TaskTransform]) -> list[TaskTransform]:
    """Return the transforms without those that make the same task as an earlier one."""
    first: dict[tuple[bytes, ...], TaskTransform] = {}
    for transform in transforms:
        grids = (*_list_inputs(transform.task), *(pair.output for pair in transform.task.pairs))
        first.setdefault(tuple(bytes(grid.shape) + grid.tobytes() for grid in grids), transform)
    return list(first.values())


def _background_permutation(task: Task) -> Permutation | None:
    """Return the swap of colour 0 and the most common colour of the inputs.

    None: colour 0 is the most common one, or an input lacks the most common colour.
    """
    counts = sum(np.bincount(grid.ravel(), minlength=COLOURS) for grid in _list_inputs(task))
    background = int(np.argmax(counts))
    if background == 0 or any(background not in grid for grid in _list_inputs(task)):
        return None
    return _swap_with_zero(background)


def _swap_with_zero(colour: int) -> Permutation:
    """Return the swap of colour 0 and another colour."""
    permutation = list(range(COLOURS))
    permutation[0], permutation[colour] = colour, 0
    return tuple(permutation)


def _has_own_backgrounds(task: Task) -> bool:
    """Return whether the inputs differ in their most common colours, each of which could be a background."""
    counts = [np.bincount(grid.ravel(), minlength=COLOURS) for grid in _list_inputs(task)]
    is_large = all(count.max() >= _LEAST_BACKGROUND * count.sum() for count in counts)
    return is_large and len({int(count.argmax()) for count in counts}) > 1


def _list_ranked_colours(task: Task, first: GridTransform) -> tuple[int, ...]:
    """Return the colours that not all inputs have, if numbering them by frequency changes an input.

    Colours that all inputs share, and those that only outputs have, mean the same everywhere and stay.

    Args:
        task: original task.
        first: transform applied first; the colours are those after it.
    """
    inputs = _list_inputs(task)
    colour_sets = [set(np.unique(first.transform_input(grid)).tolist()) for grid in inputs]
    outputs = (first.transform(pair.output, pair.input) for pair in task.pairs)
    output_colours = {int(colour) for output in outputs for colour in np.unique(output)}
    fixed = set.intersection(*colour_sets) | (output_colours - set.union(*colour_sets)) | {0}
    ranked_colours = tuple(colour for colour in range(COLOURS) if colour not in fixed)
    if all(colours == colour_sets[0] for colours in colour_sets):
        return ()
    changed = replace(first, ranked_colours=ranked_colours)
    is_changed = any(not np.array_equal(changed.transform_input(grid), first.transform_input(grid)) for grid in inputs)
    return ranked_colours if is_changed else ()


def _list_inputs(task: Task) -> list[Grid]:
    return [*(pair.input for pair in task.pairs), *task.test_inputs]
