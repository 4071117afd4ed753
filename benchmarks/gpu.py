"""Training benchmark for a machine with an NVIDIA GPU, in one run of fifteen minutes at most.

The parts, in this order:

- the peak of the GPU in each number format;
- the datasets;
- the emergency plan from start to end;
- every profile, with and without compilation;
- a training ten times as long as that of the shipped guide, and its gain.

The script skips parts that no longer fit into the time, and reports the reason. It writes results after each part.

    python benchmarks/gpu.py                 # outputs/bench/gpu/gpu.json and gpu.md
    python benchmarks/gpu.py --minutes 8     # less time: a shorter long training, then fewer profiles
    python benchmarks/gpu.py --rehearse      # tiny sizes on a processor: shows that the script works
"""

import argparse
import csv
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import torch

from gpu_report import format_report
from neural_guide.app.command import load_settings
from neural_guide.app.provenance import ROOT
from neural_guide.config import SURFACE
from neural_guide.dsl.vocabulary import PRIMITIVES
from neural_guide.experiment.settings import RunSettings
from neural_guide.features.executed import FEATURES
from neural_guide.runtime.hardware import list_gpus, read_processor_name
from neural_guide.training.batch_loader import steps_per_epoch
from neural_guide.training.hardware_profile import resolve_hardware
from neural_guide.training.memory_footprint import measure_footprint

RESERVE = 20.0  # seconds kept free for the report and for the end of a stopped process
LONG_SHARE = 0.45  # share of all time, reserved for the long training while profiles are measured
OVERHEAD = 45.0  # seconds of the long run outside training: imports, data, metrics, report
PRODUCTS = 20  # number of matrix products in the measurement of a peak
PAIRS = 4  # records per task, the default of the generator


@dataclass(frozen=True)
class Sizes:
    """Amount of work of each part.

    Attributes:
        records: records of the default dataset.
        shipped_records: records of the dataset of the shipped guide.
        steps: steps of each profile.
        shipped_epochs: epochs of the shipped guide.
        factor: epochs of the long training divided by those of the shipped guide.
        side: rows and columns of the matrices for the measurement of peaks.
        profiles: profiles to measure.
        compiles: values of `compile` to measure each profile with.
        emergency_profile: profile of the emergency plan.
        long_profile: profile of the long training.
        overrides: settings of all trainings.
    """

    records: int
    shipped_records: int
    steps: int
    shipped_epochs: int
    factor: int
    side: int
    profiles: tuple[str, ...]
    compiles: tuple[bool, ...]
    emergency_profile: str
    long_profile: str
    overrides: tuple[str, ...] = ()


FULL = Sizes(
    records=100_000,
    shipped_records=300_000,
    steps=200,
    shipped_epochs=16,
    factor=10,
    side=8192,
    profiles=("auto", "g4dn", "hopper"),
    compiles=(False, True),
    emergency_profile="g4dn",
    long_profile="auto",  # the batch and rate of the shipped guide
)
TINY = Sizes(
    records=4_000,
    shipped_records=4_000,
    steps=6,
    shipped_epochs=1,
    factor=2,
    side=512,
    profiles=("cpu",),
    compiles=(False,),
    emergency_profile="cpu",
    long_profile="cpu",
    overrides=("network.width=32", "network.row_width=16", "network.grid_channels=4", "data.batch_size=32"),
)


class SkippedPartError(Exception):
    """Error that ends a part, with the reason."""


@dataclass
class Clock:
    """Time limit of the whole script, in seconds."""

    seconds: float
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds_left(self) -> float:
        """Seconds that are still available for parts."""
        return self.seconds - RESERVE - (time.monotonic() - self.started)

    def require(self, needed: float, reserved: float = 0.0) -> None:
        """Raise SkippedPartError if fewer than `needed` seconds are left besides those reserved for later parts."""
        if self.seconds_left - reserved < needed:
            raise SkippedPartError(f"skipped: {self.seconds_left - reserved:.0f} s left, {needed:.0f} needed")


