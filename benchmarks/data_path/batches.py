"""Batches that every way yields, with the same content, and a checksum of this content.

The module runs in the environment of each library, so it needs numpy and torch alone.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

MIN_QUALITY = 0.8  # the ways leave out records below it
BATCH_RECORDS = 64
PAD = 10  # as in neural_guide.arc.grid
SIDES = (10, 15, 20, 30)  # sides of a batch, as in neural_guide.data.store.padded_cells


class Batch(NamedTuple):
    """Records, or tasks of several records."""

    inputs: Tensor  # uint8 [batch, side, side] or [batch, pair, side, side], PAD outside the grid
    outputs: Tensor  # same shape and padding
    labels: Tensor  # bool [batch, vocabulary]
    mask: Tensor | None = None  # bool [batch, pair], where there are pairs

    @property
    def n_records(self) -> int:
        """Number of records in the batch."""
        return len(self.inputs) if self.mask is None else int(self.mask.sum())


class Sample(NamedTuple):
    """One record before it goes into a batch."""

    input: npt.NDArray[np.uint8]  # [row, column]
    output: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.bool_]  # [vocabulary]


def collate(samples: Sequence[Sample]) -> Batch:
    """Collate samples into a batch, padded to the smallest side that fits its largest grid."""
    largest = max(max(*sample.input.shape, *sample.output.shape) for sample in samples)
    side = next(side for side in SIDES if side >= largest)
    canvas = np.full((2, len(samples), side, side), PAD, np.uint8)
    for index, sample in enumerate(samples):
        for part, grid in enumerate(sample[:2]):
            canvas[part, index, : grid.shape[0], : grid.shape[1]] = grid
    labels = np.stack([sample.labels for sample in samples])
    return Batch(torch.from_numpy(canvas[0]), torch.from_numpy(canvas[1]), torch.from_numpy(labels))


class LabelCoder:
    """Encoder of lists of primitives as rows of labels.

    Args:
        names: vocabulary, in order.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)
        self._index_by_name = {name: index for index, name in enumerate(names)}

    def __call__(self, primitives: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Encode primitives as labels, bool [vocabulary]."""
        labels = np.zeros(len(self.names), np.bool_)
        labels[[self._index_by_name[name] for name in primitives]] = True
        return labels


def list_primitives(records: Sequence[dict[str, Any]]) -> list[str]:
    """List all names of primitives, sorted."""
    return sorted({name for record in records for name in record["primitives"]})


class Checksum:
    """Checksum over records that depends on every cell and label, and on neither order nor padding.

    Args:
        names: vocabulary of the labels; two ways may order it differently.
    """

    def __init__(self, names: Sequence[str]) -> None:
        rng = np.random.default_rng(0)
        side = SIDES[-1]
        self._cells = rng.integers(1 << 63, size=(2, side, side), dtype=np.uint64)
        self._names = np.array(
            [int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest()) for name in names], np.uint64
        )
        self._total = 0

    def add(self, batch: Batch) -> None:
        """Add a batch to the checksum."""
        sums = batch.labels.numpy().astype(np.uint64) @ self._names
        inputs, outputs = batch.inputs.numpy(), batch.outputs.numpy()
        if batch.mask is not None:
            is_present = batch.mask.numpy()
            sums = np.repeat(sums, is_present.sum(1))
            inputs, outputs = inputs[is_present], outputs[is_present]
        side = inputs.shape[-1]
        for cells, weights in zip((inputs, outputs), self._cells, strict=True):
            values = np.where(cells == PAD, 0, cells + 1).astype(np.uint64)  # padding adds nothing
            sums = sums + (values * weights[:side, :side]).sum((1, 2))
        sums = (sums ^ (sums >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)  # not linear: grids stay paired
        self._total = (self._total + int((sums ^ (sums >> np.uint64(32))).sum())) % (1 << 64)

    def __str__(self) -> str:
        return f"{self._total:016x}"
