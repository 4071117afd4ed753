"""Batches of tasks, gathered whole from the store."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from neural_guide.grid import PAD
from neural_guide.tasks.store import Store


class Batch(NamedTuple):
    """Tasks and their pairs, as the network takes them."""

    inputs: Tensor  # uint8 [batch, pair, side, side], PAD outside the grid
    outputs: Tensor  # uint8 [batch, pair, side, side]
    pair_mask: Tensor  # bool [batch, pair]
    features: Tensor | None  # uint8 [batch, pair, row, feature]; None where they cannot be computed
    labels: Tensor  # bool [batch, vocabulary]
    lengths: Tensor  # int64 [batch], primitives in the program
    tasks: Tensor  # int64 [batch], numbers of the tasks in the store


class TaskLoader:
    """Iterates over the batches of one epoch.

    The order of an epoch and the pairs drawn in it are a function of (seed, epoch, position) alone, so a run
    that was stopped goes on with exactly the batches that the uninterrupted run would have seen.

    Args:
        store: where the records lie.
        features: uint8 [record, row, feature], or None.
        tasks: int64, numbers of the tasks to draw from.
        passes: bool [record], the records that may be used.
        batch_size: tasks a batch; the last one of an epoch may be smaller.
        pairs: most pairs of a task in a batch. Tasks with more show others every epoch when shuffled.
        shuffle: a new order every epoch; else the order of `tasks` and the first pairs.
        seed: of the order.
        drop_pairs: share of pairs left out at random when shuffled, so that the network learns to do with
            fewer; one pair of each task always stays.
        order: where each name of another vocabulary stands in the store's, None where it is not used; labels
            and rows of features then come in that other order.
    """

    def __init__(
        self,
        store: Store,
        features: npt.NDArray[np.uint8] | None,
        tasks: npt.NDArray[np.int64],
        passes: npt.NDArray[np.bool_],
        *,
        batch_size: int,
        pairs: int,
        shuffle: bool,
        seed: int = 0,
        drop_pairs: float = 0.0,
        order: Sequence[int | None] | None = None,
    ) -> None:
        self.store, self.features, self.tasks = store, features, tasks
        self.batch_size, self.pairs, self.shuffle, self.seed = batch_size, pairs, shuffle, seed
        self.drop_pairs = drop_pairs
        offsets, self._records, grouped = store.records_by_task(passes)
        place = np.searchsorted(grouped, tasks)
        self._first, self._count = offsets[place], offsets[place + 1] - offsets[place]
        lengths = np.array([len(program) for program in store.programs()], dtype=np.int64)
        self._lengths = lengths[tasks]
        self._labels = store.labels[tasks] if order is None else _reordered(store.labels[tasks], order)
        self._rows: list[int] | None = None
        if order is not None and features is not None:
            self._rows = [0] + [1 + place for place in order if place is not None]
        self._epoch = 0
        self._position = 0  # batches of this epoch that were handed out

    def __len__(self) -> int:
        """Batches an epoch."""
        return -(-len(self.tasks) // self.batch_size)

    @property
    def n_records(self) -> int:
        """Records of the tasks to draw from."""
        return int(self._count.sum())

    def __iter__(self) -> Iterator[Batch]:
        """The batches of the current epoch that are left; the next call begins the next epoch."""
        order = np.arange(len(self.tasks))
        if self.shuffle:
            order = np.random.default_rng([self.seed, self._epoch]).permutation(order)
        epoch = self._epoch
        first = self._position if self.shuffle else 0  # an order that never changes is never resumed
        for position in range(first, len(self)):
            # Moved on before the batch is handed out: whoever takes the last one need not ask for more.
            ended = position + 1 == len(self)
            self._epoch, self._position = (epoch + 1, 0) if ended else (epoch, position + 1)
            start = position * self.batch_size
            yield self._batch(order[start : start + self.batch_size], epoch, position)

    def state_dict(self) -> dict[str, int]:
        """Where in the data we are; Lightning keeps it in checkpoints."""
        return {"epoch": self._epoch, "position": self._position}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on where a checkpoint was written."""
        self._epoch, self._position = state["epoch"], state["position"]

    def _batch(self, chosen: npt.NDArray[np.int64], epoch: int, position: int) -> Batch:
        count = self._count[chosen][:, None]
        columns = np.arange(min(self.pairs, int(count.max())))
        mask, turn = columns < count, np.zeros_like(count)
        if self.shuffle:
            rng = np.random.default_rng([self.seed, epoch, position])
            turn = rng.integers(count)
            mask &= (rng.random(mask.shape) >= self.drop_pairs) | (columns == 0)
        places = self._first[chosen][:, None] + (columns + turn) % count
        records = self._records[places[mask]]
        inputs, outputs = self.store.gather(records)
        features = None if self.features is None else self.features[records]
        if features is not None and self._rows is not None:
            features = features[:, self._rows]
        return Batch(
            torch.from_numpy(_spread(inputs, mask, PAD)),
            torch.from_numpy(_spread(outputs, mask, PAD)),
            torch.from_numpy(mask),
            None if features is None else torch.from_numpy(_spread(features, mask, 0)),
            torch.from_numpy(self._labels[chosen]),
            torch.from_numpy(self._lengths[chosen]),
            torch.from_numpy(self.tasks[chosen]),
        )


def _reordered(labels: npt.NDArray[np.bool_], order: Sequence[int | None]) -> npt.NDArray[np.bool_]:
    columns = [np.zeros(len(labels), dtype=bool) if place is None else labels[:, place] for place in order]
    return np.stack(columns, axis=1)


def _spread(rows: npt.NDArray[np.uint8], mask: npt.NDArray[np.bool_], fill: int) -> npt.NDArray[np.uint8]:
    """Rows [n, ...] put where the mask [batch, pair] is true: [batch, pair, ...], `fill` elsewhere."""
    if mask.all():
        return rows.reshape(*mask.shape, *rows.shape[1:])
    spread = np.full((*mask.shape, *rows.shape[1:]), fill, dtype=rows.dtype)
    spread[mask] = rows
    return spread
