"""Table of all features of every cell of the pairs and of the tests."""

from collections.abc import Iterable, Sequence
from copy import copy

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.search.cell_rules.feature import COLOUR, CONTENT, Feature, StateFeature
from neural_guide.search.cell_rules.features import compute_features
from neural_guide.search.cell_rules.stencils import Stencil, apply_stencil, find_stencils
from neural_guide.search.output_size import Shape
from neural_guide.search.state_space import StateSpace

_MAX_STATES = 250  # the shortest states, whose cells are features
_MAX_CONTENT_STATES = 60  # of them, those whose content is a feature of its own
_CONTENT_COST = 0.5  # nats beside the cost of the state
_STATE_COST = 1.0  # nats of using a state, beside its program
_STENCIL_COST = 4.0  # nats beside the cost of the state
_MARK_COST, _MAX_MARKS = 0.2, 30  # nats of each mark, and the number of marks that cost
_MAX_VALUES = 1_500_000  # of all features together; larger grids leave fewer states


class FeatureTable:
    """Features of some states, each different one once.

    Args:
        space: space of a search.
        states: states that have the shapes of the outputs, and the same shapes at the tests; the shortest first.
        outputs: outputs of the pairs.

    Attributes:
        shapes: shapes of the predicted outputs: of the left-out pair, if any, then one a test.
        outputs: uint8 [cell of a pair], true output of the cell; without the left-out pair.
        pair_indices: int64 [cell of a pair], index of the cell's pair.
        references: references to the features, in order.
        features: features in the same order, values uint8 [cell], cells of all pairs and then of the tests; a left-out
            pair counts as the first test.
    """

    def __init__(self, space: StateSpace, states: Sequence[int], outputs: Sequence[Grid]) -> None:
        self._grids, self._state = space.get_grids(states[0]), states[0]
        self._stencil_cost = space.get_cost(states[0]) + _STATE_COST + _STENCIL_COST
        self._pair_outputs = tuple(outputs)
        self.shapes: list[Shape] = [grid.shape for grid in self._grids[space.pair_count :]]
        self.outputs = concatenate_cells(outputs)
        self.pair_indices = np.repeat(np.arange(len(outputs)), [output.size for output in outputs])
        self.references: list[StateFeature] = []
        self.features: list[Feature] = []
        self._known: set[bytes] = set()
        chosen = states[: max(1, min(_MAX_STATES, _MAX_VALUES // sum(grid.size for grid in self._grids)))]
        self._add_states(space, chosen)
        self._unfitted = len(self.features)  # features that no output has a part in
        self._add_stencils()

    @property
    def pair_outputs(self) -> tuple[Grid, ...]:
        """Outputs of the pairs, without the left-out one."""
        return self._pair_outputs

    def leave_out(self, pair: int) -> "FeatureTable":
        """Return the table without one pair, whose cells become those of the first test.

        Stencils are learnt again from the other pairs.
        """
        ends = np.cumsum([grid.size for grid in self._grids])
        starts, left_out = ends - [grid.size for grid in self._grids], np.arange(len(self.features[0].values))
        is_pair = (left_out >= starts[pair]) & (left_out < ends[pair])
        is_test = left_out >= len(self.outputs)
        order = np.concatenate((np.flatnonzero(~is_pair & ~is_test), np.flatnonzero(is_pair), np.flatnonzero(is_test)))
        count = len(self._pair_outputs)
        table = copy(self)
        table._grids = (*self._grids[:pair], *self._grids[pair + 1 : count], self._grids[pair], *self._grids[count:])
        table._pair_outputs = (*self._pair_outputs[:pair], *self._pair_outputs[pair + 1 :])
        table.shapes = [self._pair_outputs[pair].shape, *self.shapes]
        table.outputs = concatenate_cells(table._pair_outputs)
        table.pair_indices = np.repeat(np.arange(count - 1), [output.size for output in table._pair_outputs])
        table.references = self.references[: self._unfitted]
        table.features = [feature._replace(values=feature.values[order]) for feature in self.features[: self._unfitted]]
        table._known = {feature.values.tobytes() for feature in table.features}
        table._add_stencils()
        return table

    @property
    def costs(self) -> npt.NDArray[np.float64]:
        """Costs of the features, float64 [feature], nats."""
        return np.array([feature.cost for feature in self.features])

    def select_tests(self, references: Iterable[StateFeature]) -> dict[StateFeature, Grid]:
        """Select the values of some features in the cells of all tests, uint8 [cell of a test]."""
        indices = {reference: index for index, reference in enumerate(self.references)}
        return {reference: self.features[indices[reference]].values[len(self.outputs) :] for reference in references}

    def split_tests(self, cells: Grid) -> list[Grid]:
        """Split the cells of all tests, uint8 [cell of a test], into one grid a test."""
        ends = np.cumsum([height * width for height, width in self.shapes])[:-1]
        return [part.reshape(shape) for part, shape in zip(np.split(cells, ends), self.shapes, strict=True)]

    def _add_states(self, space: StateSpace, states: Sequence[int]) -> None:
        colours = [concatenate_cells(space.get_grids(state)) for state in states]
        costs = [space.get_cost(state) + _STATE_COST for state in states]
        for state, cells, cost in zip(states, colours, costs, strict=True):
            self._add(state, COLOUR, Feature(cells, cost, is_colour=True))
        features_by_grid = [compute_features(grid) for grid in space.get_grids(states[0])]
        for name, (_, cost, is_colour) in features_by_grid[0].items():
            if all(name in features for features in features_by_grid):
                values = concatenate_cells([features[name].values for features in features_by_grid])
                self._add(states[0], name, Feature(values, cost + costs[0], is_colour))
        for state, cells, cost in list(zip(states, colours, costs, strict=True))[:_MAX_CONTENT_STATES]:
            self._add(state, CONTENT, Feature((cells != 0).view(np.uint8), cost + _CONTENT_COST))

    def _add_stencils(self) -> None:
        for stencil in find_stencils(self._grids[: len(self._pair_outputs)], self._pair_outputs):
            cost = self._stencil_cost + _MARK_COST * min(len(stencil.marks), _MAX_MARKS)
            values = concatenate_cells([apply_stencil(stencil, grid) for grid in self._grids])
            self._add(self._state, stencil, Feature(values, cost, is_colour=True))

    def _add(self, state: int, name: str | Stencil, feature: Feature) -> None:
        key = feature.values.tobytes()
        if key not in self._known:
            self._known.add(key)
            self.references.append(StateFeature(state, name))
            self.features.append(feature)


def concatenate_cells(grids: Sequence[Grid]) -> Grid:
    """Concatenate the cells of all grids, row by row."""
    return np.concatenate([grid.ravel() for grid in grids])
