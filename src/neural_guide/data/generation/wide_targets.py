"""Targets of a wide vocabulary: one with too many primitives to enumerate more than one step in full.

A hundred and fifty primitives make twenty thousand results in two steps, and millions in three. So one step is expanded
on all pairs and a second step on one pair only (`LastStep`), which decides exactly whether one or two steps reach a
result. Programs of one and two steps are minimal and canonical, as in `targets`. Programs of three steps are minimal,
and canonical but for their last step.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.data.generation.enumeration import Enumeration, LastStep
from neural_guide.data.generation.long_targets import LongTargetSampler
from neural_guide.data.generation.targets import Balance, Target, TargetSampler
from neural_guide.dsl.vocabulary import Vocabulary

LONGEST = 3  # steps
MAX_ENUMERATED = 40  # primitives of a vocabulary that is enumerated in full for more than one step
TARGETS_PER_SET = 24  # at most: expanding an input set costs half a second


def is_wide(vocabulary: Vocabulary) -> bool:
    """True if targets of the vocabulary must be drawn by `draw_wide_targets`."""
    return len(vocabulary) > MAX_ENUMERATED


def draw_wide_targets(
    inputs: Sequence[Grid], max_length: int, balance: Balance, rng: np.random.Generator, vocabulary: Vocabulary
) -> Iterator[Target]:
    """Draw up to `TARGETS_PER_SET` different targets for one input set, with the arguments of `targets.draw_targets`.

    Args:
        inputs: different grids, one for each pair.
        max_length: maximum number of steps in a program; values above `LONGEST` count as `LONGEST`.
        balance: read before each draw; the caller counts the targets it takes.
        rng: source of all other choices.
        vocabulary: primitives to try at each step.
    """
    longest = min(max_length, LONGEST)
    last_step = LastStep(Enumeration(inputs, 1, vocabulary))
    sampler = TargetSampler(last_step.enumeration, last_step, rng)
    long_sampler = LongTargetSampler(last_step, rng, every_route=False)
    taken: set[tuple[bytes, ...]] = set()
    for _ in range(TARGETS_PER_SET):
        length, need = balance.choose_length(longest), balance.compute_need()
        target = long_sampler.draw(need) if length == LONGEST else sampler.draw(length, need)
        key = tuple(grid.tobytes() for grid in target.outputs) if target else ()
        if target is not None and key not in taken:
            taken.add(key)
            yield target
