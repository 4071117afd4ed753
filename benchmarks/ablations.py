"""Ablation study of the guide: the real command with one setting changed at a time, for the same number of steps.

Every run is `python -m neural_guide.train` in a folder of its own. The script reads finished runs and does not repeat
them, so one can stop it, start it again and extend the list. Splits follow from hashes of the content; therefore all
seeds and amounts of data share the same validation and test tasks. CPU seconds cover the whole command: imports,
training, metrics, report.

    python benchmarks/ablations.py --data data/300k.json                       # 3 seeds of everything: about an hour
    python benchmarks/ablations.py --data data/300k.json --seeds 0 --only data # the amounts of data, one seed
    python benchmarks/ablations.py --data data/300k.json --finished --curve outputs/latest --docs  # write docs/guide.md

With --curve the picture also shows validation micro-F1 of a longer run against minutes of training.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from matplotlib.figure import Figure
from rich.console import Console
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from neural_guide.reporting.curves import WIDTH, draw_points, finish_plot, label_axes
from neural_guide.reporting.figure_layout import FigureLayout, save_png
from neural_guide.reporting.report_table import Cell, ReportTable

ROOT = Path(__file__).resolve().parents[1]
PAGE, PICTURES = ROOT / "docs" / "guide.md", ROOT / "docs" / "pictures"
BEGIN, END = "<!-- measured: written by benchmarks/ablations.py --docs -->", "<!-- end of measured -->"
BASE = ("network.width=384", "network.grid_channels=24", "network.dropout=0.4", "optimizer.weight_decay=0.02")
# The number of steps ends a run, so small datasets are seen more often. One thread, because cores are shared.
COMMON = ("trainer.max_epochs=1000", "trainer.arc_tasks=0", "hardware.threads=1", "hardware.processes=1")
WITHOUT_GRIDS = ("network.grids=false",)  # feature rows are compared without the grid branch, which halves the cost
LONG_FACTOR = 3  # step factor for comparing amounts of data: small datasets overfit only if seen often
METRICS = ("val/f1_micro", "val/exact_set", "test/f1_micro", "test/exact_set")
HEADERS = ("setting", "val micro-F1", "exact set", "unseen micro-F1", "exact set", "CPU s", "seeds")


class Setting(NamedTuple):
    """One ablation: its group and name in the table, the settings it changes, and the factor on its training steps."""

    group: str
    name: str
    changes: tuple[str, ...] = ()
    step_factor: int = 1

    def find_folder(self, steps: int) -> Path:
        """Return the relative folder of its runs; `steps`: optimiser steps of a setting with step factor 1."""
        return Path(f"{self.step_factor * steps}_steps") / ("_".join(self.changes).replace("=", "-") or "base")


SETTINGS = (
    Setting("base", "base: grids and executed features, 4 pairs, all data"),
    Setting("branches", "executed features alone", WITHOUT_GRIDS),
    Setting("branches", "grids alone", ("network.features=false",)),
    Setting("pairs", "1 pair a task", ("data.pairs_per_task=1",)),
    Setting("pairs", "2 pairs a task", ("data.pairs_per_task=2",)),
    Setting("pairs", "3 pairs a task", ("data.pairs_per_task=3",)),
    Setting("data", "10,000 records, longer", ("data.max_samples=10000",), LONG_FACTOR),
    Setting("data", "30,000 records, longer", ("data.max_samples=30000",), LONG_FACTOR),
    Setting("data", "100,000 records, longer", ("data.max_samples=100000",), LONG_FACTOR),
    Setting("data", "all records, longer", (), LONG_FACTOR),
    Setting("augmentation", "pairs hidden at random, 0.3", ("data.drop_pairs=0.3",)),
    Setting("augmentation", "outputs in other colours, 0.1", ("data.colour_augmentation=0.1",)),
    Setting("rows", "features alone, 32 numbers a primitive", (*WITHOUT_GRIDS, "network.row_width=32")),
    Setting("rows", "features alone, 96 numbers a primitive", (*WITHOUT_GRIDS, "network.row_width=96")),
    Setting("rows", "features alone, no layer of attention", (*WITHOUT_GRIDS, "network.row_layers=0")),
    Setting("rows", "features alone, 1 layer of attention", (*WITHOUT_GRIDS, "network.row_layers=1")),
    Setting("rows", "features alone, 3 layers of attention", (*WITHOUT_GRIDS, "network.row_layers=3")),
    Setting("size", "trunk of 128", ("network.width=128",)),
    Setting("size", "trunk of 768", ("network.width=768",)),
    Setting("regularisation", "dropout 0", ("network.dropout=0",)),
    Setting("regularisation", "dropout 0.2", ("network.dropout=0.2",)),
)


@dataclass(frozen=True)
class Run:
    """A finished run: CPU seconds of its command, number of training records, and metrics."""

    setting: str
    seed: int
    cpu_seconds: float
    records: float
    metrics: dict[str, float]


class Row(NamedTuple):
    """The runs of one setting: mean and standard deviation over seeds of each metric and of CPU seconds."""

    setting: str
    seeds: int
    records: float
    values: dict[str, tuple[float, float | None]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="a dataset of at least 300,000 records")
    parser.add_argument("--folder", type=Path, default=Path("outputs/ablations"), help="of all runs")
    parser.add_argument("--steps", type=int, default=400, help="optimiser steps of each run; some are longer")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--only", nargs="+", choices=sorted({setting.group for setting in SETTINGS}))
    parser.add_argument("--change", nargs="+", default=[], help="settings of all runs, e.g. data.batch_size=32")
    parser.add_argument("--source", type=Path, help="src of another checkout to train with; left out: as installed")
    parser.add_argument("--finished", action="store_true", help="read what is finished and train nothing")
    parser.add_argument("--curve", type=Path, help="folder of a longer run, for the picture")
    parser.add_argument("--docs", action="store_true", help="write table, figures and picture to docs")
    options = parser.parse_args()
    console = Console(width=140)
    chosen = [setting for setting in SETTINGS if not options.only or setting.group in options.only]
    environment = os.environ | ({"PYTHONPATH": str(options.source.resolve())} if options.source else {})
    trainer = Trainer(options.folder, options.data, options.steps, tuple(options.change), environment)
    runs = []
    for seed in options.seeds:  # seed by seed: after an interruption all settings have equally many runs
        for setting in chosen:
            if options.finished and not trainer.is_finished(setting, seed):
                continue
            runs.append(trainer.run(setting, seed))
            console.print(f"seed {seed}  {setting.name}: {_format_run(runs[-1])}", highlight=False)
    rows = summarize_runs(runs)
    table = tabulate_rows(rows)
    console.print(table)
    picture = draw_figure(rows, read_curve(options.curve) if options.curve else [])
    target = PICTURES if options.docs else options.folder
    save_png(picture, target / "ablations.png")
    (target / "ablations.json").write_text(json.dumps([asdict(run) for run in runs], indent=1))
    if options.docs:
        replace_section(PAGE, table.markdown())


@dataclass(frozen=True)
class Trainer:
    """Trainer that runs the real command, each run in its own folder, and reads finished runs instead.

    Attributes:
        folder: folder of all runs.
        data: the dataset.
        steps: optimiser steps of a setting with step factor 1.
        changes: settings of all runs.
        environment: environment of the commands.
    """

    folder: Path
    data: Path
    steps: int
    changes: tuple[str, ...]
    environment: dict[str, str]

    def find_folder(self, setting: Setting, seed: int) -> Path:
        """Return the folder of a run."""
        return self.folder.resolve() / setting.find_folder(self.steps) / f"seed{seed}"

    def is_finished(self, setting: Setting, seed: int) -> bool:
        """Return whether a run ended; an interrupted run has no `cpu.json`."""
        return (self.find_folder(setting, seed) / "cpu.json").exists()

    def run(self, setting: Setting, seed: int) -> Run:
        """Train, or read a finished run; an interrupted run starts again from the beginning."""
        folder = self.find_folder(setting, seed)
        if not self.is_finished(setting, seed):
            shutil.rmtree(folder, ignore_errors=True)
            steps = f"trainer.max_steps={setting.step_factor * self.steps}"
            common = (*COMMON, steps, *self.changes, f"seed={seed}")
            cpu_seconds = self._run_command("train", folder, *BASE, *common, *setting.changes)
            checkpoint = f"checkpoint={folder / 'checkpoints' / 'last.ckpt'}"
            for split in self._list_evaluated_splits(setting):
                self._run_command("evaluate", folder / split, checkpoint, f"evaluate.split={split}", *common)
            (folder / "cpu.json").write_text(json.dumps(cpu_seconds))
        metrics = json.loads((folder / "metrics.json").read_text())
        records = metrics["n_train"]
        for split in self._list_evaluated_splits(setting):
            metrics |= json.loads((folder / split / "metrics.json").read_text())
        cpu_seconds = json.loads((folder / "cpu.json").read_text())
        return Run(setting.name, seed, cpu_seconds, records, {name: metrics[name] for name in METRICS})

    def _list_evaluated_splits(self, setting: Setting) -> tuple[str, ...]:
        """List the splits to evaluate separately, for runs that differ in the amount of data.

        With fewer records the run's own splits are smaller, and its best epoch ends at a different number of steps.
        """
        return ("val", "test") if setting.group == "data" else ()

    def _run_command(self, name: str, folder: Path, *changes: str) -> float:
        """Run a command to its end; return the CPU seconds of it and its child processes."""
        line = [sys.executable, "-m", f"neural_guide.{name}", f"data.path={self.data}", f"hydra.run.dir={folder}"]
        before = _measure_children_seconds()
        completed = subprocess.run([*line, *changes], env=self.environment, capture_output=True, text=True, check=False)
        if completed.returncode:
            sys.exit(f"{' '.join([*line, *changes])} ended with {completed.returncode}:\n{completed.stderr[-2000:]}")
        return _measure_children_seconds() - before


def summarize_runs(runs: Sequence[Run]) -> list[Row]:
    """Summarize the runs of each setting, in the order of first occurrence."""
    rows = []
    for name in dict.fromkeys(run.setting for run in runs):
        setting_runs = [run for run in runs if run.setting == name]
        values = {metric: summarize_values([run.metrics[metric] for run in setting_runs]) for metric in METRICS}
        values["cpu"] = summarize_values([run.cpu_seconds for run in setting_runs])
        rows.append(Row(name, len(setting_runs), statistics.fmean(run.records for run in setting_runs), values))
    return rows


def summarize_values(values: Sequence[float]) -> tuple[float, float | None]:
    """Return mean and sample standard deviation; None for a single value."""
    return statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None


def tabulate_rows(rows: Sequence[Row]) -> ReportTable:
    """Tabulate the settings, one per row, with mean ± standard deviation."""
    lines = [
        [
            Cell(row.setting),
            *(Cell(_format_value(*row.values[metric], 3)) for metric in METRICS),
            Cell(_format_value(row.values["cpu"][0], None, 0)),
            Cell(str(row.seeds)),
        ]
        for row in rows
    ]
    return ReportTable("the same number of steps each", HEADERS, lines)


def _format_value(mean: float, deviation: float | None, digits: int) -> str:
    return f"{mean:.{digits}f}" + (f" ± {deviation:.{digits}f}" if deviation is not None else "")


def _format_run(run: Run) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in run.metrics.items()) + f", {run.cpu_seconds:.0f} CPU s"


def read_curve(folder: Path) -> list[tuple[float, float]]:
    """Read minutes of training and validation micro-F1 of a run from its TensorBoard events."""
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()
    started = min(events.Scalars(tag)[0].wall_time for tag in events.Tags()["scalars"])
    return [((event.wall_time - started) / 60, event.value) for event in events.Scalars("val/f1_micro")]


def draw_figure(rows: Sequence[Row], minutes: Sequence[tuple[float, float]]) -> Figure:
    """Draw micro-F1 against training records, and against minutes of a longer run if there is one."""
    data_settings = {setting.name for setting in SETTINGS if setting.group == "data"}
    data_rows = sorted((row for row in rows if row.setting in data_settings), key=lambda row: row.records)
    layout = FigureLayout(2 * WIDTH if minutes else WIDTH, 3.0)
    axes = layout.add_axes(0.6, 0.35, WIDTH - 0.75, 2.15)
    label_axes(axes, "micro-F1")
    if data_rows:
        axes.set_xscale("log")
        for position, (metric, name) in enumerate((("val/f1_micro", "val"), ("test/f1_micro", "unseen compositions"))):
            draw_points(axes, [(row.records, row.values[metric][0]) for row in data_rows], position, name)
    finish_plot(axes, "The same number of steps, more data", "records trained on")
    if minutes:
        axes = layout.add_axes(WIDTH + 0.6, 0.35, WIDTH - 0.75, 2.15)
        label_axes(axes, "micro-F1, val")
        draw_points(axes, minutes, 0, "val")
        finish_plot(axes, "A longer run", "minutes of training")
    return layout.figure


def replace_section(page: Path, section: str) -> None:
    """Replace the section between the two marks of a page.

    Raises:
        ValueError: a mark is missing.
    """
    text = page.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no '{BEGIN}' ... '{END}' to replace")
    page.write_text(f"{before}{BEGIN}\n\n{section}\n{END}{after}")


def _measure_children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
