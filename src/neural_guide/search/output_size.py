"""Shapes of the test outputs, predicted from the pairs."""

from collections.abc import Callable, Sequence

from neural_guide.arc.grid import Grid, find_max_side

Shape = tuple[int, int]
ShapeRule = Callable[[Shape], Shape]
"""Function from the shape of an input to that of its output."""
_Rule = Callable[[Shape], int]

_RATIOS = (2, 3, 4, 5, 6)


def guess_output_shapes(
    inputs: Sequence[Grid], outputs: Sequence[Grid], test_inputs: Sequence[Grid]
) -> tuple[Shape, ...] | None:
    """Predict rows and columns of each test output; None: no simple rule holds for all pairs.

    Height and width each follow the first rule that holds: equal to the input's, constant, a multiple, a fraction, the
    input's other side, the input's side plus a constant, or a multiple or a fraction of the other side.

    Args:
        inputs: grids of the pairs.
        outputs: grids of the pairs, one or more.
        test_inputs: grids of the tests.
    """
    rule = find_shape_rule(inputs, outputs)
    if rule is None:
        return None
    shapes = tuple(rule(grid.shape) for grid in test_inputs)
    max_side = find_max_side(*inputs, *outputs, *test_inputs)
    return shapes if all(1 <= side <= max_side for shape in shapes for side in shape) else None


def find_shape_rule(inputs: Sequence[Grid], outputs: Sequence[Grid]) -> ShapeRule | None:
    """Find the rule of the outputs' shapes, see `guess_output_shapes`; None: no simple rule holds for all pairs."""
    input_shapes = [grid.shape for grid in inputs]
    rules = [_find_rule(input_shapes, [output.shape[axis] for output in outputs], axis) for axis in (0, 1)]
    height_rule, width_rule = rules
    if height_rule is None or width_rule is None:
        return None
    return lambda shape: (height_rule(shape), width_rule(shape))


def _find_rule(input_shapes: Sequence[Shape], sides: Sequence[int], axis: int) -> _Rule | None:
    """Return the first rule for a side that holds for all pairs."""
    difference = sides[0] - input_shapes[0][axis]
    rules: list[_Rule] = [
        lambda shape: shape[axis],
        lambda _: sides[0],
        *(lambda shape, ratio=ratio: shape[axis] * ratio for ratio in _RATIOS),
        *(lambda shape, ratio=ratio: shape[axis] // ratio for ratio in _RATIOS),
        lambda shape: shape[1 - axis],
        lambda shape: shape[axis] + difference,
        *(lambda shape, ratio=ratio: shape[1 - axis] * ratio for ratio in _RATIOS),
        *(lambda shape, ratio=ratio: shape[1 - axis] // ratio for ratio in _RATIOS),
    ]
    return next((rule for rule in rules if list(map(rule, input_shapes)) == list(sides)), None)
