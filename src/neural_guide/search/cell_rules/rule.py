"""Cell rules over programs, and explanations over the states of a search."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from neural_guide.arc.grid import Grid
from neural_guide.dsl.program import Program
from neural_guide.search.cell_rules.cell_trees import CellLeaf
from neural_guide.search.cell_rules.feature import ProgramFeature, StateFeature
from neural_guide.search.cell_rules.features import evaluate_features
from neural_guide.search.cell_rules.lines import PREVIOUS_LINE_FEATURES
from neural_guide.search.cell_rules.prediction import predict_cells

_MAX_DESCRIBED = 4  # cases of one outcome in a description


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
    def family(self) -> Literal["cells", "lines"]:
        """Family of explanations, see `search.candidates.Family`."""
        return "lines" if self.direction else "cells"

    @property
    def programs(self) -> tuple[Program, ...]:
        """Programs of all states that the rule tests or copies, each once."""
        return tuple(dict.fromkeys(reference.program for reference in self.all_features))

    def predict(self, grids: Mapping[Program, Grid]) -> Grid | None:
        """Predict the output from the results of `programs`, see `apply_rule`."""
        return apply_rule(self, grids)

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

    @property
    def family(self) -> Literal["cells", "lines"]:
        """Family of explanations that the rule belongs to, see `search.candidates.Family`."""
        return "lines" if self.direction else "cells"


def list_cases(
    leaves: Sequence[CellLeaf], references: Sequence[StateFeature], copies: Sequence[int]
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
        The predicted grid, where cells that fit no case follow the most alike one. None if a cell copies a value that
        is no colour, if a grid does not have a feature of the rule, or if the grids differ in shape.
    """
    references = {reference for reference in rule.all_features if reference.feature not in PREVIOUS_LINE_FEATURES}
    features = {
        ProgramFeature(program, name): values
        for program, grid in grids.items()
        for name, values in evaluate_features(
            grid, {reference.feature for reference in references if reference.program == program}
        ).items()
    }
    shape, *other_shapes = {grid.shape for grid in grids.values()}
    if other_shapes or not features.keys() >= references:
        return None
    return predict_cells(rule.features, rule.cases, features, shape, rule.direction, nearest=True)


def _shorten(values: Sequence[str]) -> str:
    more = [f"{len(values) - _MAX_DESCRIBED} more"] if len(values) > _MAX_DESCRIBED else []
    return ", ".join([*values[:_MAX_DESCRIBED], *more])
