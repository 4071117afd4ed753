"""Plain JSON, as in the scripts before this project: json.load, lists of lists, one tensor per grid."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from batches import BATCH_RECORDS, MIN_QUALITY, PAD, SIDES, Batch, list_primitives
from torch import Tensor
from torch.utils.data import DataLoader, Dataset


class Records(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """Dataset of records, converted to tensors on access."""

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


def collate_tensors(samples: list[tuple[Tensor, Tensor, Tensor]]) -> Batch:
    largest = max(max(*input_grid.shape, *output_grid.shape) for input_grid, output_grid, _ in samples)
    side = next(side for side in SIDES if side >= largest)
    inputs, outputs = torch.full((2, len(samples), side, side), PAD, dtype=torch.uint8)
    for index, (input_grid, output_grid, _) in enumerate(samples):
        inputs[index, : input_grid.shape[0], : input_grid.shape[1]] = input_grid
        outputs[index, : output_grid.shape[0], : output_grid.shape[1]] = output_grid
    return Batch(inputs, outputs, torch.stack([labels for _, _, labels in samples]))


def open_epochs(dataset: Path, _: Path, *, workers: int) -> tuple[list[str], Callable[[int], Iterator[Batch]]]:
    with dataset.open() as stream:
        records = json.load(stream)
    names = list_primitives(records)
    selected = [record for record in records if record["quality"] >= MIN_QUALITY]
    loader = DataLoader(
        Records(selected, names),
        batch_size=BATCH_RECORDS,
        shuffle=True,
        num_workers=workers,
        collate_fn=collate_tensors,
    )
    return names, lambda _: iter(loader)
