"""litdata: `optimize` into chunks, then its streaming dataset and loader.

It has no filter: the loader reads and drops rows below the threshold.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from batches import BATCH_RECORDS, MIN_QUALITY, Batch, LabelCoder, Sample, collate, list_primitives
from litdata import StreamingDataLoader, StreamingDataset, optimize


def read_samples(dataset: str) -> Iterator[dict[str, Any]]:
    records = json.loads(Path(dataset).read_text())
    label_coder = LabelCoder(list_primitives(records))
    for record in records:
        yield {
            "input": np.array(record["input"], np.uint8),
            "output": np.array(record["output"], np.uint8),
            "labels": label_coder(record["primitives"]),
            "quality": record["quality"],
        }


def convert(dataset: Path, folder: Path) -> None:
    names = list_primitives(json.loads(dataset.read_text()))
    prepared = folder / "prepared"
    optimize(read_samples, [str(dataset)], str(prepared), chunk_bytes="64MB", num_workers=1, verbose=False)
    (prepared / "names.json").write_text(json.dumps(names))


class FilteredDataset(StreamingDataset):
    """Streaming dataset of the rows at or above the threshold."""

    def __next__(self) -> Any:
        while True:
            sample = super().__next__()
            if sample["quality"] >= MIN_QUALITY:
                return sample


def collate_rows(rows: list[dict[str, Any]]) -> Batch:
    return collate([Sample(row["input"], row["output"], row["labels"]) for row in rows])


def open_epochs(_: Path, folder: Path, *, workers: int) -> tuple[list[str], Callable[[int], Iterator[Batch]]]:
    prepared = folder / "prepared"
    loader = StreamingDataLoader(
        FilteredDataset(str(prepared), shuffle=True),
        batch_size=BATCH_RECORDS,
        num_workers=workers,
        collate_fn=collate_rows,
    )
    return json.loads((prepared / "names.json").read_text()), lambda _: iter(loader)
