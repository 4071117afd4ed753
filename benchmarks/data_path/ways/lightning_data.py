"""litdata: `optimize` into chunks, then its streaming dataset and loader.

It has no filter: rows below the threshold are read and dropped.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from batches import BATCH_RECORDS, QUALITY, Batch, LabelCoder, Sample, collate, vocabulary
from litdata import StreamingDataLoader, StreamingDataset, optimize


def samples(dataset: str) -> Iterator[dict[str, Any]]:
    records = json.loads(Path(dataset).read_text())
    coded = LabelCoder(vocabulary(records))
    for record in records:
        yield {
            "input": np.array(record["input"], np.uint8),
            "output": np.array(record["output"], np.uint8),
            "labels": coded(record["primitives"]),
            "quality": record["quality"],
        }


def convert(dataset: Path, folder: Path) -> None:
    names = vocabulary(json.loads(dataset.read_text()))
    prepared = folder / "prepared"
    optimize(samples, [str(dataset)], str(prepared), chunk_bytes="64MB", num_workers=1, verbose=False)
    (prepared / "names.json").write_text(json.dumps(names))


class Kept(StreamingDataset):
    """Rows at or above the threshold."""

    def __next__(self) -> Any:
        while True:
            sample = super().__next__()
            if sample["quality"] >= QUALITY:
                return sample


def collate_rows(rows: list[dict[str, Any]]) -> Batch:
    return collate([Sample(row["input"], row["output"], row["labels"]) for row in rows])


def open_epochs(_: Path, folder: Path, *, workers: int) -> tuple[list[str], Callable[[int], Iterator[Batch]]]:
    prepared = folder / "prepared"
    loader = StreamingDataLoader(
        Kept(str(prepared), shuffle=True), batch_size=BATCH_RECORDS, num_workers=workers, collate_fn=collate_rows
    )
    return json.loads((prepared / "names.json").read_text()), lambda _: iter(loader)
