"""The five rows of the field report, trained for a fixed number of steps under the profiles that this machine can run.

Each is the real command in a process of its own: samples a second, peak memory of the process, the share of a step
spent waiting for its batch, the share of a processor's measured peak that the arithmetic reaches, and what the whole
row would take, extrapolated from the steps unless `--whole` trains it to the end. The folder keeps what was measured:
rows that are measured again take the place of theirs.

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


def configured(row: str, profile: str) -> RunSettings:
    config = load_settings("train", [f"experiment={row}", f"hardware={profile}"], SURFACE)
    assert isinstance(config, RunSettings)
    return config


def profiles_here() -> list[str]:
    return ["auto", "g4dn", "hopper"] if torch.cuda.is_available() else ["auto", "cpu", "c5"]


def measure(row: str, profile: str, folder: Path, steps: int | None, data: str | None) -> dict[str, Any]:
    """Train and read what the run wrote; steps None: to the end."""
    run = folder / f"{row}-{profile}-{datetime.now(UTC):%H%M%S}"
    overrides = [f"experiment={row}", f"hardware={profile}", "trainer.arc_tasks=0", f"hydra.run.dir={run}"]
    overrides += [f"trainer.max_steps={steps}"] if steps else []
    overrides += [f"data.path={data}"] if data else []
    load = os.getloadavg()[0]
    ended = subprocess.run(
        [sys.executable, "-m", "neural_guide.train", *overrides], capture_output=True, text=True, check=False
    )
    if ended.returncode:
        sys.exit(f"{row} under {profile}: {ended.stderr.strip()}")
    return summarise_run(row, profile, run, load)


def summarise_run(row: str, profile: str, run: Path, load: float) -> dict[str, Any]:
    metrics = json.loads((run / "metrics.json").read_text())
    config = configured(row, profile)
    machine = resolve_hardware(config.hardware, config.data, compiles=config.compile.enabled)
    torch.set_num_threads(machine.threads)
    shape = (1 + len(PRIMITIVES), len(FEATURES))
    of_network = measure_footprint(config, len(PRIMITIVES), shape)
    pairs = metrics["n_train"] / tasks_of(metrics)
    tasks_a_second = metrics["samples_per_s"] / (pairs * (1 - config.data.drop_pairs))
    step = config.data.batch_size / tasks_a_second
    # What is measured is the peak of a processor, which tells nothing of a GPU.
    on_gpu = machine.accelerator == "gpu"
    reached = None if on_gpu else compute_utilisation(of_network, config.data.batch_size, step, measure_gflops())
    per_epoch = steps_per_epoch(int(tasks_of(metrics)), config.data.batch_size)
    return {
        "row": row,
        "profile": profile,
        "threads": machine.threads,
        "load": load,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "steps": int(metrics["steps"]),
        "samples_per_s": metrics["samples_per_s"],
        "peak_gib": metrics["peak_rss_gib"],
        "data_wait": waited(run / "metrics.csv"),
        "utilisation": reached,
        "row_seconds": per_epoch * config.trainer.max_epochs * step,
        "train_seconds": metrics["train_seconds"],
        "whole": metrics["epochs"] >= config.trainer.max_epochs,
        "planned_seconds": metrics.get("planned_train_seconds"),
        "planned_gib": metrics.get("planned_memory_gib"),
    }


def tasks_of(metrics: dict[str, float]) -> float:
    """The number of training tasks, if each has as many records as the generator writes by default."""
    return max(1.0, metrics["n_train"] / GeneratorSettings().pairs_per_task)


def waited(path: Path) -> float:
    """Mean share of a step spent waiting for its batch, the first logged step left out."""
    with path.open(newline="") as lines:
        shares = [
            float(row["system/data_wait_share"]) for row in csv.DictReader(lines) if row.get("system/data_wait_share")
        ]
    kept = shares[1:] or shares
    return sum(kept) / len(kept) if kept else float("nan")


def table(results: list[dict[str, Any]]) -> ReportTable:
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
        of_plan = f"{result['planned_seconds'] / 60:.1f}, {result['planned_gib']:.2f} GiB" if is_planned else NO_VALUE
        cells = [
            *(result["row"], result["profile"], str(result["threads"]), str(result["steps"])),
            *(format_number(result["samples_per_s"], 0), format_number(result["peak_gib"], 2)),
            f"{result['data_wait']:.1%}",
            NO_VALUE if result["utilisation"] is None else f"{result['utilisation']:.0%}",
            f"{minutes:.1f}" + ("" if result["whole"] else " extrapolated"),
            of_plan,
        ]
        rows.append([Cell(cell) for cell in cells])
    return ReportTable("The rows of the field report", headers, rows)


def verdicts(results: list[dict[str, Any]]) -> list[str]:
    lines = []
    for result in results:
        if result["row"] in AIMS:
            seconds, aim = (result["train_seconds"] if result["whole"] else result["row_seconds"]), AIMS[result["row"]]
            how = "measured" if result["whole"] else "extrapolated"
            lines.append(
                f"- {result['row']} under {aim // 60} minutes: {seconds / 60:.1f} ({how}): "
                + ("met" if seconds < aim else "**missed**")
            )
    most = max(result["peak_gib"] for result in results)
    lines.append(
        f"- every row under {MEMORY_GIB:.0f} GiB: {most:.2f}: " + ("met" if most < MEMORY_GIB else "**missed**")
    )
    return lines


def draw(results: list[dict[str, Any]], path: Path) -> Path:
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
    """Into the section of its own, which is made where it is missing."""
    load = max(result["load"] for result in results)
    about = (
        f"{max(result['date'] for result in results)}, {count_physical_cores()} cores of {read_processor_name()}; "
        f"load average up to {load:.1f} at the start of a row."
    )
    picture = f"![samples a second and peak memory](pictures/{PICTURE.name})"
    block = "\n\n".join((BEGIN, about, picture, table(results).markdown().strip(), "\n".join(verdicts(results)), END))
    text = PAGE.read_text()
    if BEGIN in text:
        text = text[: text.index(BEGIN)] + block + text[text.index(END) + len(END) :]
    else:
        again = "Repeat it with `python benchmarks/training.py --whole --profiles cpu --docs`."
        text += f"\n## Training: the rows of the field report\n\n{again}\n\n{block}\n"
    PAGE.write_text(text)
    draw(results, PICTURE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="*", default=ROWS, choices=ROWS, help="none: tell what was measured")
    parser.add_argument("--profiles", nargs="+", default=profiles_here())
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--whole", action="store_true", help="train each row to its end")
    parser.add_argument("--data", help="another dataset")
    parser.add_argument("--folder", type=Path, default=Path("outputs/bench/training"))
    parser.add_argument("--docs", action="store_true", help="write table and picture into docs/")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    steps = None if asked.whole else asked.steps
    kept = asked.folder / "training.json"
    known = {
        (result["row"], result["profile"]): result for result in (json.loads(kept.read_text()) if kept.exists() else ())
    }
    for row in asked.rows:
        for profile in asked.profiles:
            known[row, profile] = measure(row, profile, asked.folder, steps, asked.data)
    results = [known[key] for key in sorted(known, key=lambda key: ROWS.index(key[0]))]
    kept.write_text(json.dumps(results, indent=2) + "\n")
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(table(results))
    console.print("\n".join(verdicts(results)), markup=False, highlight=False)
    if asked.docs:
        write_docs(results)


if __name__ == "__main__":
    main()
