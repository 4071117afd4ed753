"""Cell rules over programs, explanations over the states of a search, and the prediction of grids from both."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.dsl.program import Program
from neural_guide.search.cell_rules.feature import VALUE_COUNT, FeatureReference, ProgramFeature, StateFeature
from neural_guide.search.cell_rules.features import evaluate_features
from neural_guide.search.cell_rules.lines import PREVIOUS_LINE_FEATURES, orient_lines, read_previous_lines
from neural_guide.search.cell_rules.tree import Leaf

_MAX_DESCRIBED = 4  # cases of one outcome in a description

ReferenceT = TypeVar("ReferenceT", bound=FeatureReference)


class Case(NamedTuple):
    """A class of cells and its outcome.

    Attributes:
        values: values of the first features of the rule.
        outcome: colour that these cells become, or the feature that they copy.
    """

    values: tuple[int, ...]
    outcome: int | ProgramFeature


class CellRule(NamedTuple):
    """A decision tree that gives every cell a colour.

    Attributes:
        features: features to test in this order; a cell's case may need only the first of them.
        cases: classes of cells, disjoint.
        direction: direction of the lines, see `lines`; empty: all cells at once.
    """

    features: tuple[ProgramFeature, ...]
    cases: tuple[Case, ...]
    direction: str = ""

    @property
    def programs(self) -> tuple[Program, ...]:
        """Programs of all states that the rule tests or copies, each once."""
        return tuple(dict.fromkeys(reference.program for reference in self.all_features))

    @property
    def description(self) -> str:
        """One line for people: the features, and for each outcome the values that lead to it, `*` for any."""
        values_by_outcome: dict[str, list[str]] = {}
        for values, outcome in self.cases:
            name = outcome.description if isinstance(outcome, ProgramFeature) else str(outcome)
            words = [*map(str, values), *["*"] * (len(self.features) - len(values))]
            values_by_outcome.setdefault(name, []).append(" ".join(words))
        cases = "; ".join(f"{_shorten(values)} > {name}" for name, values in values_by_outcome.items())
        scope = f"cells, line by line {self.direction}," if self.direction else "cells"
        return f"{scope} by {', '.join(reference.description for reference in self.features)}: {cases}"

    @property
    def all_features(self) -> tuple[ProgramFeature, ...]:
        """Features to test, then features to copy."""
        return (*self.features, *(case.outcome for case in self.cases if isinstance(case.outcome, ProgramFeature)))


class Explanation(NamedTuple):
    """A rule over the states of a search that is right for all pairs.

    Attributes:
        features: features to test in this order, see `CellRule`.
        cases: values and outcome of each class of cells, see `Case`.
        answers: predicted outputs, one a test.
        cost: description length in nats.
        support: see `tree.Tree`.
        direction: see `CellRule`.
    """

    features: tuple[StateFeature, ...]
    cases: tuple[tuple[tuple[int, ...], int | StateFeature], ...]
    answers: tuple[Grid, ...]
    cost: float
    support: float
    direction: str = ""


def list_cases(
    leaves: Sequence[Leaf], references: Sequence[StateFeature], copies: Sequence[int]
) -> tuple[tuple[tuple[int, ...], int | StateFeature], ...]:
    """List the leaves of a tree as cases of an explanation.

    Args:
        leaves: leaves of the tree.
        references: features that the tree was fitted on.
        copies: indices of the features that the tree may copy.
    """
    return tuple((path, references[copies[action]] if is_copy else action) for path, is_copy, action in leaves)


def apply_rule(rule: CellRule, grids: Mapping[Program, Grid]) -> Grid | None:
    """Predict the output of one input.

    Args:
        rule: a rule of cells.
        grids: results of the rule's programs on the input.

    Returns:
        The predicted grid; None if a cell fits no case, copies a value that is no colour, or the grid does not have a
        feature of the rule.
    """
    references = {reference for reference in rule.all_features if reference.feature not in PREVIOUS_LINE_FEATURES}
    features = {
        ProgramFeature(program, name): values
        for program, grid in grids.items()
        for name, values in evaluate_features(
            grid, {reference.feature for reference in references if reference.program == program}
        ).items()
    }
    if not features.keys() >= references:
        return None
    shape = next(iter(grids.values())).shape
    return predict_cells(rule.features, rule.cases, features, shape, rule.direction)


def predict_cells(
    references: Sequence[ReferenceT],
    cases: Sequence[tuple[tuple[int, ...], int | ReferenceT]],
    features: Mapping[ReferenceT, Grid],
    shape: tuple[int, ...],
    direction: str = "",
) -> Grid | None:
    """Predict the cells of one grid.

    Args:
        references: features to test, in order.
        cases: values and outcome of each class of cells, see `Case`.
        features: values of all features, `PREVIOUS_LINE_FEATURES` left out.
        shape: rows and columns of the grid.
        direction: direction of the lines, whose previous lines are the predicted ones; empty: all cells at once.

    Returns:
        The predicted grid; None if a cell fits no case, or copies a value that is no colour.
    """
    predicted = np.full(shape, VALUE_COUNT, dtype=np.uint8)
    if not direction:
        _write_outcomes(predicted, references, cases, features)
        return None if (predicted >= COLOURS).any() else predicted
    oriented = {reference: orient_lines(values, direction) for reference, values in features.items()}
    used = (*references, *(outcome for _, outcome in cases if not isinstance(outcome, int)))
    lines = orient_lines(predicted, direction)
    for row, line in enumerate(lines):
        previous = read_previous_lines(lines, row)
        line_features = {
            reference: previous[reference.feature]
            if reference.feature in PREVIOUS_LINE_FEATURES
            else oriented[reference][row]
            for reference in used
        }
        _write_outcomes(line, references, cases, line_features)
        if (line >= COLOURS).any():
            return None
    return predicted


def _write_outcomes(
    predicted: Grid,
    references: Sequence[ReferenceT],
    cases: Sequence[tuple[tuple[int, ...], int | ReferenceT]],
    features: Mapping[ReferenceT, Grid],
) -> None:
    """Write the outcome of every cell that fits a case, in place."""
    for values, outcome in cases:
        is_member = np.ones(predicted.shape, dtype=bool)
        for reference, value in zip(references, values, strict=False):
            is_member &= features[reference] == value
        predicted[is_member] = outcome if isinstance(outcome, int) else features[outcome][is_member]


def _shorten(values: Sequence[str]) -> str:
    more = [f"{len(values) - _MAX_DESCRIBED} more"] if len(values) > _MAX_DESCRIBED else []
    return ", ".join([*values[:_MAX_DESCRIBED], *more])
