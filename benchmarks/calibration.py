"""Whether the chances that reach a search are right as often as they say.

A search asks a guide about states on the way of a program: which primitive comes next, and which are needed at all.
Both are compared with what the programs of a split do from such states: the expected calibration error (15 equal bins),
and the temperature that the logits would have to be divided by for the least cross-entropy, 1 where nothing is gained.

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


def asked(guide: Guide, data: TaskDataModule, split: str) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Logits of the next step and the true one, logits of what is needed and the truth, of every state of a split."""
    answers: list[tuple[Tensor, ...]] = []
    for batch in data.make_loader(split):
        seen = (batch.inputs, batch.outputs, batch.pair_mask, batch.features)
        with torch.no_grad():
            logits = guide.network(*seen, batch.intermediate.features)
        answers.append(
            (logits.next_primitive, batch.intermediate.next_primitive, logits.remaining, batch.intermediate.remaining)
        )
    following, step, needed, truth = (torch.cat(parts) for parts in zip(*answers, strict=True))
    return following, step, needed, truth.float()


def best_temperature(loss: list[float]) -> tuple[float, float]:
    """The temperature of the least loss, and by how much it lowers that of temperature 1."""
    place = int(np.argmin(loss))
    return float(TEMPERATURES[place]), loss[int(np.argmin(np.abs(TEMPERATURES - 1)))] - loss[place]


def rows_of(guide: Guide, data: TaskDataModule, split: str) -> list[list[Cell]]:
    """A row for the next step, and one for what is needed."""
    following, step, needed, truth = asked(guide, data, split)
    chances, steps = following.softmax(dim=1), F.one_hot(step, following.shape[1])
    likeliest, place = chances.max(dim=1)
    top = expected_calibration_error(likeliest, place == step)
    loss = [F.cross_entropy(following / temperature, step).item() for temperature in TEMPERATURES.tolist()]
    of_needed = [
        F.binary_cross_entropy_with_logits(needed / temperature, truth).item() for temperature in TEMPERATURES.tolist()
    ]
    measurements = [
        ("next_primitive", expected_calibration_error(chances, steps), format_number(top, 4), best_temperature(loss))
    ]
    measurements += [
        ("remaining", expected_calibration_error(needed.sigmoid(), truth), "", best_temperature(of_needed))
    ]
    return [
        [
            *map(
                Cell,
                (
                    split,
                    str(len(step)),
                    name,
                    format_number(error, 4),
                    likely,
                    format_number(warmth, 2),
                    format_number(gained, 4),
                ),
            )
        ]
        for name, error, likely, (warmth, gained) in measurements
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", default="guides/v2")
    parser.add_argument("--data", type=Path, default=Path(DataSettings().path))
    options = parser.parse_args()
    data, guide = TaskDataModule(DataSettings(path=str(options.data)), seed=0), load_guide(options.checkpoint)
    data.setup()
    rows = [row for split in ("val", "test") for row in rows_of(guide, data, split)]
    Console(width=120).print(ReportTable("chances that reach the search", HEADERS, rows))


if __name__ == "__main__":
    main()