@dataclass
class Bench:
    """A run of this script: its sizes, time limit, folders and results."""

    sizes: Sizes
    clock: Clock
    folder: Path
    data: Path
    results: dict[str, Any] = field(default_factory=dict)

    def run_part(self, name: str, part: Callable[["Bench"], Any]) -> None:
        """Run a part, store its result or the reason for skipping it, and write the results so far."""
        started = time.monotonic()
        try:
            self.results[name] = part(self)
        except SkippedPartError as reason:
            self.results[name] = {"skipped": str(reason)}
        self.results.setdefault("seconds", {})[name] = time.monotonic() - started
        self.write()

    def write(self) -> None:
        """Write the results so far."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "gpu.json").write_text(json.dumps(self.results, indent=2) + "\n")
        (self.folder / "gpu.md").write_text(format_report(self.results))

    def run(self, module: str, *overrides: str, limit: float | None = None) -> float:
        """Run a command of the project to its end; return its seconds.

        Raises:
            SkippedPartError: the command failed, or took longer than the limit or the remaining time.
        """
        line = [sys.executable, "-m", f"neural_guide.{module}", *overrides]
        started = time.monotonic()
        seconds = min(limit or self.clock.seconds_left, self.clock.seconds_left)
        try:
            completed = subprocess.run(
                line, capture_output=True, text=True, check=False, cwd=ROOT, timeout=max(1, seconds)
            )
        except subprocess.TimeoutExpired:
            raise SkippedPartError(f"stopped after {seconds:.0f} s: {' '.join(line[2:])}") from None
        if completed.returncode:
            raise SkippedPartError(f"failed: {(completed.stderr.strip() or completed.stdout.strip())[-400:]}")
        return time.monotonic() - started

    def train(self, run: str, *overrides: str, limit: float | None = None) -> dict[str, Any]:
        """Train into a folder of this name; return the run's metrics, step measurements and seconds."""
        folder = self.folder / run
        fixed = ("trainer.arc_tasks=0", f"hydra.run.dir={folder}", *self.sizes.overrides)
        seconds = self.run("train", *fixed, *overrides, limit=limit)
        metrics = json.loads((folder / "metrics.json").read_text())
        return {"wall_seconds": seconds, **read_steps(folder / "metrics.csv"), "metrics": metrics}


