"""The plain way with more care: orjson, and grids as numpy arrays from then on."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import orjson
from batches import BATCH_RECORDS, QUALITY, Batch, LabelCoder, Sample, collate, vocabulary
from torch.utils.data import DataLoader


def open_epochs(dataset: Path, _: Path, *, workers: int) -> tuple[list[str], Callable[[int], Iterator[Batch]]]:
    records = orjson.loads(dataset.read_bytes())
    names = vocabulary(records)
    coded = LabelCoder(names)
    kept = [
        Sample(np.array(record["input"], np.uint8), np.array(record["output"], np.uint8), coded(record["primitives"]))
        for record in records
        if record["quality"] >= QUALITY
    ]
    loader = DataLoader(kept, batch_size=BATCH_RECORDS, shuffle=True, num_workers=workers, collate_fn=collate)
    return names, lambda _: iter(loader)
