"""Calibration of the guide's probabilities that a search uses.

A search queries the guide at intermediate states of a program: which primitive comes next, and which remain. The script
compares both predictions with the programs of a split. It prints two measures:

- the expected calibration error (15 equal bins);
- the temperature by which dividing the logits gives the least cross-entropy; 1 means that scaling gains nothing.

    python benchmarks/calibration.py --checkpoint guides/v2        # the default dataset, a minute or two
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from torch import Tensor
from torch.nn import functional as F

from neural_guide.data.settings import DataSettings
from neural_guide.guide.guide import Guide, load_guide
from neural_guide.reporting.report_table import Cell, ReportTable, format_number
from neural_guide.training.datamodule import TaskDataModule
from neural_guide.training.metrics import expected_calibration_error

HEADERS = ("split", "states", "output", "calibration error", "of the likeliest", "best temperature", "gained, nats")
TEMPERATURES = np.round(np.arange(0.5, 2.01, 0.05), 2)


def compute_logits(guide: Guide, data: TaskDataModule, split: str) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Compute the logits and the true labels of every state of a split.

    Returns:
        Logits of the next primitive, its index, logits of the remaining primitives, and their labels.
    """
    parts_by_batch: list[tuple[Tensor, ...]] = []
    for batch in data.make_loader(split):
        inputs = (batch.inputs, batch.outputs, batch.pair_mask, batch.features)
        with torch.no_grad():
            logits = guide.network(*inputs, batch.intermediate.features)
        parts_by_batch.append(
            (logits.next_primitive, batch.intermediate.next_primitive, logits.remaining, batch.intermediate.remaining)
        )
    next_logits, next_primitive, remaining_logits, remaining = (
        torch.cat(parts) for parts in zip(*parts_by_batch, strict=True)
    )
    return next_logits, next_primitive, remaining_logits, remaining.float()


def find_best_temperature(losses: list[float]) -> tuple[float, float]:
    """Return the temperature of the least loss, and how much lower this loss is than that at temperature 1."""
    index = int(np.argmin(losses))
    return float(TEMPERATURES[index]), losses[int(np.argmin(np.abs(TEMPERATURES - 1)))] - losses[index]


def tabulate_split(guide: Guide, data: TaskDataModule, split: str) -> list[list[Cell]]:
    """Tabulate a split: one row for the next primitive, one for the remaining primitives."""
    next_logits, next_primitive, remaining_logits, remaining = compute_logits(guide, data, split)
    probabilities, one_hot = next_logits.softmax(dim=1), F.one_hot(next_primitive, next_logits.shape[1])
    top_probabilities, top_primitives = probabilities.max(dim=1)
    top_error = expected_calibration_error(top_probabilities, top_primitives == next_primitive)
    next_losses = [
        F.cross_entropy(next_logits / temperature, next_primitive).item() for temperature in TEMPERATURES.tolist()
    ]
    remaining_losses = [
        F.binary_cross_entropy_with_logits(remaining_logits / temperature, remaining).item()
        for temperature in TEMPERATURES.tolist()
    ]
    measurements = [
        (
            "next_primitive",
            expected_calibration_error(probabilities, one_hot),
            format_number(top_error, 4),
            find_best_temperature(next_losses),
        )
    ]
    measurements += [
        (
            "remaining",
            expected_calibration_error(remaining_logits.sigmoid(), remaining),
            "",
            find_best_temperature(remaining_losses),
        )
    ]
    return [
        [
            *map(
                Cell,
                (
                    split,
                    str(len(next_primitive)),
                    name,
                    format_number(error, 4),
                    top_error_text,
                    format_number(best_temperature, 2),
                    format_number(gain, 4),
                ),
            )
        ]
        for name, error, top_error_text, (best_temperature, gain) in measurements
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", default="guides/v2")
    parser.add_argument("--data", type=Path, default=Path(DataSettings().path))
    options = parser.parse_args()
    data, guide = TaskDataModule(DataSettings(path=str(options.data)), seed=0), load_guide(options.checkpoint)
    data.setup()
    rows = [row for split in ("val", "test") for row in tabulate_split(guide, data, split)]
    Console(width=120).print(ReportTable("chances that reach the search", HEADERS, rows))


if __name__ == "__main__":
    main()
