"""Targets of a vocabulary too wide to expand in full more than once.

A hundred and fifty primitives make twenty thousand results in two steps and millions in three. So all pairs are
expanded by one step, one pair by a second (`LastStep`), which tells exactly whether one or two steps make a result.
Programs of one and two steps are minimal and canonical as those of `targets`; those of three are minimal, and
canonical but for their last step.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.data.generation.enumeration import LastStep, Tree
from neural_guide.data.generation.long_targets import LongDraws
from neural_guide.data.generation.targets import Balance, Draws, Target
from neural_guide.dsl.vocabulary import Vocabulary

LONGEST = 3  # steps
WIDEST_TREE = 40  # primitives that are expanded in full more than once
TARGETS_PER_SET = 24  # at most: expanding an input set costs half a second


def too_wide(vocabulary: Vocabulary) -> bool:
    """Whether targets of the vocabulary are drawn as here."""
    return len(vocabulary) > WIDEST_TREE


def draw_wide_targets(
    inputs: Sequence[Grid], max_length: int, balance: Balance, rng: np.random.Generator, vocabulary: Vocabulary
) -> Iterator[Target]:
    """Up to `TARGETS_PER_SET` different targets for one input set; arguments as in `targets.draw_targets`.

    Args:
        inputs: different grids, one a pair.
        max_length: most steps of a program; above `LONGEST` as `LONGEST`.
        balance: read before each draw; the caller counts what it takes.
        rng: decides everything else.
        vocabulary: what a step can be.
    """
    longest = min(max_length, LONGEST)
    last = LastStep(Tree(inputs, 1, vocabulary))
    draws, long_draws = Draws(last.tree, last, rng), LongDraws(last, rng, every_way=False)
    taken: set[tuple[bytes, ...]] = set()
    for _ in range(TARGETS_PER_SET):
        length, need = balance.length(longest), balance.need()
        target = long_draws.draw(need) if length == LONGEST else draws.draw(length, need)
        key = tuple(grid.tobytes() for grid in target.outputs) if target else ()
        if target is not None and key not in taken:
            taken.add(key)
            yield target
