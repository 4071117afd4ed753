"""States whose grids have the shapes of the outputs: the material of layerings and of rules of cells."""

from collections.abc import Sequence

from neural_guide.arc.grid import Grid
from neural_guide.search.output_size import Shape
from neural_guide.search.state_space import State, StateSpace


class OutputShapedStates:
    """Index of the states with the outputs' shapes; of states that are equal on all pairs, the cheapest.

    Args:
        space: states of a search.
        outputs: grids of the pairs.
        test_shapes: predicted shapes of the test outputs; states of other shapes are left out. None: any shape.
    """

    def __init__(
        self, space: StateSpace, outputs: Sequence[Grid], test_shapes: tuple[Shape, ...] | None = None
    ) -> None:
        self._space, self._test_shapes = space, test_shapes
        self._shapes = [output.shape for output in outputs]
        self._groups: dict[tuple[Shape, ...], dict[State, int]] = {}  # by the shapes at the tests
        self._indexed = 0

    def __len__(self) -> int:
        return sum(map(len, self._groups.values()))

    def list_groups(self) -> list[list[int]]:
        """Return the states so far, grouped by their shapes at the tests; within a group the cheapest first."""
        space = self._space
        for state in range(self._indexed, len(space)):
            if not space.is_list(state):
                self._add(state)
        self._indexed = len(space)
        return [sorted(group.values(), key=space.get_cost) for group in self._groups.values()]

    def _add(self, state: int) -> None:
        space, pairs, grids = self._space, len(self._shapes), self._space.grids.grids
        grid_ids = space.get_ids(state)
        if any(grids[grid_id].shape != shape for grid_id, shape in zip(grid_ids, self._shapes, strict=False)):
            return
        test_shapes = tuple(grids[grid_id].shape for grid_id in grid_ids[pairs:])
        if self._test_shapes is not None and test_shapes != self._test_shapes:
            return
        group = self._groups.setdefault(test_shapes, {})
        known = group.get(grid_ids[:pairs])
        if known is None or space.get_cost(state) < space.get_cost(known):
            group[grid_ids[:pairs]] = state
