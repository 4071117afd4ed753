"""Cost of the network for any data: weights, activations kept for the backward pass, arithmetic."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from neural_guide.arc.grid import MAX_SIDE
from neural_guide.training.batch_types import Batch, IntermediateStates
from neural_guide.training.module import GuideModule
from neural_guide.training.settings import TrainingSettings

TASKS = (2, 4)  # of two batches, whose difference is the cost of a task


@dataclass(frozen=True)
class Footprint:
    """Cost of one step of training.

    Attributes:
        parameters: number of learned values.
        activation_bytes: fp32 kept for the backward pass, a task of `data.pairs_per_task` pairs on 30 x 30 frames.
        flops: multiplications and additions of matrices and convolutions, forward and backward, a task.
        calls: operators called in a step, forward, backward and optimiser: on a GPU each is a kernel to launch.
    """

    parameters: int
    activation_bytes: float
    flops: float
    calls: int


def measure_footprint(
    settings: TrainingSettings, vocabulary_size: int, feature_shape: tuple[int, int] | None, *, with_work: bool = True
) -> Footprint:
    """Measure the cost on the CPU with two small batches of blank tasks; the random generators stay unchanged.

    Args:
        settings: settings of the network.
        vocabulary_size: number of primitives.
        feature_shape: (rows, features) of executed features; None for a network without them.
        with_work: count arithmetic and calls too, which takes most of a second; else they are 0.
    """
    with torch.random.fork_rng(devices=[]):
        names = tuple(str(number) for number in range(vocabulary_size))
        module = GuideModule.build(names, feature_shape, settings.network, settings.optimizer)
        pairs = settings.data.pairs_per_task
        batches = [_make_blank_batch(count, pairs, vocabulary_size, feature_shape) for count in TASKS]
        kept = [_count_kept_bytes(module, batch) for batch in batches]
        flops, calls = (_count_flops(module, batches[0]), _count_calls(module, batches[0])) if with_work else (0.0, 0)
    return Footprint(
        parameters=sum(parameter.numel() for parameter in module.network.parameters()),
        activation_bytes=(kept[1] - kept[0]) / (TASKS[1] - TASKS[0]),
        flops=flops / TASKS[0],
        calls=calls,
    )


def _make_blank_batch(tasks: int, pairs: int, vocabulary: int, shape: tuple[int, int] | None) -> Batch:
    """Tasks of the largest frame, with intermediate states if there are features."""
    grids = torch.zeros((tasks, pairs, MAX_SIDE, MAX_SIDE), dtype=torch.uint8)
    labels, steps = torch.zeros((tasks, vocabulary), dtype=torch.bool), torch.zeros(tasks, dtype=torch.int64)
    features = None if shape is None else torch.zeros((tasks, pairs, *shape), dtype=torch.uint8)
    return Batch(
        inputs=grids,
        outputs=grids,
        pair_mask=torch.ones((tasks, pairs), dtype=torch.bool),
        features=features,
        labels=labels,
        lengths=steps,
        tasks=steps,
        intermediate=None if features is None else IntermediateStates(features, steps, labels, steps),
    )


def _count_kept_bytes(module: GuideModule, batch: Batch) -> int:
    """Bytes that the forward pass keeps for the backward pass, without weights, each storage counted once."""
    weights = {parameter.untyped_storage().data_ptr() for parameter in module.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = module.compute_losses(batch).total
        total = sum(kept.values())
        del loss
    return total


def _count_flops(module: GuideModule, batch: Batch) -> float:
    from torch.utils.flop_counter import FlopCounterMode  # a slow import that only plans need

    with FlopCounterMode(display=False) as counter:
        module.compute_losses(batch).total.backward()
    return float(counter.get_total_flops())


class _CallCounter(TorchDispatchMode):
    """Count the operators called."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.count: int = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += 1
        return func(*args, **(kwargs or {}))


def _count_calls(module: GuideModule, batch: Batch) -> int:
    optimizer = torch.optim.AdamW(module.network.parameters(), fused=True)  # as on a GPU
    counter = _CallCounter()
    with counter:
        module.compute_losses(batch).total.backward()
        optimizer.step()
    return counter.count
