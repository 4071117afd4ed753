"""What the network takes whatever the data: weights, what a task leaves for the backward pass, arithmetic."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from neural_guide.arc.grid import MAX_SIDE
from neural_guide.training.batches import Batch, Underway
from neural_guide.training.module import GuideModule
from neural_guide.training.settings import TrainingSettings

TASKS = (2, 4)  # of the two batches whose difference is what a task takes


@dataclass(frozen=True)
class Footprint:
    """Of one step of training.

    Attributes:
        parameters: numbers that are learned.
        activation_bytes: fp32 kept for the backward pass, a task of `data.pairs_per_task` pairs on 30 x 30 frames.
        flops: multiplications and additions of matrices and convolutions, forward and backward, a task.
        calls: operators called in a step, forward, backward and optimiser: on a GPU each is a kernel to launch.
    """

    parameters: int
    activation_bytes: float
    flops: float
    calls: int


def footprint(
    config: TrainingSettings, vocabulary_size: int, feature_shape: tuple[int, int] | None, *, with_work: bool = True
) -> Footprint:
    """Measured on a processor with two small batches of blank tasks; nothing that is random is drawn from.

    Args:
        config: of the network.
        vocabulary_size: primitives.
        feature_shape: (rows, features) of executed features; None where there are none.
        with_work: whether arithmetic and calls are counted too, which takes most of a second; else they are 0.
    """
    with torch.random.fork_rng(devices=[]):
        names = tuple(str(number) for number in range(vocabulary_size))
        module = GuideModule.build(names, feature_shape, config.network, config.optimizer)
        batches = [_blank(count, config.data.pairs_per_task, vocabulary_size, feature_shape) for count in TASKS]
        kept = [_kept_bytes(module, batch) for batch in batches]
        flops, calls = (_flops(module, batches[0]), _calls(module, batches[0])) if with_work else (0.0, 0)
    return Footprint(
        parameters=sum(parameter.numel() for parameter in module.network.parameters()),
        activation_bytes=(kept[1] - kept[0]) / (TASKS[1] - TASKS[0]),
        flops=flops / TASKS[0],
        calls=calls,
    )


def _blank(tasks: int, pairs: int, vocabulary: int, shape: tuple[int, int] | None) -> Batch:
    """Tasks of the largest frame, with a state underway where there are features."""
    grids = torch.zeros((tasks, pairs, MAX_SIDE, MAX_SIDE), dtype=torch.uint8)
    labels, steps = torch.zeros((tasks, vocabulary), dtype=torch.bool), torch.zeros(tasks, dtype=torch.int64)
    features = None if shape is None else torch.zeros((tasks, pairs, *shape), dtype=torch.uint8)
    underway = None if features is None else Underway(features, steps, labels, steps)
    mask = torch.ones((tasks, pairs), dtype=torch.bool)
    return Batch(grids, grids, mask, features, labels, steps, steps, underway)


def _kept_bytes(module: GuideModule, batch: Batch) -> int:
    """Bytes that the forward pass keeps for the backward pass, weights left out, each storage counted once."""
    weights = {parameter.untyped_storage().data_ptr() for parameter in module.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = module.losses(batch).total
        found = sum(kept.values())
        del loss
    return found


def _flops(module: GuideModule, batch: Batch) -> float:
    from torch.utils.flop_counter import FlopCounterMode  # imports much, for plans alone

    with FlopCounterMode(display=False) as counted:
        module.losses(batch).total.backward()
    return float(counted.get_total_flops())


class _Calls(TorchDispatchMode):
    """Counts operators."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.count: int = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += 1
        return func(*args, **(kwargs or {}))


def _calls(module: GuideModule, batch: Batch) -> int:
    optimizer = torch.optim.AdamW(module.network.parameters(), foreach=True)
    counted = _Calls()
    with counted:
        module.losses(batch).total.backward()
        optimizer.step()
    return counted.count
