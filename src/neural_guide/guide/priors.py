"""The priors that a search can follow, by name: the guide, base rates of training, the uniform one, the oracle."""

from collections.abc import Sequence

import numpy as np

from neural_guide.arc.task import Task
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.guide.guide import Guide
from neural_guide.guide.search_queries import TaskPolicy
from neural_guide.search.prior import Prior


def build_guide_prior(guide: Guide, task: Task) -> Prior:
    """The guide's prior of a task.

    A guide with executed features is queried about the inputs and about later states, another one only once.
    """
    if guide.network.feature_shape is None:
        return Prior(guide.probabilities(task))
    return Prior(policy=TaskPolicy(guide, task))


def build_frequency_prior(guide: Guide) -> Prior:
    """The share of the guide's training tasks that use each primitive, the same for every task."""
    return Prior(guide.baselines.base_rates.double().numpy())


def build_oracle_prior(vocabulary: Vocabulary, program: Sequence[str]) -> Prior:
    """The true set of primitives, without their order."""
    return Prior(vocabulary.encode_labels(set(program)).astype(np.float64))
