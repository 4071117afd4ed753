"""The guide as a policy over the states of one task, queried while a search reaches them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.arc.task import Task
from neural_guide.dsl.vocabulary import PRIMITIVES
from neural_guide.features.executed import Target
from neural_guide.guide.compiled_inference import infer_steps
from neural_guide.guide.guide import MAX_PAIRS, Guide
from neural_guide.search.prior import PolicyOutput

Floats = npt.NDArray[np.float64]


class TaskPolicy:
    """Predict the next steps from any state of a task.

    It reads executed features alone, whose cost the search has nearly paid by expanding the state. The grids would
    improve the prediction of which primitives are needed a little, and take three times as long.

    Args:
        guide: guide that predicts steps from executed features.
        task: task whose first five pairs are used.
    """

    def __init__(self, guide: Guide, task: Task) -> None:
        assert guide.branch is not None
        assert guide.steps is not None, "this guide predicts no steps"
        self._guide, self._task, self._branch, self._steps = guide, task, guide.branch, guide.steps
        self._targets: list[Target] = []  # computed at the first query, since they execute primitives

    def __call__(self, grids: Sequence[Grid], results: Sequence[Sequence[Grid | None]]) -> PolicyOutput:
        """Probabilities of each primitive to come next, to be needed at all, and to come after each next one.

        Args:
            grids: the state of every pair.
            results: output of each primitive on each grid, in the order of the vocabulary; None: does not apply.
        """
        if not self._targets:
            primitives = [PRIMITIVES[name] for name in self._guide.vocabulary.names]
            self._targets = [Target(pair.output, primitives) for pair in self._task.pairs[:MAX_PAIRS]]
        pairs = zip(self._targets, grids, results, strict=False)  # grids beyond MAX_PAIRS are ignored
        features = np.stack([target.compute_features(grid, outputs) for target, grid, outputs in pairs])
        logits, transition = infer_steps(features, self._branch, self._steps)
        next_primitive, remaining = logits.astype(np.float64).T
        return PolicyOutput(
            next_primitive=_softmax(next_primitive),
            remaining=1 / (1 + np.exp(-remaining)),
            transition=_softmax(transition.astype(np.float64)),
        )


def _softmax(logits: Floats) -> Floats:
    """Softmax along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return shares
