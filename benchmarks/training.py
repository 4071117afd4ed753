"""Training benchmark: the five rows of the field report, under the profiles that this machine can run.

Each row is the real command in a process of its own, for a fixed number of steps. The script reports:

- samples per second;
- peak memory of the process;
- the share of a step spent waiting for its batch;
- the share of a processor's measured peak that the arithmetic reaches;
- the time of the whole row, extrapolated from the steps unless `--whole` trains it to the end.

The folder keeps all measurements; measuring a row again replaces its earlier measurement.

    python benchmarks/training.py                                    # about 30 minutes on 2 cores, 10 a profile
    python benchmarks/training.py --rows attempt2 --profiles cpu --steps 40
    python benchmarks/training.py --whole --rows emergency           # to the end
    python benchmarks/training.py --docs                             # and write table and picture into docs/
    python benchmarks/training.py --rows --docs                      # those of what was measured before
"""

import argparse
import csv
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from rich.console import Console

from neural_guide.app.command import load_settings
from neural_guide.app.provenance import ROOT
from neural_guide.config import SURFACE
from neural_guide.data.generation.settings import GeneratorSettings
from neural_guide.dsl.vocabulary import PRIMITIVES
from neural_guide.experiment.settings import RunSettings
from neural_guide.features.executed import FEATURES
from neural_guide.planning.speed import compute_utilisation, measure_gflops
from neural_guide.reporting.figure_layout import save_png
from neural_guide.reporting.report_table import NO_VALUE, Cell, ReportTable, format_number
from neural_guide.runtime.hardware import count_physical_cores, read_processor_name
from neural_guide.training.batch_loader import steps_per_epoch
from neural_guide.training.hardware_profile import resolve_hardware
from neural_guide.training.memory_footprint import measure_footprint

ROWS = ("attempt1", "attempt2", "attempt3", "attempt4", "emergency")
AIMS = {"attempt1": 30 * 60, "emergency": 3 * 60}  # seconds for the whole row, on 2 cores
MEMORY_GIB = 2.0
PAGE, PICTURE = ROOT / "docs" / "performance.md", ROOT / "docs" / "pictures" / "training.png"
BEGIN, END = "<!-- training: written by benchmarks/training.py --docs -->", "<!-- end of training -->"


def load_run_settings(row: str, profile: str) -> RunSettings:
    settings = load_settings("train", [f"experiment={row}", f"hardware={profile}"], SURFACE)
    assert isinstance(settings, RunSettings)
    return settings


def list_profiles() -> list[str]:
    return ["auto", "g4dn", "hopper"] if torch.cuda.is_available() else ["auto", "cpu", "c5"]


def measure_row(row: str, profile: str, folder: Path, steps: int | None, data: str | None) -> dict[str, Any]:
    """Train, and summarise the files of the run; steps None: train to the end."""
    run = folder / f"{row}-{profile}-{datetime.now(UTC):%H%M%S}"
    overrides = [f"experiment={row}", f"hardware={profile}", "trainer.arc_tasks=0", f"hydra.run.dir={run}"]
    overrides += [f"trainer.max_steps={steps}"] if steps else []
    overrides += [f"data.path={data}"] if data else []
    load = os.getloadavg()[0]
    completed = subprocess.run(
        [sys.executable, "-m", "neural_guide.train", *overrides], capture_output=True, text=True, check=False
    )
    if completed.returncode:
        sys.exit(f"{row} under {profile}: {completed.stderr.strip()}")
    return summarise_run(row, profile, run, load)


def summarise_run(row: str, profile: str, run: Path, load: float) -> dict[str, Any]:
    metrics = json.loads((run / "metrics.json").read_text())
    settings = load_run_settings(row, profile)
    hardware = resolve_hardware(settings.hardware, settings.data, compiles=settings.compile.enabled)
    torch.set_num_threads(hardware.threads)
    shape = (1 + len(PRIMITIVES), len(FEATURES))
    footprint = measure_footprint(settings, len(PRIMITIVES), shape)
    pairs_per_task = metrics["n_train"] / count_tasks(metrics)
    tasks_per_second = metrics["samples_per_s"] / (pairs_per_task * (1 - settings.data.drop_pairs))
    step_seconds = settings.data.batch_size / tasks_per_second
    # The measured peak is that of a processor; it says nothing about a GPU.
    is_on_gpu = hardware.accelerator == "gpu"
    utilisation = (
        None if is_on_gpu else compute_utilisation(footprint, settings.data.batch_size, step_seconds, measure_gflops())
    )
    epoch_steps = steps_per_epoch(int(count_tasks(metrics)), settings.data.batch_size)
    return {
        "row": row,
        "profile": profile,
        "threads": hardware.threads,
        "load": load,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "steps": int(metrics["steps"]),
        "samples_per_s": metrics["samples_per_s"],
        "peak_gib": metrics["peak_rss_gib"],
        "data_wait": compute_wait_share(run / "metrics.csv"),
        "utilisation": utilisation,
        "row_seconds": epoch_steps * settings.trainer.max_epochs * step_seconds,
        "train_seconds": metrics["train_seconds"],
        "whole": metrics["epochs"] >= settings.trainer.max_epochs,
        "planned_seconds": metrics.get("planned_train_seconds"),
        "planned_gib": metrics.get("planned_memory_gib"),
    }


def count_tasks(metrics: dict[str, float]) -> float:
    """Count the training tasks, assuming the generator's default number of records per task."""
    return max(1.0, metrics["n_train"] / GeneratorSettings().pairs_per_task)


