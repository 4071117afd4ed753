"""mosaicml-streaming: MDS shards, then its streaming dataset in a DataLoader.

It has no filter: the loader reads and drops rows below the threshold.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from batches import BATCH_RECORDS, MIN_QUALITY, Batch, LabelCoder, Sample, collate, list_primitives
from torch.utils.data import DataLoader

# The library imports torchvision, which is unused here. A torchvision built for another torch (for CUDA, beside a CPU
# torch) lacks these two operators, and its import fails unless their names are defined.
torchvision = torch.library.Library("torchvision", "FRAGMENT")
for operator in ("nms", "qnms"):
    torchvision.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

from streaming import MDSWriter, StreamingDataset  # noqa: E402
from streaming.base.util import clean_stale_shared_memory  # noqa: E402


def convert(dataset: Path, folder: Path) -> None:
    records = json.loads(dataset.read_text())
    label_coder = LabelCoder(list_primitives(records))
    columns = {
        "input": "ndarray:uint8",
        "output": "ndarray:uint8",
        "labels": f"ndarray:uint8:{len(label_coder.names)}",
        "quality": "float64",
    }
    prepared = folder / "prepared"
    with MDSWriter(out=str(prepared), columns=columns) as writer:
        for record in records:
            writer.write(
                {
                    "input": np.array(record["input"], np.uint8),
                    "output": np.array(record["output"], np.uint8),
                    "labels": label_coder(record["primitives"]).view(np.uint8),
                    "quality": np.float64(record["quality"]),
                }
            )
    (prepared / "names.json").write_text(json.dumps(label_coder.names))


class FilteredDataset(StreamingDataset):
    """Streaming dataset of the rows at or above the threshold."""

    def __iter__(self) -> Iterator[Any]:
        return (sample for sample in super().__iter__() if sample["quality"] >= MIN_QUALITY)


def collate_rows(rows: list[dict[str, Any]]) -> Batch:
    return collate([Sample(row["input"], row["output"], row["labels"].view(np.bool_)) for row in rows])


def open_epochs(_: Path, folder: Path, *, workers: int) -> tuple[list[str], Callable[[int], Iterator[Batch]]]:
    clean_stale_shared_memory()
    prepared = folder / "prepared"
    dataset = FilteredDataset(local=str(prepared), shuffle=True, batch_size=BATCH_RECORDS)
    loader = DataLoader(dataset, batch_size=BATCH_RECORDS, num_workers=workers, collate_fn=collate_rows)
    return json.loads((prepared / "names.json").read_text()), lambda _: iter(loader)
