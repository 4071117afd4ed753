"""Ablation study of the language guide: training with the rows of some words left blank.

A blank row keeps the embedding of its word and loses its evidence. `no trunk` leaves out the logits of the trunk, which
combine all words; `no rows` leaves out the logits of each row. Every variant trains on the same tasks for the same
steps, with the settings of `experiment=wide` but half its batch. The script does not repeat finished runs. Differences
are paired by seed.

    python benchmarks/word_ablations.py --data data/synthetic/language.json              # 4 minutes per run, one core
    python benchmarks/word_ablations.py --data data/synthetic/language.json --seeds 0 --only "no features"
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor

import neural_guide
from neural_guide.guide.baselines import Baselines
from neural_guide.guide.network import FeatureBranch, GuideNetwork, Logits
from neural_guide.search.words import LANGUAGE, find_group
from neural_guide.training import evaluation

GROUPS = {
    "no primitives": ("primitive",),
    "no units and verbs": ("unit", "verb"),
    "no features": ("unit feature", "cell feature"),
    "no transforms and pieces": ("transform", "pieces"),
    "no evidence at all": tuple({find_group(name) for name in LANGUAGE.names}),
}
VARIANTS = ("all", *GROUPS, "no trunk", "no rows")
METRICS = ("val/f1_micro", "test/f1_micro", "test/map")
Floats = npt.NDArray[np.float32]


def blank_rows(groups: tuple[str, ...]) -> Callable[..., object]:
    """Return a forward pass of the feature branch without the evidence of the words of some groups."""
    keep_mask = torch.tensor([1, *(find_group(name) not in groups for name in LANGUAGE.names)], dtype=torch.uint8)
    forward = FeatureBranch.forward

    def forward_without(branch: FeatureBranch, features: Tensor, mask: Tensor) -> object:
        # The plan of a run also measures networks of other vocabularies.
        is_language = features.shape[2] == len(keep_mask)
        return forward(branch, features * keep_mask[:, None] if is_language else features, mask)

    return forward_without


def skip_trunk(network: GuideNetwork, *batch: Tensor) -> Logits:
    """Take the logits of the rows alone."""
    assert network.features is not None
    return Logits(network.features(batch[3], batch[2]).remaining, None, None, None)


def skip_rows(network: GuideNetwork, *batch: Tensor) -> Logits:
    """Take the logits of the trunk alone."""
    assert network.features is not None
    rows = network.features(batch[3], batch[2]).rows
    return Logits(network.head(network.row_summary(rows).flatten(1)), None, None, None)


def skip_linear_model(features: Floats, labels: Floats, base_rates: Floats) -> Baselines:
    """Return baselines without the linear model, which takes a minute to fit and is unused here."""
    return Baselines(base_rates, np.zeros((features.shape[1], labels.shape[1]), np.float32), base_rates)


def train(variant: str, seed: int, data: str, steps: int, folder: Path) -> None:
    """Train one variant into a folder."""
    replacements: dict[str, tuple[type, Callable[..., object]]] = {
        "no trunk": (GuideNetwork, skip_trunk),
        "no rows": (GuideNetwork, skip_rows),
    } | {name: (FeatureBranch, blank_rows(groups)) for name, groups in GROUPS.items()}
    settings = [f"data.path={data}", f"seed={seed}", f"trainer.max_steps={steps}", "trainer.max_epochs=1000"]
    settings += ["data.batch_size=32", "trainer.arc_tasks=0", "hardware.threads=1"]
    target, forward = replacements.get(variant, (GuideNetwork, GuideNetwork.forward))
    with patch.object(target, "forward", forward), patch.object(evaluation, "fit_baselines", skip_linear_model):
        neural_guide.train_guide("experiment=wide", *settings, folder=folder)


def read_differences(folder: Path, variant: str, seeds: list[int], metric: str) -> list[float]:
    """Return the difference of a metric between a variant and `all`, for each seed that has both runs."""
    differences = []
    for seed in seeds:
        paths = [folder / f"{name.replace(' ', '_')}-{seed}" / "metrics.json" for name in (variant, "all")]
        if all(path.is_file() for path in paths):
            value, reference = (json.loads(path.read_text())[metric] for path in paths)
            differences.append(value - reference)
    return differences


def format_differences(values: list[float]) -> str:
    """Format the median and the range of differences."""
    return f"{statistics.median(values):+.3f} [{min(values):+.3f}, {max(values):+.3f}]" if values else ""


def print_table(folder: Path, seeds: list[int], console: Console) -> None:
    """Print the loss of each variant, as median and range over the seeds."""
    table = Table("variant", *METRICS, "seeds", title="less the guide with all rows: median and range of seeds")
    for variant in VARIANTS:
        values = [read_differences(folder, variant, seeds, metric) for metric in METRICS]
        if variant == "all":
            all_metrics = [json.loads(path.read_text()) for path in folder.glob("all-*/metrics.json")]
            row = (
                [f"{np.median([metrics[metric] for metrics in all_metrics]):.3f}" for metric in METRICS]
                if all_metrics
                else []
            )
        else:
            row = [format_differences(differences) for differences in values]
        table.add_row(variant, *row, str(len(values[0])))
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="file of generate dsl=language")
    parser.add_argument("--folder", type=Path, default=Path("outputs/bench/word_ablations"))
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--only", choices=VARIANTS, nargs="+", default=list(VARIANTS))
    parser.add_argument("--one", choices=VARIANTS, help=argparse.SUPPRESS)  # one run, in a process of its own
    options = parser.parse_args()
    console = Console()
    for seed in options.seeds:
        for variant in [options.one] if options.one else options.only:
            folder = options.folder / f"{variant.replace(' ', '_')}-{seed}"
            if (folder / "metrics.json").is_file():
                continue
            shutil.rmtree(folder, ignore_errors=True)
            if options.one:
                train(variant, seed, options.data, options.steps, folder)
                continue
            console.print(f"{variant}, seed {seed}")
            line = [sys.executable, __file__, "--one", variant, "--seeds", str(seed), "--data", options.data]
            line += ["--steps", str(options.steps), "--folder", str(options.folder)]
            completed = subprocess.run(line, capture_output=True, text=True, check=False)
            if completed.returncode:
                console.print(completed.stderr.strip().splitlines()[-1])
    if not options.one:
        print_table(options.folder, options.seeds, console)


if __name__ == "__main__":
    main()
