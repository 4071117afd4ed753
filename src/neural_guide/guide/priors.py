"""What a search can follow, by name: the guide, how often training used each primitive, nothing, or the truth."""

from collections.abc import Sequence

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.arc.task import Task
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.guide.guide import Guide
from neural_guide.guide.task_policy import TaskAdvisor
from neural_guide.search.prior import PolicyOutput, Prior


def guide_prior(guide: Guide, task: Task) -> Prior:
    """The guide, asked about the inputs and later states where it has executed features, else once."""
    if guide.network.feature_shape is None:
        return Prior(guide.probabilities(task))
    advisor = TaskAdvisor(guide, task)

    def advise(grids: Sequence[Grid], results: Sequence[Sequence[Grid | None]]) -> PolicyOutput:
        return PolicyOutput(*advisor(grids, results))

    return Prior(policy=advise)


def frequency_prior(guide: Guide) -> Prior:
    """How often the guide's training split used each primitive, for every task alike."""
    return Prior(guide.baselines.base_rates.double().numpy())


def oracle_prior(vocabulary: Vocabulary, program: Sequence[str]) -> Prior:
    """Whoever knows the set of primitives, but not their order."""
    return Prior(vocabulary.encode_labels(set(program)).astype(np.float64))
