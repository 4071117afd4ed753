"""The batches of training: tasks, their pairs, and an intermediate state of each."""

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

NO_STEP = -1  # after the end of a program


class Batch(NamedTuple):
    """Tasks and their pairs, as the network takes them."""

    inputs: Tensor  # uint8 [batch, pair, side, side], PAD outside the grid
    outputs: Tensor  # uint8 [batch, pair, side, side]
    pair_mask: Tensor  # bool [batch, pair]
    features: Tensor | None  # uint8 [batch, pair, row, feature]; None where they cannot be computed
    labels: Tensor  # bool [batch, vocabulary]
    lengths: Tensor  # int64 [batch], primitives in the program
    tasks: Tensor  # int64 [batch], numbers of the tasks in the store
    intermediate: "IntermediateStates | None" = None  # None where lists of primitives are no programs

    def to(self, device: torch.device) -> "Batch":
        """Copy to a device. From pinned memory a copy to a GPU is asynchronous."""
        return self._map_tensors(lambda tensor: tensor.to(device, non_blocking=device.type == "cuda"))

    def pin_memory(self) -> "Batch":
        """Copy to pinned memory, from which a GPU copies asynchronously."""
        return self._map_tensors(Tensor.pin_memory)

    def split(self, sizes: list[int]) -> "Iterator[Batch]":
        """Split into batches of so many tasks each; their tensors are views of these."""
        parts = (repeat(None) if part is None else part.split(sizes) for part in self[:-1])
        states = (
            repeat(None)
            if self.intermediate is None
            else map(IntermediateStates, *(part.split(sizes) for part in self.intermediate))
        )
        return map(Batch, *parts, states)

    def _map_tensors(self, function: Callable[[Tensor], Tensor]) -> "Batch":
        return Batch(
            inputs=function(self.inputs),
            outputs=function(self.outputs),
            pair_mask=function(self.pair_mask),
            features=None if self.features is None else function(self.features),
            labels=function(self.labels),
            lengths=function(self.lengths),
            tasks=function(self.tasks),
            intermediate=self.intermediate and IntermediateStates(*map(function, self.intermediate)),
        )


class IntermediateStates(NamedTuple):
    """The tasks of a batch after some steps of their programs, the same number for all pairs of a task.

    The last three are the labels of the logits of the same names, see `Logits`.
    """

    features: Tensor  # uint8 [batch, pair, row, feature], of the state against the output
    next_primitive: Tensor  # int64 [batch], the next step: its position in the vocabulary
    remaining: Tensor  # bool [batch, vocabulary], primitives of the remaining steps
    transition: Tensor  # int64 [batch], the step after the next one; NO_STEP where the next one is the last


class FeatureRows(Protocol):
    """Executed features of records; implemented by `data.store.feature_cache.Features`."""

    def after(
        self, records: npt.NDArray[np.integer[Any]], steps: npt.NDArray[np.integer[Any]]
    ) -> npt.NDArray[np.uint8]:
        """Features uint8 [n, row, feature] of records [n] after so many steps [n] of their programs."""
        ...
