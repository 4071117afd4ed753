"""The training loss: of the whole program, and of an intermediate state where the data has programs."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from neural_guide.guide.network import Logits
from neural_guide.training.batch_types import NO_STEP, Batch

NEXT_PRIMITIVE_WEIGHT = 0.2  # a cross-entropy over 17 steps is about five times the mean of 17 binary ones
TRANSITION_WEIGHT = 0.1


class Losses(NamedTuple):
    """Losses of a batch, scalars.

    Attributes:
        total: loss that training minimises.
        program: binary cross-entropy of which primitives are used, mean over tasks and primitives.
        next_primitive: cross-entropy of the next step, mean over intermediate states.
    """

    total: Tensor
    program: Tensor
    next_primitive: Tensor


def compute_losses(logits: Logits, batch: Batch) -> Losses:
    """Cross-entropies of a batch: of the whole program, and of intermediate states if it has any; all in fp32.

    Args:
        logits: outputs of the network for the batch.
        batch: its labels.
    """
    program = F.binary_cross_entropy_with_logits(logits.program.float(), batch.labels.float())
    if logits.next_primitive is None or logits.remaining is None or logits.transition is None:
        return Losses(program, program, torch.zeros_like(program))
    parts = (logits.next_primitive, logits.remaining, logits.transition)
    next_logits, remaining_logits, transition_logits = (part.float() for part in parts)  # sums in fp16 end at 65,504
    if batch.intermediate is None:  # DDP requires a gradient for every parameter
        unused = next_logits.sum() + transition_logits.sum()
        return Losses(program + 0 * unused, program, torch.zeros_like(program))
    labels = batch.intermediate
    remaining = F.binary_cross_entropy_with_logits(remaining_logits, labels.remaining.float())
    next_primitive = F.cross_entropy(next_logits, labels.next_primitive)
    rows = labels.next_primitive[:, None, None].expand(-1, 1, transition_logits.shape[2])
    after_true_step = transition_logits.gather(1, rows).squeeze(1)
    steps = F.cross_entropy(after_true_step, labels.transition, reduction="none", ignore_index=NO_STEP)
    transition = steps.sum() / (labels.transition != NO_STEP).sum().clamp(min=1)
    total = program + remaining + NEXT_PRIMITIVE_WEIGHT * next_primitive + TRANSITION_WEIGHT * transition
    return Losses(total, program, next_primitive)