def read_steps(path: Path) -> dict[str, float]:
    """Read median seconds of a step, mean share of waiting for data, and peak GPU memory from the log of a run.

    Step seconds and waiting leave out the first half of the run, which includes warm-up and compilation.
    """
    with path.open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row.get("system/train_s")]
    points = [(int(row["step"]), float(row["system/train_s"])) for row in rows]
    step_times = [(after - before) / (two - one) for (one, before), (two, after) in pairwise(points) if two > one]
    late_rows = rows[len(rows) // 2 :]
    waits = [float(row["system/data_wait_share"]) for row in late_rows if row.get("system/data_wait_share")]
    memory = [float(row["system/gpu_mem_gib"]) for row in rows if row.get("system/gpu_mem_gib")]
    return {
        "step_seconds": median(step_times[len(step_times) // 2 :]) if step_times else float("nan"),
        "data_wait": sum(waits) / len(waits) if waits else float("nan"),
        "gpu_gib": max(memory, default=0.0),
    }


def describe_machine(bench: Bench) -> dict[str, Any]:
    return {
        "gpus": [asdict(gpu) for gpu in list_gpus()],
        "processor": read_processor_name(),
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "peaks": measure_peaks(bench.sizes.side),
    }


def measure_peaks(side: int) -> dict[str, float]:
    """Measure the TFLOP/s of large matrix products in each number format; tf32 is fp32 at `matmul_precision=high`."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    formats = {"16-mixed": torch.float16, "bf16-mixed": torch.bfloat16, "32-true": torch.float32, "tf32": torch.float32}
    peaks = {}
    for name, dtype in formats.items():
        torch.set_float32_matmul_precision("high" if name == "tf32" else "highest")
        matrix = torch.randn(side, side, device=device).to(dtype)
        for count in (2, PRODUCTS):  # the first two products select kernels
            synchronize(device)
            started = time.perf_counter()
            for _ in range(count):
                matrix @ matrix
            synchronize(device)
        peaks[name] = 2 * side**3 * PRODUCTS / (time.perf_counter() - started) / 1e12
    return peaks


def synchronize(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def generate_datasets(bench: Bench) -> dict[str, float]:
    """Generate each missing dataset; return the seconds by file name, 0 for an existing one."""
    seconds = {}
    for path, records in (
        (find_default_dataset(bench), bench.sizes.records),
        (find_shipped_dataset(bench), bench.sizes.shipped_records),
    ):
        run = bench.folder / f"generate-{path.stem}"
        overrides = (f"data.path={path}", f"generate.samples={records}", f"hydra.run.dir={run}")
        seconds[path.name] = 0.0 if path.exists() else bench.run("generate", *overrides)
    return seconds


def find_default_dataset(bench: Bench) -> Path:
    return bench.data / "enhanced_synthetic_dataset_v2.json"


def find_shipped_dataset(bench: Bench) -> Path:
    return bench.data / "shipped.json"


def measure_emergency(bench: Bench) -> dict[str, Any]:
    """Measure the emergency plan of the field report, from the command to the report."""
    profile = bench.sizes.emergency_profile
    return bench.train(
        "emergency", "experiment=emergency", f"hardware={profile}", f"data.path={find_default_dataset(bench)}"
    ) | {"profile": profile}


def measure_profiles(bench: Bench) -> list[dict[str, Any]]:
    """Measure a few steps of every profile, each with its own batch size; first without compilation."""
    rows, needed_seconds = [], 60.0
    for is_compiled in bench.sizes.compiles:
        for profile in bench.sizes.profiles:
            try:
                bench.clock.require(needed_seconds, LONG_SHARE * bench.clock.seconds)
                row = measure_profile(bench, profile, is_compiled=is_compiled)
                needed_seconds = max(30.0, row["wall_seconds"]) * (3 if is_compiled != bench.sizes.compiles[-1] else 1)
            except SkippedPartError as reason:
                row = {"skipped": str(reason)}
            rows.append({"profile": profile, "compile": is_compiled, **row})
    return rows


def measure_profile(bench: Bench, profile: str, *, is_compiled: bool) -> dict[str, Any]:
    overrides = (
        f"hardware={profile}",
        f"compile={'on' if is_compiled else 'off'}",
        f"data.path={find_default_dataset(bench)}",
    )
    steps = (f"trainer.max_steps={bench.sizes.steps}", "trainer.max_epochs=1000", "trainer.log_every_steps=2")
    name = f"{profile}-{'compiled' if is_compiled else 'plain'}"
    limit = bench.clock.seconds_left - LONG_SHARE * bench.clock.seconds
    measurement = bench.train(name, *overrides, *steps, limit=limit)
    settings = read_settings(*overrides, *bench.sizes.overrides)
    precision = resolve_hardware(settings.hardware, settings.data).precision
    flops = measure_footprint(settings, len(PRIMITIVES), (1 + len(PRIMITIVES), len(FEATURES))).flops
    tflops = flops * settings.data.batch_size / measurement["step_seconds"] / 1e12
    return measurement | {
        "batch_size": settings.data.batch_size,
        "precision": precision,
        "tflops": tflops,
        "share_of_peak": tflops / bench.results["machine"]["peaks"][precision],
    }


def read_settings(*overrides: str) -> RunSettings:
    settings = load_settings("train", list(overrides), SURFACE)
    assert isinstance(settings, RunSettings)
    return settings


def measure_long_training(bench: Bench) -> dict[str, Any]:
    """Train ten times the epochs of the shipped guide, or as many as fit; measure both guides on the same data."""
    data = f"data.path={find_shipped_dataset(bench)}"
    shipped_metrics = {}
    for split in ("val", "test"):
        run = bench.folder / f"shipped-{split}"
        overrides = (data, f"evaluate.split={split}", "checkpoint=guides/v2", f"hydra.run.dir={run}")
        bench.run("evaluate", "data.colour_augmentation=0", *overrides)
        shipped_metrics |= json.loads((run / "metrics.json").read_text())
    profile = f"hardware={bench.sizes.long_profile}"
    epochs, planned_seconds = choose_epochs(
        bench, read_settings("experiment=shipped", profile, data, *bench.sizes.overrides)
    )
    bench.clock.require(OVERHEAD + planned_seconds / epochs)
    max_seconds = int(bench.clock.seconds_left - OVERHEAD)
    max_time = f"trainer.max_time=00:{max_seconds // 3600:02}:{max_seconds % 3600 // 60:02}:{max_seconds % 60:02}"
    run = bench.train("longer", "experiment=shipped", profile, data, f"trainer.max_epochs={epochs}", max_time)
    length_factor = run["metrics"]["epochs"] / bench.sizes.shipped_epochs
    return {"epochs": epochs, "times_as_long": length_factor, "shipped": shipped_metrics, "longer": run}


def choose_epochs(bench: Bench, settings: RunSettings) -> tuple[int, float]:
    """Choose the number of epochs that fits, from the steps and epochs measured before; estimate their seconds."""
    plain_rows = [row for row in bench.results["profiles"] if not row["compile"] and "step_seconds" in row]
    profile_rows = [row for row in plain_rows if row["profile"] == settings.hardware.name]
    emergency = bench.results["emergency"]
    if not (profile_rows or plain_rows) or "step_seconds" not in emergency:
        raise SkippedPartError("skipped: no step was measured to plan it with")
    step_seconds = (profile_rows or plain_rows)[0]["step_seconds"]
    emergency_metrics = emergency["metrics"]
    seconds_between_epochs = max(
        0.5,
        (emergency_metrics["train_seconds"] - emergency_metrics["steps"] * emergency["step_seconds"])
        / max(1, emergency_metrics["epochs"]),
    )
    steps = steps_per_epoch(bench.sizes.shipped_records // PAIRS, settings.data.batch_size)
    # The factor allows for a network wider than the default; the splits leave fewer tasks.
    epoch_seconds = 1.2 * steps * step_seconds + seconds_between_epochs
    epochs = int((bench.clock.seconds_left - OVERHEAD) / epoch_seconds)
    chosen_epochs = max(1, min(epochs, bench.sizes.factor * bench.sizes.shipped_epochs))
    return chosen_epochs, chosen_epochs * epoch_seconds


PARTS: dict[str, Callable[[Bench], Any]] = {
    "machine": describe_machine,
    "data": generate_datasets,
    "emergency": measure_emergency,
    "profiles": measure_profiles,
    "longer": measure_long_training,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=15.0, help="most time of the whole script")
    parser.add_argument("--rehearse", action="store_true", help="tiny sizes, on a processor")
    parser.add_argument("--folder", type=Path, default=ROOT / "outputs/bench/gpu", help="results and runs")
    parser.add_argument("--data", type=Path, default=ROOT / "data/synthetic", help="datasets; missing ones are made")
    options = parser.parse_args()
    if not options.rehearse and not torch.cuda.is_available():
        sys.exit("benchmarks/gpu.py needs an NVIDIA GPU and a CUDA build of torch. Use --rehearse on a processor.")
    sizes = TINY if options.rehearse else FULL
    folder, data = options.folder.resolve(), options.data.resolve()
    data = folder / "data" if options.rehearse else data
    bench = Bench(sizes, Clock(60 * options.minutes), folder, data)
    for name, part in PARTS.items():
        bench.run_part(name, part)
        print(f"{name}: {bench.results['seconds'][name]:.0f} s", flush=True)
    print(format_report(bench.results))


if __name__ == "__main__":
    main()
