"""A guide asked about the states of one task, as a search comes across them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.arc.task import Task
from neural_guide.dsl.vocabulary import PRIMITIVES
from neural_guide.features.executed import Target
from neural_guide.guide.compiled_inference import ask
from neural_guide.guide.guide import MOST_PAIRS, Guide

Floats = npt.NDArray[np.float64]


class TaskAdvisor:
    """Answers what a search asks about the states of a task.

    Executed features alone are looked at, which the search has nearly paid for by expanding the state: the grids beside
    them would tell a little more about which primitives are needed at all, and take three times as long.

    Args:
        guide: trained on executed features.
        task: its first five pairs are looked at.
    """

    def __init__(self, guide: Guide, task: Task) -> None:
        self._guide, self._task = guide, task
        self._targets: list[Target] = []  # made when first asked: they execute primitives

    def __call__(
        self, grids: Sequence[Grid], results: Sequence[Sequence[Grid | None]]
    ) -> tuple[Floats, Floats, Floats]:
        """Chances of each primitive to come next (summing to 1), to be needed at all, and to come after each.

        Args:
            grids: the state of every pair.
            results: what each primitive makes of each, in the order of the vocabulary; None: does not apply.

        Returns:
            float64 [vocabulary] twice, and [vocabulary, vocabulary], rows summing to 1: the step after each next one.
        """
        if not self._targets:
            primitives = [PRIMITIVES[name] for name in self._guide.vocabulary.names]
            self._targets = [Target(pair.output, primitives) for pair in self._task.pairs[:MOST_PAIRS]]
        shown = zip(self._targets, grids, results, strict=False)  # of more pairs than MOST_PAIRS the first
        features = np.stack([target.compute_features(grid, made) for target, grid, made in shown])
        answers, second = ask(features, self._guide.weights)
        following, needed = answers.astype(np.float64).T
        return _shares(following), 1 / (1 + np.exp(-needed)), _shares(second.astype(np.float64))


def _shares(logits: Floats) -> Floats:
    """Chances that sum to 1 along the last axis."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return shares
