"""What every answer of a split says together: is the guide calibrated, and what does it take for what."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.reporting.gallery import THRESHOLD
from neural_guide.reporting.results import SplitPredictions

BINS = 10  # equal ones, of a reliability diagram


class Bin(NamedTuple):
    """Answers whose probabilities lie close together.

    Attributes:
        answers: their number, one a task and primitive.
        probability: their mean.
        frequency: share of them that are true.
    """

    answers: int
    probability: float
    frequency: float


class Confusion(NamedTuple):
    """A true primitive that was missed, and one that was predicted in its place, in so many tasks."""

    missed: str
    predicted: str
    tasks: int


def bin_by_probability(judged: SplitPredictions, bins: int = BINS) -> list[Bin]:
    """Probability against frequency in equal bins over [0, 1], all primitives together; empty bins are left out."""
    chances, truth = judged.probabilities.ravel(), judged.labels.ravel()
    place = np.minimum((chances * bins).astype(np.int64), bins - 1)
    counts = np.bincount(place, minlength=bins)
    means = np.bincount(place, weights=chances, minlength=bins)
    hits = np.bincount(place, weights=truth, minlength=bins)
    return [
        Bin(int(count), float(mean / count), float(hit / count))
        for count, mean, hit in zip(counts, means, hits, strict=True)
        if count
    ]


def count_confusions(judged: SplitPredictions) -> npt.NDArray[np.int64]:
    """Tasks in which a primitive was missed and another one falsely predicted, int64 [missed, predicted]."""
    predicted = judged.probabilities >= THRESHOLD
    missed = (judged.labels & ~predicted).astype(np.int64)
    alarms = (~judged.labels & predicted).astype(np.int64)
    counts: npt.NDArray[np.int64] = missed.T @ alarms
    return counts


def list_commonest_confusions(counts: npt.NDArray[np.int64], vocabulary: Vocabulary, most: int) -> list[Confusion]:
    """The confusions that occur, the commonest first; at most so many."""
    order = np.argsort(-counts, axis=None, kind="stable")[:most]
    places = [divmod(int(place), counts.shape[1]) for place in order]
    names = vocabulary.names
    return [
        Confusion(names[row], names[column], int(counts[row, column])) for row, column in places if counts[row, column]
    ]
