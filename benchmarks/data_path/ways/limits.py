"""Upper limits by memory: the rows of our store in one padded array, copied in random or in stored order."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from batches import BATCH_RECORDS, MIN_QUALITY, SIDES, Batch

from ways.ours import open_prepared


def open_epochs(
    dataset: Path, folder: Path, *, workers: int, kind: str
) -> tuple[list[str], Callable[[int], Iterator[Batch]]]:
    assert workers == 0
    store = open_prepared(dataset, folder)
    records = np.flatnonzero(store.quality >= MIN_QUALITY)
    rows = np.stack(store.gather(records, SIDES[-1]), axis=1)  # uint8 [record, 2, side, side]
    labels = store.labels[store.task_of[records]]

    def gather_rows(number: int) -> Iterator[Batch]:
        order = np.random.default_rng(number).permutation(len(rows))
        for start in range(0, len(rows), BATCH_RECORDS):
            indices = order[start : start + BATCH_RECORDS]
            yield build_batch(rows.take(indices, axis=0), labels.take(indices, axis=0))

    def copy_rows(_: int) -> Iterator[Batch]:
        for start in range(0, len(rows), BATCH_RECORDS):
            part = slice(start, start + BATCH_RECORDS)
            yield build_batch(rows[part].copy(), labels[part].copy())

    return list(store.vocabulary.names), {"gather": gather_rows, "memcpy": copy_rows}[kind]


def build_batch(pairs: np.ndarray, labels: np.ndarray) -> Batch:
    cells = torch.from_numpy(pairs)
    return Batch(cells[:, 0], cells[:, 1], torch.from_numpy(labels))
