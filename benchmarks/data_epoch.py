"""One shuffled epoch over a dataset: our store against the plain way, in the same run.

The plain way is what the scripts before this project did: json.load, lists of lists, each pair padded to 30 x 30
int64 tensors, a default DataLoader with batches of 256 pairs. Ours gathers batches of 64 tasks from the store
(256 pairs where tasks have four). Both end with torch tensors. Each measurement is a process of its own, the two
ways take turns, and medians are shown.

    python benchmarks/data_epoch.py                     # 100,000 random records, made in a temporary folder
    python benchmarks/data_epoch.py --data FILE --repeats 5

Seconds to the first batch count from after the imports, with the store built; its building is shown apart.
Peak memory holds torch itself on both sides, about 270 MiB, which small datasets cannot outweigh: the row below it
leaves imports out.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from neural_guide.tasks.records import Record, write_records
from neural_guide.tasks.store import Store, open_store

TASKS_A_BATCH = 64
PAIRS_A_BATCH = 256
CANVAS = 30
GOALS = {"peak_mib": "at most 1/4", "wall_rate": "at least 20x", "cpu_rate": "", "first_s": "at least 20x sooner"}
TITLES = {
    "peak_mib": "peak memory, MiB",
    "above_mib": "  of it above imports, MiB",
    "wall_rate": "samples per second",
    "cpu_rate": "samples per CPU-second",
    "first_s": "seconds to first batch",
}


def store_batches(dataset: Path) -> Iterator[int]:
    """Batches from the store; yields how many pairs each has."""
    import torch

    store = open_store(dataset, bad_record_limit=1, progress=False)
    groups = store.records_by_task()
    lengths = np.diff(groups.offsets)
    order = np.random.default_rng(0).permutation(len(groups.tasks))
    for start in range(0, len(order), TASKS_A_BATCH):
        tasks = order[start : start + TASKS_A_BATCH]
        records = groups.records[spans(groups.offsets[tasks], lengths[tasks])]
        inputs, outputs = map(torch.from_numpy, store.gather(records))
        labels = torch.from_numpy(store.labels[groups.tasks[tasks]])
        assert inputs.shape == outputs.shape
        assert len(labels) == len(tasks)
        yield len(inputs)


def spans(begins, lengths):
    """Positions of several spans, one after the other; int64 [sum of lengths]."""
    ends = np.cumsum(lengths)
    return np.arange(ends[-1]) + np.repeat(begins - (ends - lengths), lengths)


def plain_batches(dataset: Path) -> Iterator[int]:
    """Batches the plain way; yields how many pairs each has."""
    import torch
    from torch.utils.data import DataLoader, Dataset

    records = json.loads(dataset.read_text())
    names = sorted({name for record in records for name in record["primitives"]})

    def padded(rows):
        canvas = torch.full((CANVAS, CANVAS), 10, dtype=torch.int64)
        canvas[: len(rows), : len(rows[0])] = torch.tensor(rows, dtype=torch.int64)
        return canvas

    class Records(Dataset):
        def __len__(self):
            return len(records)

        def __getitem__(self, index):
            record = records[index]
            labels = torch.tensor([float(name in record["primitives"]) for name in names])
            return padded(record["input"]), padded(record["output"]), labels

    for inputs, _, _ in DataLoader(Records(), batch_size=PAIRS_A_BATCH, shuffle=True):
        yield len(inputs)


WAYS = {"plain": plain_batches, "store": store_batches}


def measure(way: str, dataset: Path) -> dict[str, float]:
    """One epoch in this process."""
    import torch

    torch.zeros(1)  # loaded for both, and not counted
    before = peak_mib()
    begun = time.perf_counter()
    batches = WAYS[way](dataset)
    next(batches)
    first, first_cpu = time.perf_counter(), time.process_time()
    samples = sum(batches)
    wall, cpu = time.perf_counter() - first, time.process_time() - first_cpu
    return {
        "first_s": first - begun,
        "wall_rate": samples / wall,
        "cpu_rate": samples / cpu,
        "peak_mib": peak_mib(),
        "above_mib": peak_mib() - before,
    }


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def synthesise(path: Path, count: int) -> None:
    """Random records, four a task, about 1,600 bytes each."""
    rng = np.random.default_rng(0)
    names = np.array([f"primitive_{number:02d}" for number in range(17)])

    def records():
        for number in range(count):
            if number % 4 == 0:
                program = tuple(rng.choice(names, rng.integers(1, 5), replace=False).tolist())
            grids = [rng.integers(0, 10, rng.integers(12, 31, 2), dtype=np.uint8) for _ in range(2)]
            yield Record(*grids, program, 0.85, 0.3, f"synthetic_{number // 4:06d}")

    write_records(path, records())


def build(dataset: Path) -> tuple[Store, float]:
    begun = time.perf_counter()
    store = open_store(dataset, bad_record_limit=1)
    return store, time.perf_counter() - begun


def compare(dataset: Path, repeats: int, console: Console) -> dict[str, dict[str, float]]:
    """Medians of each way, the ways taking turns."""
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for repeat in range(repeats):
        for way in WAYS:
            console.print(f"repeat {repeat + 1} of {repeats}: {way}", style="dim")
            line = [sys.executable, __file__, "--way", way, "--data", str(dataset)]
            answer = subprocess.run(line, check=True, capture_output=True, text=True).stdout
            found[way].append(json.loads(answer))
    return {way: {key: statistics.median(each[key] for each in runs) for key in TITLES} for way, runs in found.items()}


def show(medians: dict[str, dict[str, float]], title: str, console: Console) -> None:
    table = Table("", "plain", "store", "ratio", "goal", title=title, title_justify="left")
    for key, name in TITLES.items():
        plain, ours = medians["plain"][key], medians["store"][key]
        ratio = f"{ours / plain:.3f}" if key.endswith("_mib") else f"{max(ours / plain, plain / ours):,.0f}x"
        digits = 3 if key == "first_s" else 0
        table.add_row(name, f"{plain:,.{digits}f}", f"{ours:,.{digits}f}", ratio, GOALS.get(key, ""))
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="a dataset; left out: one is made in a temporary folder")
    parser.add_argument("--records", type=int, default=100_000, help="records of the dataset that is made")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        print(json.dumps(measure(options.way, options.data)))
        return
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        dataset = options.data or Path(folder) / "random.json"
        if options.data is None:
            synthesise(dataset, options.records)
        store, seconds = build(dataset)
        size = dataset.stat().st_size / 2**20
        title = f"{store.n_records:,} pairs of {store.n_tasks:,} tasks, {size:,.1f} MiB; opened in {seconds:.1f} s"
        medians = compare(dataset, options.repeats, console)
        show(medians, f"{title}; medians of {options.repeats}", console)


if __name__ == "__main__":
    main()
