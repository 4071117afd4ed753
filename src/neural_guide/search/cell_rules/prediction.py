"""Prediction of grids by cases: each cell takes the outcome of the case that its features match."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.dsl.cells import OUTSIDE
from neural_guide.runtime.cache_folders import compile_cached
from neural_guide.search.cell_rules.feature import FeatureReference
from neural_guide.search.cell_rules.lines import PREVIOUS_LINE_FEATURES, orient_lines, restore_orientation
from neural_guide.search.rule_learning.tree import VALUE_COUNT

_ANY = -1  # in the values of a case: it does not test the feature
_COPY = -1  # in the colours of outcomes: the case copies a feature
_GIVEN = -1  # in the sources of features: the values are given, not those of previous lines

ReferenceT = TypeVar("ReferenceT", bound=FeatureReference)
Integers = npt.NDArray[np.int64]


def predict_cells(
    references: Sequence[ReferenceT],
    cases: Sequence[tuple[tuple[int, ...], int | ReferenceT]],
    features: Mapping[ReferenceT, Grid],
    shape: tuple[int, ...],
    direction: str = "",
    *,
    nearest: bool = False,
) -> Grid | None:
    """Predict the cells of one grid.

    Args:
        references: features to test, in order.
        cases: values and outcome of each class of cells, see `rule.Case`.
        features: values of all features, `PREVIOUS_LINE_FEATURES` left out.
        shape: rows and columns of the grid.
        direction: direction of the lines, whose previous lines are the predicted ones; empty: all cells at once.
        nearest: whether a cell that fits no case takes the outcome of the case that shares the most first values, of
            equal ones that whose next value is nearest.

    Returns:
        The predicted grid; None if a cell fits no case, or copies a value that is no colour.
    """
    copies = list(dict.fromkeys(outcome for _, outcome in cases if not isinstance(outcome, int)))
    used = [*references, *copies]
    sources = [_find_source(reference) for reference in used]
    unknown: Grid = np.zeros(shape, dtype=np.uint8)
    grids = [
        orient_lines(features[reference] if source == _GIVEN else unknown, direction)
        for reference, source in zip(used, sources, strict=True)
    ]
    lines = predict_lines(
        np.stack(grids) if grids else np.zeros((0, *orient_lines(unknown, direction).shape), np.uint8),
        np.array(sources, dtype=np.int64),
        _encode_values(references, cases),
        np.array([outcome if isinstance(outcome, int) else _COPY for _, outcome in cases], dtype=np.int64),
        np.array(
            [0 if isinstance(outcome, int) else len(references) + copies.index(outcome) for _, outcome in cases],
            dtype=np.int64,
        ),
        nearest,
    )
    return None if (lines >= COLOURS).any() else restore_orientation(lines, direction)


def _find_source(reference: FeatureReference) -> int:
    """Return the index of a feature of previous lines; `_GIVEN` for any other feature."""
    name = reference.feature
    return PREVIOUS_LINE_FEATURES.index(name) if name in PREVIOUS_LINE_FEATURES else _GIVEN


def _encode_values(
    references: Sequence[ReferenceT], cases: Sequence[tuple[tuple[int, ...], int | ReferenceT]]
) -> Integers:
    """Return the values that each case tests, int64 [case, feature], `_ANY` beyond its own."""
    values = np.full((len(cases), len(references)), _ANY, dtype=np.int64)
    for row, (tested, _) in zip(values, cases, strict=True):
        row[: len(tested)] = tested
    return values


@compile_cached(nogil=True)
def predict_lines(
    features: Grid, sources: Integers, values: Integers, colours: Integers, copies: Integers, nearest: bool
) -> Grid:
    """Predict a grid row by row; features of previous rows come from the predicted ones.

    Args:
        features: uint8 [feature, row, column]: the features to test, then those to copy.
        sources: int64 [feature], index in `PREVIOUS_LINE_FEATURES`; -1 where the values are given.
        values: int64 [case, feature to test], value that the case tests for; -1: any.
        colours: int64 [case], colour that its cells become; -1: they copy a feature.
        copies: int64 [case], index of the feature to copy.
        nearest: whether a cell without a case takes the nearest one, see `predict_cells`.

    Returns:
        uint8 [row, column]; `VALUE_COUNT` where no case matches. Rows after one without a colour are not predicted.
    """
    cases, tested = values.shape
    count, rows, columns = features.shape
    predicted = np.full((rows, columns), VALUE_COUNT, np.uint8)
    cell = np.empty(count, np.int64)
    for row in range(rows):
        is_known = True
        for column in range(columns):
            for feature in range(count):
                source = sources[feature]
                if source < 0:
                    cell[feature] = features[feature, row, column]
                    continue
                above = row - (2 if source == 3 else 1)  # in the order of `PREVIOUS_LINE_FEATURES`
                beside = column - 1 if source == 1 else column + 1 if source == 2 else column
                is_inside = above >= 0 and 0 <= beside < columns
                cell[feature] = predicted[above, beside] if is_inside else OUTSIDE
            chosen, most, least = -1, -1, 0
            for case in range(cases):
                shared, distance = 0, 0
                while shared < tested and values[case, shared] in (_ANY, cell[shared]):
                    shared += 1
                if shared < tested:
                    distance = abs(values[case, shared] - cell[shared])
                if shared == tested or (nearest and (shared > most or (shared == most and distance < least))):
                    chosen, most, least = case, shared, distance
                if shared == tested:
                    break
            if chosen >= 0:
                predicted[row, column] = colours[chosen] if colours[chosen] >= 0 else cell[copies[chosen]]
            is_known = is_known and predicted[row, column] < COLOURS
        if not is_known:
            break
    return predicted
