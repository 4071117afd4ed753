"""The priors that a search can follow, by name: the guide, base rates of training, the uniform one, the oracle."""

from collections.abc import Sequence
from functools import cache, partial

import numpy as np
import numpy.typing as npt

from neural_guide.arc.task import Task
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.guide.guide import Guide
from neural_guide.guide.search_queries import TaskPolicy
from neural_guide.search.prior import LatePrior, Prior, SearchPrior

_RARE = 0.01  # added to probabilities, so that rare words get no extreme lift


def build_guide_prior(guide: Guide, task: Task) -> Prior:
    """The guide's prior of a task.

    A guide of primitives with executed features is queried about the inputs and about later states. Another one is
    queried only once; one of all words gives lifts beside the probabilities of primitives.
    """
    if predicts_words(guide):
        return _build_word_prior(guide, task)
    if guide.network.feature_shape is None:
        return Prior(guide.probabilities(task))
    return Prior(policy=TaskPolicy(guide, task))


def build_search_prior(guide: Guide, task: Task) -> SearchPrior:
    """Return the guide's prior of a search under all transforms of a task, computed when it is needed.

    A guide of words is queried once, about the task as it is: what explains it does so under any transform.
    """
    if predicts_words(guide):
        return LatePrior(cache(partial(build_guide_prior, guide, task)))
    return partial(build_guide_prior, guide)


def predicts_words(guide: Guide) -> bool:
    """Return whether a guide predicts words of the language beside primitives."""
    return len(guide.programs) < len(guide.vocabulary)


def _build_word_prior(guide: Guide, task: Task) -> Prior:
    probabilities = guide.probabilities(task).astype(np.float64)
    lifts = (probabilities + _RARE) / (guide.baselines.base_rates.double().numpy() + _RARE)
    is_primitive = _mark_programs(guide)
    names = zip(guide.vocabulary.names, lifts.tolist(), is_primitive.tolist(), strict=True)
    return Prior(
        probabilities[is_primitive] + _RARE / len(guide.programs),
        lifts={name: lift for name, lift, primitive in names if not primitive},
    )


def _mark_programs(guide: Guide) -> npt.NDArray[np.bool_]:
    """Return which names of the vocabulary a search makes programs of, bool [vocabulary]."""
    return np.isin(guide.vocabulary.names, guide.programs.names)


def build_frequency_prior(guide: Guide) -> Prior:
    """The share of the guide's training tasks that use each primitive, the same for every task."""
    return Prior(guide.baselines.base_rates.double().numpy()[_mark_programs(guide)])


def build_oracle_prior(vocabulary: Vocabulary, program: Sequence[str]) -> Prior:
    """The true set of primitives, without their order."""
    return Prior(vocabulary.encode_labels(set(program)).astype(np.float64))
