"""The plain way, as the scripts before this project had it: json.load, lists of lists, a tensor a grid."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from batches import BATCH_RECORDS, PAD, QUALITY, SIDES, Batch, vocabulary
from torch import Tensor
from torch.utils.data import DataLoader, Dataset


class Records(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """Records as tensors, made when they are asked for."""

    def __init__(self, records: list[dict[str, Any]], names: list[str]) -> None:
        self._records, self._names = records, names

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        record = self._records[index]
        labels = torch.tensor([name in record["primitives"] for name in self._names])
        return (
            torch.tensor(record["input"], dtype=torch.uint8),
            torch.tensor(record["output"], dtype=torch.uint8),
            labels,
        )


def padded(samples: list[tuple[Tensor, Tensor, Tensor]]) -> Batch:
    largest = max(max(*shown.shape, *made.shape) for shown, made, _ in samples)
    side = next(allowed for allowed in SIDES if allowed >= largest)
    inputs, outputs = torch.full((2, len(samples), side, side), PAD, dtype=torch.uint8)
    for at, (shown, made, _) in enumerate(samples):
        inputs[at, : shown.shape[0], : shown.shape[1]] = shown
        outputs[at, : made.shape[0], : made.shape[1]] = made
    return Batch(inputs, outputs, torch.stack([labels for _, _, labels in samples]))


def open_epochs(dataset: Path, _: Path, *, workers: int) -> tuple[list[str], Callable[[int], Iterator[Batch]]]:
    with dataset.open() as stream:
        records = json.load(stream)
    names = vocabulary(records)
    kept = [record for record in records if record["quality"] >= QUALITY]
    loader = DataLoader(
        Records(kept, names), batch_size=BATCH_RECORDS, shuffle=True, num_workers=workers, collate_fn=padded
    )
    return names, lambda _: iter(loader)
