"""Decision trees over the features of cells: a leaf is a colour, or copies a colour feature."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS
from neural_guide.search.rule_learning.split_counts import Bytes, Integers
from neural_guide.search.rule_learning.tree import Examples, fit_trees


class FeatureMatrix(NamedTuple):
    """Features of every cell; cells of all pairs come first, then those of the tests.

    Attributes:
        values: uint8 [feature, cell], below `VALUE_COUNT`.
        costs: float64 [feature], nats.
        outputs: uint8 [cell of a pair], true output of the cell.
        pair_indices: int64 [cell of a pair], index of the cell's pair.
        copies: uint8 [copy, cell], values of the features that a leaf may copy.
        copy_costs: float64 [copy], nats of copying each.
    """

    values: Bytes
    costs: npt.NDArray[np.float64]
    outputs: Bytes
    pair_indices: Integers
    copies: Bytes
    copy_costs: npt.NDArray[np.float64]


class CellLeaf(NamedTuple):
    """Action of a class of cells.

    Attributes:
        path: values of the class in the first features.
        is_copy: whether the action is a copy.
        action: index of the copy, or the colour that the cells become.
    """

    path: tuple[int, ...]
    is_copy: bool
    action: int


class CellTree(NamedTuple):
    """A tree that is right for every cell of the pairs; attributes as of `rule_learning.tree.Tree`.

    The answers are uint8 [cell of a test], predicted colours.
    """

    splits: tuple[int, ...]
    leaves: tuple[CellLeaf, ...]
    cost: float
    support: float
    answers: Bytes


def fit_cell_trees(matrix: FeatureMatrix, breadth: int) -> list[CellTree]:
    """Fit trees that are right for every cell of the pairs, see `rule_learning.tree.fit_trees`.

    Args:
        matrix: features of every cell; without test cells the trees have no answers.
        breadth: partial trees that the beam keeps, and features that split each of them.
    """
    cells, colours = len(matrix.outputs), np.unique(matrix.outputs)
    constants = len(colours)
    is_right = np.hstack((matrix.outputs[:, None] == colours, (matrix.copies[:, :cells] == matrix.outputs).T))
    examples = Examples(
        values=matrix.values,
        costs=matrix.costs,
        order_costs=matrix.costs,
        is_right=is_right.view(np.uint8),
        action_costs=np.concatenate((np.ones(constants), matrix.copy_costs)),
        is_constant=np.arange(is_right.shape[1]) < constants,
        pair_indices=matrix.pair_indices,
    )
    tests = matrix.copies[:, cells:]
    outcomes = np.vstack((np.repeat(colours[:, None], tests.shape[1], axis=1), tests))

    def predict(actions: Integers) -> Bytes | None:
        answers: Bytes = outcomes[actions[cells:], np.arange(tests.shape[1])].astype(np.uint8)
        return None if (answers >= COLOURS).any() else answers

    return [
        CellTree(
            tree.splits,
            tuple(
                CellLeaf(path, action >= constants, action - constants if action >= constants else int(colours[action]))
                for path, action in tree.leaves
            ),
            tree.cost,
            tree.support,
            tree.answers,
        )
        for tree in fit_trees(examples, predict, breadth)
        if tree.splits  # else a state is the output
    ]
