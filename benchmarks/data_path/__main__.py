"""Comparison of data paths: make bench, or python benchmarks/data_path [--contenders ours json ...].

Every way turns the same JSON file into the same shuffled batches of 64 records of quality 0.8 or more. Each measurement
is a process of its own; the ways alternate, and the tables have medians. Results go to outputs/bench/; `--docs` updates
docs/performance.md.
"""

import argparse
import json
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any

from contenders import ALL, BY_NAME, FIELD, UNPREPARED, Contender
from environments import UnavailableError, create_environment, find_own_python
from material import SIZES, write_datasets
from report import describe_machine, print_tables, write_page, write_picture
from rich.console import Console
from runner import Measurement, MeasurementError, Runner

MIN_WIDTH = 132
ROOT = Path(__file__).parents[2]
Results = dict[str, dict[str, list[Measurement]]]  # results of one dataset: contender, measurement, repeats


def main() -> None:
    options = parse_arguments()
    console = Console(highlight=False)
    console.width = max(console.width, MIN_WIDTH)  # tables stay readable in a log
    started = time.perf_counter()
    skipped: dict[str, str] = {}
    pythons = install_contenders(options, skipped, console)
    sizes: dict[str, Any] = {}
    for size in options.sizes:
        folder = options.folder / "work" / size
        folder.mkdir(parents=True, exist_ok=True)
        files = write_datasets(size, options.data, options.records, folder)
        contenders = [
            contender
            for contender in ALL
            if contender.name in pythons and (size == "generated" or contender.name in FIELD)
        ]
        console.print(f"{size}: {files['records'].stat().st_size / 2**20:.1f} MiB", style="bold")
        results = measure_contenders(
            Runner(files, folder, pythons, options.seconds), contenders, options.repeats, skipped, console
        )
        compare_content(results)
        sizes[size] = {
            "mib": files["records"].stat().st_size / 2**20,
            "medians": {name: compute_medians(runs) for name, runs in results.items()},
            "runs": results,
        }
    outcome = {
        "machine": describe_machine(),
        "date": time.strftime("%Y-%m-%d"),
        "repeats": options.repeats,
        "records": options.records,
        "minutes": (time.perf_counter() - started) / 60,
        "skipped": skipped,
        "sizes": sizes,
    }
    (options.folder / "data_path.json").write_text(json.dumps(outcome, indent=1))
    write_picture(outcome, options.folder / "data_path.png")
    print_tables(outcome, console)
    if options.docs:
        write_page(outcome, ROOT / "docs" / "performance.md")
        write_picture(outcome, ROOT / "docs" / "pictures" / "data_path.png")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--contenders", nargs="+", choices=BY_NAME, default=list(BY_NAME))
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--data", type=Path, default=ROOT / "data/synthetic/enhanced_synthetic_dataset_v2.json")
    parser.add_argument("--records", type=int, default=100_000, help="most records of a dataset")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0, help="epochs are repeated until so much has passed")
    parser.add_argument("--folder", type=Path, default=ROOT / "outputs" / "bench")
    parser.add_argument("--torch", default="torch==2.13.0", help="what every environment has")
    parser.add_argument("--torch-index", help="where torch for processors is found, beside the usual index")
    parser.add_argument("--docs", action="store_true", help="write docs/performance.md and its picture")
    return parser.parse_args()


def install_contenders(options: argparse.Namespace, skipped: dict[str, str], console: Console) -> dict[str, Path]:
    """Install the environments of the contenders; return their Pythons, and skip those that cannot be installed."""
    names = set(options.contenders)
    names |= {prepared_name for name in names if (prepared_name := BY_NAME[name].prepared_by)}
    pythons: dict[str, Path] = {}
    for contender in (contender for contender in ALL if contender.name in names):
        if contender.package is None:
            pythons[contender.name] = find_own_python()
            continue
        console.print(f"environment of {contender.package}", style="dim")
        try:
            pythons[contender.name] = create_environment(
                contender.package, options.folder, options.torch, options.torch_index
            )
        except (UnavailableError, subprocess.CalledProcessError, OSError) as error:
            skipped[contender.name] = str(error)
            console.print(f"{contender.title} is left out: {error}", style="yellow")
    return pythons


def measure_contenders(
    runner: Runner, contenders: list[Contender], repeats: int, skipped: dict[str, str], console: Console
) -> Results:
    """Measure the contenders in alternation. Ctrl-C ends the measurement and keeps the results so far."""
    results: Results = {}
    remaining = list(contenders)
    try:
        for repeat in range(repeats):
            for contender in list(remaining):
                try:
                    measurements = measure_turn(runner, contender, is_first=repeat == 0)
                except MeasurementError as error:
                    remaining.remove(contender)
                    results.pop(contender.name, None)
                    skipped[f"{contender.name}, {runner.folder.name} data"] = str(error)
                    console.print(f"{contender.title} is left out: {error}", style="yellow")
                    continue
                runs = results.setdefault(contender.name, {key: [] for key in measurements})
                for key, value in measurements.items():
                    runs[key].append(value)
                rates = ", ".join(
                    f"{value['cpu_rate']:,.0f}" for key, value in measurements.items() if key != "convert"
                )
                progress = f"{repeat + 1} of {repeats}  {contender.title}"
                console.print(f"{progress}: {rates} samples per CPU-second", style="dim")
    except KeyboardInterrupt:
        skipped[f"{runner.folder.name} data"] = "stopped by hand before the last repeat was done"
    return results


def measure_turn(runner: Runner, contender: Contender, *, is_first: bool) -> dict[str, Measurement]:
    """Measure the conversion if there is one, then an epoch for each number of workers."""
    measurements: dict[str, Measurement] = {}
    if contender.prepared_by is None and (is_first or not contender.is_prepared_once):
        (runner.folder / contender.name).mkdir(parents=True, exist_ok=True)
        if contender.name not in UNPREPARED:
            measurements["convert"] = runner.measure_conversion(contender)
    for workers in contender.workers:
        measurements[f"workers_{workers}"] = runner.measure_epoch(contender, workers, has_check=is_first)
    return measurements


def compare_content(results: Results) -> None:
    """Raise AssertionError if two ways did not yield the same records."""
    series_by_content: dict[tuple[int, str], list[str]] = {}
    for name, measurements in results.items():
        if BY_NAME[name].has_tasks:
            continue
        for key, runs in measurements.items():
            if "checksum" in runs[0]:
                content = runs[0]["epoch_records"], runs[0]["checksum"]
                series_by_content.setdefault(content, []).append(f"{name} {key}")
    assert len(series_by_content) <= 1, f"not all ways hand over the same records: {series_by_content}"


def compute_medians(measurements: dict[str, list[Measurement]]) -> dict[str, Measurement]:
    """Compute medians over repeats; texts, and values that only the first repeat has, stay as they are."""
    return {
        key: {name: compute_median([run[name] for run in runs if name in run]) for name in runs[0]}
        for key, runs in measurements.items()
    }


def compute_median(values: list[Any]) -> Any:
    return statistics.median(values) if isinstance(values[0], float) else values[0]


if __name__ == "__main__":
    main()