def compute_wait_share(path: Path) -> float:
    """Compute the mean share of a step spent waiting for its batch, without the first logged step."""
    with path.open(newline="") as lines:
        shares = [
            float(row["system/data_wait_share"]) for row in csv.DictReader(lines) if row.get("system/data_wait_share")
        ]
    later_shares = shares[1:] or shares
    return sum(later_shares) / len(later_shares) if later_shares else float("nan")


def tabulate_results(results: list[dict[str, Any]]) -> ReportTable:
    headers = [
        "row",
        "profile",
        "threads",
        "steps",
        "samples/s",
        "peak, GiB",
        "data wait",
        "of peak",
        "row, min",
        "planned",
    ]
    rows = []
    for result in results:
        minutes = (result["train_seconds"] if result["whole"] else result["row_seconds"]) / 60
        is_planned = result["whole"] and result["planned_seconds"] is not None  # short runs plan nothing
        plan = f"{result['planned_seconds'] / 60:.1f}, {result['planned_gib']:.2f} GiB" if is_planned else NO_VALUE
        cells = [
            *(result["row"], result["profile"], str(result["threads"]), str(result["steps"])),
            *(format_number(result["samples_per_s"], 0), format_number(result["peak_gib"], 2)),
            f"{result['data_wait']:.1%}",
            NO_VALUE if result["utilisation"] is None else f"{result['utilisation']:.0%}",
            f"{minutes:.1f}" + ("" if result["whole"] else " extrapolated"),
            plan,
        ]
        rows.append([Cell(cell) for cell in cells])
    return ReportTable("The rows of the field report", headers, rows)


def format_verdicts(results: list[dict[str, Any]]) -> list[str]:
    lines = []
    for result in results:
        if result["row"] in AIMS:
            seconds, aim = (result["train_seconds"] if result["whole"] else result["row_seconds"]), AIMS[result["row"]]
            source = "measured" if result["whole"] else "extrapolated"
            lines.append(
                f"- {result['row']} under {aim // 60} minutes: {seconds / 60:.1f} ({source}): "
                + ("met" if seconds < aim else "**missed**")
            )
    max_memory = max(result["peak_gib"] for result in results)
    lines.append(
        f"- every row under {MEMORY_GIB:.0f} GiB: {max_memory:.2f}: "
        + ("met" if max_memory < MEMORY_GIB else "**missed**")
    )
    return lines


def draw_results(results: list[dict[str, Any]], path: Path) -> Path:
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    names = [f"{result['row']}\n{result['profile']}" for result in results]
    parts = (("samples a second", "samples_per_s", 1.0), ("peak memory, GiB", "peak_gib", 1.0))
    for axes, (title, key, scale) in zip(figure.subplots(1, 2), parts, strict=True):
        bars = axes.bar(names, [result[key] * scale for result in results], color="#0072B2")
        axes.bar_label(bars, fmt="%.2f" if key == "peak_gib" else "%.0f", fontsize=8)
        axes.set_title(title, fontsize=10)
        axes.tick_params(axis="x", labelsize=7)
        axes.spines[["top", "right"]].set_visible(False)
    return save_png(figure, path)


def write_docs(results: list[dict[str, Any]]) -> None:
    """Write the results into their section of the page; add the section if it is missing."""
    load = max(result["load"] for result in results)
    caption = (
        f"{max(result['date'] for result in results)}, {count_physical_cores()} cores of {read_processor_name()}; "
        f"load average up to {load:.1f} at the start of a row."
    )
    picture = f"![samples a second and peak memory](pictures/{PICTURE.name})"
    block = "\n\n".join(
        (
            BEGIN,
            caption,
            picture,
            tabulate_results(results).markdown().strip(),
            "\n".join(format_verdicts(results)),
            END,
        )
    )
    text = PAGE.read_text()
    if BEGIN in text:
        text = text[: text.index(BEGIN)] + block + text[text.index(END) + len(END) :]
    else:
        instruction = "Repeat it with `python benchmarks/training.py --whole --profiles cpu --docs`."
        text += f"\n## Training: the rows of the field report\n\n{instruction}\n\n{block}\n"
    PAGE.write_text(text)
    draw_results(results, PICTURE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="*", default=ROWS, choices=ROWS, help="none: tell what was measured")
    parser.add_argument("--profiles", nargs="+", default=list_profiles())
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--whole", action="store_true", help="train each row to its end")
    parser.add_argument("--data", help="another dataset")
    parser.add_argument("--folder", type=Path, default=Path("outputs/bench/training"))
    parser.add_argument("--docs", action="store_true", help="write table and picture into docs/")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    steps = None if options.whole else options.steps
    results_path = options.folder / "training.json"
    result_by_run = {
        (result["row"], result["profile"]): result
        for result in (json.loads(results_path.read_text()) if results_path.exists() else ())
    }
    for row in options.rows:
        for profile in options.profiles:
            result_by_run[row, profile] = measure_row(row, profile, options.folder, steps, options.data)
    results = [result_by_run[key] for key in sorted(result_by_run, key=lambda key: ROWS.index(key[0]))]
    results_path.write_text(json.dumps(results, indent=2) + "\n")
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(tabulate_results(results))
    console.print("\n".join(format_verdicts(results)), markup=False, highlight=False)
    if options.docs:
        write_docs(results)


if __name__ == "__main__":
    main()
