"""What a step of training is given: tasks, their pairs, and a state on the way of each."""

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

NO_STEP = -1  # behind the end of a program


class Batch(NamedTuple):
    """Tasks and their pairs, as the network takes them."""

    inputs: Tensor  # uint8 [batch, pair, side, side], PAD outside the grid
    outputs: Tensor  # uint8 [batch, pair, side, side]
    pair_mask: Tensor  # bool [batch, pair]
    features: Tensor | None  # uint8 [batch, pair, row, feature]; None where they cannot be computed
    labels: Tensor  # bool [batch, vocabulary]
    lengths: Tensor  # int64 [batch], primitives in the program
    tasks: Tensor  # int64 [batch], numbers of the tasks in the store
    underway: "Underway | None" = None  # states on the way; None where lists of primitives are no programs

    def to(self, device: torch.device) -> "Batch":
        """The same on a device. Out of pinned memory a GPU copies while this process goes on."""
        return self._with_each(lambda part: part.to(device, non_blocking=device.type == "cuda"))

    def pinned(self) -> "Batch":
        """The same in memory that a GPU copies from without waiting."""
        return self._with_each(Tensor.pin_memory)

    def split(self, sizes: list[int]) -> "Iterator[Batch]":
        """Batches of so many tasks each; their parts are views of these."""
        parts = (repeat(None) if part is None else part.split(sizes) for part in self[:-1])
        ways = repeat(None) if self.underway is None else map(Underway, *(part.split(sizes) for part in self.underway))
        return map(Batch, *parts, ways)

    def _with_each(self, change: Callable[[Tensor], Tensor]) -> "Batch":
        return Batch(
            change(self.inputs),
            change(self.outputs),
            change(self.pair_mask),
            None if self.features is None else change(self.features),
            change(self.labels),
            change(self.lengths),
            change(self.tasks),
            self.underway and Underway(*map(change, self.underway)),
        )


class Underway(NamedTuple):
    """The tasks of a batch after some steps of their programs, the same number for all pairs of a task."""

    features: Tensor  # uint8 [batch, pair, row, feature], of the state against the output
    following: Tensor  # int64 [batch], the next step: its place in the vocabulary
    needed: Tensor  # bool [batch, vocabulary], primitives of the steps that are left
    second: Tensor  # int64 [batch], the step after the next one; NO_STEP where that is the last


class FeatureRows(Protocol):
    """Executed features of records; as `tasks.feature_cache.Features` keeps them."""

    def after(
        self, records: npt.NDArray[np.integer[Any]], steps: npt.NDArray[np.integer[Any]]
    ) -> npt.NDArray[np.uint8]:
        """uint8 [n, row, feature] of records [n] after so many steps [n] of their programs."""
        ...
