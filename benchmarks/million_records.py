"""Memory and speed of conversion and training on 1,000,000 records compared with 100,000.

The large dataset has the records of the small one ten times, under different task ids. Each step is a child process, as
a user would start it; the two sizes alternate. Memory of conversion is the peak above the memory of the process after
its imports. Memory of features and of training is the highest sum over the process and its children.

    python benchmarks/million_records.py                           # the default dataset, ten times; about 20 minutes
    python benchmarks/million_records.py --copies 3 --steps 50 --folder /tmp/million
    python benchmarks/million_records.py --repeat-features               # without executing primitives on the copies
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from neural_guide.data.format.records import Record, read_records, write_records
from neural_guide.data.format.violations import Violations
from neural_guide.data.store.arrow_rows import RowsWriter, write_row_checksums
from neural_guide.data.store.feature_cache import CHUNK_RECORDS, open_features
from neural_guide.data.store.store import open_store

DATASET = Path("data/synthetic/enhanced_synthetic_dataset_v2.json")
MIB = 2**20
POLL_SECONDS = 0.05  # seconds between two readings of the memory of a process tree
AIMS = {
    "convert_rate": "at least 25",
    "convert_above": "under 100",
    "training_peak": "within 10 %",
    "first_batch": "within 0.2",
}
TITLES = {
    "records": "records",
    "json": "dataset, MiB",
    "store": "store without features, MiB",
    "features_disk": "features, MiB",
    "convert_wall": "conversion, s",
    "convert_cpu": "conversion, CPU-seconds",
    "convert_rate": "conversion, MB per CPU-second",
    "convert_above": "conversion, peak above imports, MiB",
    "open": "opening a built store, s",
    "first_batch": "  and its first batch of 256, s",
    "features_wall": "features, s",
    "features_peak": "features, peak of all processes, MiB",
    "training_wall": "training and its metrics, s",
    "training_peak": "training, peak of all processes, MiB",
}


def repeat_records(dataset: Path, copies: int) -> Iterator[Record]:
    """Repeat the records of a dataset, under different task ids each time."""
    for copy in range(copies):
        for record in read_records(dataset, Violations()):
            yield record._replace(task_id=f"{copy}_{record.task_id}")


def convert_dataset(dataset: Path) -> dict[str, float]:
    """Build the store in this process."""
    peak_before, wall_start, cpu_start = measure_peak(), time.perf_counter(), time.process_time()
    store = open_store(dataset, progress=False)
    cpu_seconds = time.process_time() - cpu_start
    size = dataset.stat().st_size
    return {
        "records": len(store),
        "json": size / MIB,
        "store": sum(file.stat().st_size for file in store.folder.iterdir()) / MIB,
        "convert_wall": time.perf_counter() - wall_start,
        "convert_cpu": cpu_seconds,
        "convert_rate": size / 1e6 / cpu_seconds,
        "convert_above": measure_peak() - peak_before,
    }


def read_first_batch(dataset: Path) -> dict[str, float]:
    """Open the existing store and gather a batch."""
    started = time.perf_counter()
    store = open_store(dataset, progress=False)
    open_seconds = time.perf_counter() - started
    store.gather(np.random.default_rng(0).permutation(len(store))[:256])
    return {"open": open_seconds, "first_batch": time.perf_counter() - started}


def compute_features(dataset: Path) -> dict[str, float]:
    """Compute the executed features of all records."""
    store = open_store(dataset, progress=False)
    open_features(store, progress=False)
    return {"features_disk": sum(file.stat().st_size for file in store.folder.glob("features-*")) / MIB}


def repeat_features(small: Path, large: Path, copies: int) -> None:
    """Write the features of the large dataset without computing them, by repeating those of the small one."""
    stores = [open_store(dataset, progress=False) for dataset in (small, large)]
    rows = open_features(stores[0], progress=False)
    (features_path,) = stores[0].folder.glob("features-*.arrow")
    writer = RowsWriter(stores[1].folder / features_path.name, "features", rows.shape[1] * rows.shape[2])
    records = np.repeat(np.arange(len(rows)), rows.states)
    steps = np.arange(len(records)) - np.repeat(np.cumsum(rows.states) - rows.states, rows.states)
    records, steps = np.tile(records, copies), np.tile(steps, copies)
    for start in range(0, len(records), CHUNK_RECORDS):
        chunk = slice(start, start + CHUNK_RECORDS)
        writer.write(rows.after(records[chunk], steps[chunk]))
    writer.close()
    write_row_checksums(stores[1].folder / features_path.name)


STEPS = {"convert": convert_dataset, "first": read_first_batch, "features": compute_features}


def measure_peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_command(line: list[str]) -> tuple[float, float, str]:
    """Run a command; return the peak of its processes' summed resident memory in MiB, its seconds and its output."""
    peak, started = 0.0, time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = psutil.Popen(line, stdout=output, stderr=subprocess.STDOUT)
        while process.poll() is None:
            peak = max(peak, measure_resident(process))
            time.sleep(POLL_SECONDS)
        output.seek(0)
        printed_text = output.read()
    if process.returncode:
        raise SystemExit(f"{' '.join(line)}\n{printed_text}")
    return peak, time.perf_counter() - started, printed_text


