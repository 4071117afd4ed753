"""Diagnosis over all predictions of a split: calibration, and confusions of primitives."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.reporting.gallery import THRESHOLD
from neural_guide.reporting.results import SplitPredictions

BINS = 10  # equal bins of a reliability diagram


class Bin(NamedTuple):
    """Predictions with similar probabilities.

    Attributes:
        size: number of predictions, one for each task and primitive.
        probability: mean predicted probability.
        frequency: share of true labels.
    """

    size: int
    probability: float
    frequency: float


class Confusion(NamedTuple):
    """A missed primitive and a falsely predicted one, with the number of tasks that have both."""

    missed: str
    predicted: str
    tasks: int


def bin_by_probability(predictions: SplitPredictions, bins: int = BINS) -> list[Bin]:
    """Probability against frequency in equal bins over [0, 1], over all primitives; empty bins are left out."""
    probabilities, labels = predictions.probabilities.ravel(), predictions.labels.ravel()
    positions = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    counts = np.bincount(positions, minlength=bins)
    means = np.bincount(positions, weights=probabilities, minlength=bins)
    hits = np.bincount(positions, weights=labels, minlength=bins)
    return [
        Bin(int(count), float(mean / count), float(hit / count))
        for count, mean, hit in zip(counts, means, hits, strict=True)
        if count
    ]


def count_confusions(predictions: SplitPredictions) -> npt.NDArray[np.int64]:
    """Number of tasks with a missed and a falsely predicted primitive, int64 [missed, predicted]."""
    predicted = predictions.probabilities >= THRESHOLD
    missed = (predictions.labels & ~predicted).astype(np.int64)
    false_alarms = (~predictions.labels & predicted).astype(np.int64)
    counts: npt.NDArray[np.int64] = missed.T @ false_alarms
    return counts


def list_confusions(counts: npt.NDArray[np.int64], vocabulary: Vocabulary, limit: int) -> list[Confusion]:
    """The most frequent confusions, at most `limit`, the most frequent first."""
    order = np.argsort(-counts, axis=None, kind="stable")[:limit]
    cells = [divmod(int(index), counts.shape[1]) for index in order]
    names = vocabulary.names
    return [
        Confusion(names[row], names[column], int(counts[row, column])) for row, column in cells if counts[row, column]
    ]
