"""Shapes of the test outputs, predicted from the pairs."""

from collections.abc import Callable, Sequence

import numpy as np

from neural_guide.arc.grid import Grid, find_max_side
from neural_guide.dsl.cells import list_content_colours

Shape = tuple[int, int]
ShapeRule = Callable[[Grid], Shape]
"""Function from an input to the shape of its output."""
_Rule = Callable[[Grid], int]

_RATIOS = (2, 3, 4, 5, 6)


def guess_output_shapes(
    inputs: Sequence[Grid], outputs: Sequence[Grid], test_inputs: Sequence[Grid]
) -> tuple[Shape, ...] | None:
    """Predict rows and columns of each test output; None: no simple rule holds for all pairs.

    Height and width each follow the first rule that holds: equal to the input's, a multiple, constant, a fraction, the
    input's other side, the input's side plus a constant, a multiple or a fraction of the other side, one of the sides
    times the number of colours or of cells with content, or copies of the side that share their edges.

    Args:
        inputs: grids of the pairs.
        outputs: grids of the pairs, one or more.
        test_inputs: grids of the tests.
    """
    rule = find_shape_rule(inputs, outputs)
    if rule is None:
        return None
    shapes = tuple(map(rule, test_inputs))
    return shapes if are_possible(shapes, (*inputs, *outputs, *test_inputs)) else None


def are_possible(shapes: Sequence[Shape], grids: Sequence[Grid]) -> bool:
    """Return whether grids of these shapes may be made in a task of some grids: not empty, and not too large."""
    max_side = find_max_side(*grids)
    return all(1 <= side <= max_side for shape in shapes for side in shape)


def find_shape_rule(inputs: Sequence[Grid], outputs: Sequence[Grid]) -> ShapeRule | None:
    """Find the rule of the outputs' shapes, see `guess_output_shapes`; None: no simple rule holds for all pairs."""
    rules = [_find_rule(inputs, [output.shape[axis] for output in outputs], axis) for axis in (0, 1)]
    height_rule, width_rule = rules
    if height_rule is None or width_rule is None:
        return None
    return lambda grid: (height_rule(grid), width_rule(grid))


def _find_rule(inputs: Sequence[Grid], sides: Sequence[int], axis: int) -> _Rule | None:
    """Return the first rule for a side that holds for all pairs."""
    difference = sides[0] - inputs[0].shape[axis]
    other = 1 - axis
    rules: list[_Rule] = [
        lambda grid: grid.shape[axis],
        *(lambda grid, ratio=ratio: grid.shape[axis] * ratio for ratio in _RATIOS),
        lambda _: sides[0],
        *(lambda grid, ratio=ratio: grid.shape[axis] // ratio for ratio in _RATIOS),
        lambda grid: grid.shape[other],
        lambda grid: grid.shape[axis] + difference,
        *(lambda grid, ratio=ratio: grid.shape[other] * ratio for ratio in _RATIOS),
        *(lambda grid, ratio=ratio: grid.shape[other] // ratio for ratio in _RATIOS),
        *(lambda grid, side=side: grid.shape[side] * len(list_content_colours(grid)) for side in (axis, other)),
        *(lambda grid, side=side: grid.shape[side] * int(np.count_nonzero(grid)) for side in (axis, other)),
        *(lambda grid, ratio=ratio: (grid.shape[axis] - 1) * ratio + 1 for ratio in _RATIOS),
    ]
    return next((rule for rule in rules if list(map(rule, inputs)) == list(sides)), None)
