"""mosaicml-streaming: MDS shards, then its streaming dataset in a DataLoader.

It has no filter: rows below the threshold are read and dropped.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from batches import BATCH_RECORDS, QUALITY, Batch, LabelCoder, Sample, collate, vocabulary
from torch.utils.data import DataLoader

# It imports torchvision, of which nothing is used here. A torchvision that was built for another torch (the CUDA
# one, beside a CPU torch) lacks these two operators and refuses to be imported without their names.
torchvision = torch.library.Library("torchvision", "FRAGMENT")
for operator in ("nms", "qnms"):
    torchvision.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

from streaming import MDSWriter, StreamingDataset  # noqa: E402
from streaming.base.util import clean_stale_shared_memory  # noqa: E402


def convert(dataset: Path, folder: Path) -> None:
    records = json.loads(dataset.read_text())
    coded = LabelCoder(vocabulary(records))
    columns = {
        "input": "ndarray:uint8",
        "output": "ndarray:uint8",
        "labels": f"ndarray:uint8:{len(coded.names)}",
        "quality": "float64",
    }
    prepared = folder / "prepared"
    with MDSWriter(out=str(prepared), columns=columns) as writer:
        for record in records:
            writer.write(
                {
                    "input": np.array(record["input"], np.uint8),
                    "output": np.array(record["output"], np.uint8),
                    "labels": coded(record["primitives"]).view(np.uint8),
                    "quality": np.float64(record["quality"]),
                }
            )
    (prepared / "names.json").write_text(json.dumps(coded.names))


class Kept(StreamingDataset):
    """Rows at or above the threshold."""

    def __iter__(self) -> Iterator[Any]:
        return (sample for sample in super().__iter__() if sample["quality"] >= QUALITY)


def collate_rows(rows: list[dict[str, Any]]) -> Batch:
    return collate([Sample(row["input"], row["output"], row["labels"].view(np.bool_)) for row in rows])


def open_epochs(_: Path, folder: Path, *, workers: int) -> tuple[list[str], Callable[[int], Iterator[Batch]]]:
    clean_stale_shared_memory()
    prepared = folder / "prepared"
    kept = Kept(local=str(prepared), shuffle=True, batch_size=BATCH_RECORDS)
    loader = DataLoader(kept, batch_size=BATCH_RECORDS, num_workers=workers, collate_fn=collate_rows)
    return json.loads((prepared / "names.json").read_text()), lambda _: iter(loader)
