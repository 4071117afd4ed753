"""Optimised JSON: orjson, with grids as numpy arrays after parsing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import orjson
from batches import BATCH_RECORDS, MIN_QUALITY, Batch, LabelCoder, Sample, collate, list_primitives
from torch.utils.data import DataLoader


def open_epochs(dataset: Path, _: Path, *, workers: int) -> tuple[list[str], Callable[[int], Iterator[Batch]]]:
    records = orjson.loads(dataset.read_bytes())
    names = list_primitives(records)
    label_coder = LabelCoder(names)
    samples = [
        Sample(
            np.array(record["input"], np.uint8),
            np.array(record["output"], np.uint8),
            label_coder(record["primitives"]),
        )
        for record in records
        if record["quality"] >= MIN_QUALITY
    ]
    loader = DataLoader(samples, batch_size=BATCH_RECORDS, shuffle=True, num_workers=workers, collate_fn=collate)
    return names, lambda _: iter(loader)
