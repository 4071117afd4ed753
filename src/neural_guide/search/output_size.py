"""What size the outputs of the tests have, guessed from the pairs."""

from collections.abc import Callable, Sequence

from neural_guide.arc.grid import MAX_SIDE, Grid

Shape = tuple[int, int]
_Rule = Callable[[Shape], int]

_RATIOS = (2, 3, 4, 5, 6)


def guessed_shapes(inputs: Sequence[Grid], outputs: Sequence[Grid], tests: Sequence[Grid]) -> tuple[Shape, ...] | None:
    """Rows and columns of the output of each test; None where no simple rule holds for all pairs.

    Height and width each follow the first rule that holds: the same as the input's, always one number, a multiple, a
    part, the input's other side, or the input's side and so many more or fewer.

    Args:
        inputs: of the pairs.
        outputs: of the pairs, one or more.
        tests: inputs of the tests.
    """
    before = [grid.shape for grid in inputs]
    rules = [_rule(before, [output.shape[axis] for output in outputs], axis) for axis in (0, 1)]
    high, wide = rules
    if high is None or wide is None:
        return None
    shapes = tuple((high(grid.shape), wide(grid.shape)) for grid in tests)
    return shapes if all(1 <= side <= MAX_SIDE for shape in shapes for side in shape) else None


def _rule(before: Sequence[Shape], after: Sequence[int], axis: int) -> _Rule | None:
    """The first rule for a side that holds for all pairs."""
    more = after[0] - before[0][axis]
    rules: list[_Rule] = [
        lambda shape: shape[axis],
        lambda _: after[0],
        *(lambda shape, ratio=ratio: shape[axis] * ratio for ratio in _RATIOS),
        *(lambda shape, ratio=ratio: shape[axis] // ratio for ratio in _RATIOS),
        lambda shape: shape[1 - axis],
        lambda shape: shape[axis] + more,
    ]
    return next((rule for rule in rules if list(map(rule, before)) == list(after)), None)
