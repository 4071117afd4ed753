"""The priors that a search can follow, by name: the guide, base rates of training, the uniform one, the oracle."""

from collections.abc import Sequence
from functools import cache, partial

import numpy as np
import numpy.typing as npt

from neural_guide.arc.task import Task
from neural_guide.dsl.vocabulary import PRIMITIVES, Vocabulary
from neural_guide.guide.guide import Guide
from neural_guide.guide.search_queries import TaskPolicy
from neural_guide.search.prior import LatePrior, Prior, SearchPrior

_RARE = 0.01  # added to probabilities, so that rare words get no extreme lift


def build_guide_prior(guide: Guide, task: Task) -> Prior:
    """The guide's prior of a task.

    A guide that predicts steps is queried about the inputs and about later states. Another one is queried only once;
    one of all words gives lifts beside the probabilities of primitives.
    """
    if guide.predicts_words:
        return _build_word_prior(guide, task)
    return Prior(policy=TaskPolicy(guide, task)) if guide.predicts_steps else Prior(guide.probabilities(task))


def build_search_prior(guide: Guide, task: Task) -> SearchPrior:
    """Return the guide's prior of a search under all transforms of a task, computed when it is needed.

    A guide of words is queried once, about the task as it is: what explains it does so under any transform.
    """
    if guide.predicts_words:
        return LatePrior(cache(partial(build_guide_prior, guide, task)))
    return partial(build_guide_prior, guide)


def _build_word_prior(guide: Guide, task: Task) -> Prior:
    probabilities = guide.probabilities(task).astype(np.float64)
    lifts = (probabilities + _RARE) / (guide.baselines.base_rates.astype(np.float64) + _RARE)
    return Prior(
        _select_programs(guide, probabilities) + _RARE / len(guide.programs),
        lifts={
            name: lift
            for name, lift in zip(guide.vocabulary.names, lifts.tolist(), strict=True)
            if name not in PRIMITIVES
        },
    )


def _select_programs(guide: Guide, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Select the values of the primitives of programs; newer ones than the guide have the mean of the others.

    Args:
        guide: the guide.
        values: float64 [vocabulary of the guide].
    """
    known = dict(zip(guide.vocabulary.names, values.tolist(), strict=True))
    mean = float(np.mean([known[name] for name in guide.programs.names if name in known]))
    return np.array([known.get(name, mean) for name in guide.programs.names])


def build_frequency_prior(guide: Guide) -> Prior:
    """The share of the guide's training tasks that use each primitive, the same for every task."""
    return Prior(_select_programs(guide, guide.baselines.base_rates.astype(np.float64)))


def build_oracle_prior(vocabulary: Vocabulary, program: Sequence[str]) -> Prior:
    """The true set of primitives, without their order."""
    return Prior(vocabulary.encode_labels(set(program)).astype(np.float64))
