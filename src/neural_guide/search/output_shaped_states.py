"""States that have the shapes of the outputs: what can be laid over each other, or looked at cell by cell."""

from collections.abc import Sequence

from neural_guide.arc.grid import Grid
from neural_guide.search.output_size import Shape
from neural_guide.search.state_space import Space, State


class Fitting:
    """Collects the states of a space that have the outputs' shapes; of those equal on all pairs the cheapest.

    Args:
        space: that a search walks through.
        outputs: of the pairs.
        guess: the shapes of the outputs of the tests; states of other shapes are left out. None: any.
    """

    def __init__(self, space: Space, outputs: Sequence[Grid], guess: tuple[Shape, ...] | None = None) -> None:
        self._space, self._guess = space, guess
        self._shapes = [output.shape for output in outputs]
        self._groups: dict[tuple[Shape, ...], dict[State, int]] = {}  # by the shapes at the tests
        self._looked = 0

    def __len__(self) -> int:
        return sum(map(len, self._groups.values()))

    def groups(self) -> list[list[int]]:
        """The states met so far, the cheapest first; those of a group have the same shapes at the tests."""
        space = self._space
        for state in range(self._looked, len(space)):
            if not space.is_list(state):
                self._sort_in(state)
        self._looked = len(space)
        return [sorted(group.values(), key=space.cost) for group in self._groups.values()]

    def _sort_in(self, state: int) -> None:
        space, pairs, grids = self._space, len(self._shapes), self._space.grids.grids
        numbers = space.numbers_of(state)
        if any(grids[number].shape != shape for number, shape in zip(numbers, self._shapes, strict=False)):
            return
        tests = tuple(grids[number].shape for number in numbers[pairs:])
        if self._guess is not None and tests != self._guess:
            return
        group = self._groups.setdefault(tests, {})
        known = group.get(numbers[:pairs])
        if known is None or space.cost(state) < space.cost(known):
            group[numbers[:pairs]] = state