def measure_resident(process: psutil.Process) -> float:
    """Measure the current resident memory of a process and its children, in MiB."""
    total = 0
    try:
        for member in (process, *process.children(recursive=True)):
            total += member.memory_info().rss
    except psutil.NoSuchProcess:
        return 0.0
    return total / MIB


def run_step(name: str, dataset: Path) -> dict[str, float]:
    """Run a step of this file in a process of its own."""
    peak, seconds, printed_text = run_command([sys.executable, __file__, "--step", name, "--data", str(dataset)])
    measurements = json.loads(printed_text.splitlines()[-1])
    return measurements | ({"features_wall": seconds, "features_peak": peak} if name == "features" else {})


def train(dataset: Path, folder: Path, steps: int) -> dict[str, float]:
    """Run a short training by the real command, with its metrics and report."""
    line = [sys.executable, "-m", "neural_guide.train", f"data.path={dataset}", f"trainer.max_steps={steps}"]
    peak, seconds, _ = run_command([*line, "trainer.arc_tasks=0", f"hydra.run.dir={folder}/{dataset.stem}.run"])
    return {"training_wall": seconds, "training_peak": peak}


def measure_datasets(datasets: list[Path], folder: Path, steps: int, repeat: int) -> list[dict[str, float]]:
    """Measure all steps for both sizes; `repeat`: number of copies with repeated features, 0: compute them."""
    measurements: list[dict[str, float]] = [{} for _ in datasets]
    for name in STEPS:
        for values, dataset in zip(measurements, datasets, strict=True):
            if name == "features" and repeat and dataset == datasets[-1]:
                repeat_features(*datasets, repeat)
            values |= run_step(name, dataset)
            print(name, dataset.name, {key: round(value, 3) for key, value in values.items()}, flush=True)
    for values, dataset in zip(measurements, datasets, strict=True):
        values |= train(dataset, folder, steps)
        print("train", dataset.name, {key: round(value, 3) for key, value in values.items()}, flush=True)
    return measurements


def print_table(measurements: list[dict[str, float]]) -> None:
    table = Table(title="memory and speed by the size of the dataset")
    for heading in ("", *(f"{values['records']:,.0f} records" for values in measurements), "ratio", "aim"):
        table.add_column(heading, justify="left" if not heading else "right")
    for key, title in TITLES.items():
        small, large = (values[key] for values in measurements)
        digits = 3 if max(small, large) < 1 else 1
        table.add_row(title, f"{small:,.{digits}f}", f"{large:,.{digits}f}", f"{large / small:.2f}", AIMS.get(key, ""))
    Console(width=120).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATASET, help="the small dataset")
    parser.add_argument("--copies", type=int, default=10)
    parser.add_argument("--steps", type=int, default=200, help="optimiser steps of each training")
    parser.add_argument("--repeat-features", action="store_true", help="compute features of the small dataset alone")
    parser.add_argument("--folder", type=Path, help="keep what is made here; left out: a temporary folder")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        print(json.dumps(STEPS[options.step](options.data)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(exist_ok=True, parents=True)
        datasets = [folder / "small.json", folder / "large.json"]
        for dataset, copies in zip(datasets, (1, options.copies), strict=True):
            if not dataset.exists():
                write_records(dataset, repeat_records(options.data, copies))
        print_table(measure_datasets(datasets, folder, options.steps, options.copies if options.repeat_features else 0))


if __name__ == "__main__":
    main()
