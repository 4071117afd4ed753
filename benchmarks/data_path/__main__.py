"""The data path against others: make bench, or python benchmarks/data_path [--contenders ours json ...].

Every way turns the same JSON file into the same shuffled batches of 64 records of quality 0.8 or more. Each
measurement is a process of its own, ways take turns, medians are shown. Results go to outputs/bench/; `--docs`
brings docs/performance.md up to date.
"""

import argparse
import json
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any

from contenders import ALL, BY_NAME, FIELD, UNPREPARED, Contender
from environments import UnavailableError, environment, our_environment
from material import SIZES, make
from report import machine, show, write_page, write_picture
from rich.console import Console
from runner import Measurement, MeasurementError, Runner

LEAST_WIDTH = 132
ROOT = Path(__file__).parents[2]
Results = dict[str, dict[str, list[Measurement]]]  # of one dataset: contender, measurement, repeats


def main() -> None:
    options = parsed()
    console = Console(highlight=False)
    console.width = max(console.width, LEAST_WIDTH)  # tables stay readable in a log
    begun = time.perf_counter()
    skipped: dict[str, str] = {}
    pythons = installed(options, skipped, console)
    sizes: dict[str, Any] = {}
    for size in options.sizes:
        folder = options.folder / "work" / size
        folder.mkdir(parents=True, exist_ok=True)
        files = make(size, options.data, options.records, folder)
        chosen = [
            contender
            for contender in ALL
            if contender.name in pythons and (size == "generated" or contender.name in FIELD)
        ]
        console.print(f"{size}: {files['records'].stat().st_size / 2**20:.1f} MiB", style="bold")
        results = measured(Runner(files, folder, pythons, options.seconds), chosen, options.repeats, skipped, console)
        compare_content(results)
        sizes[size] = {
            "mib": files["records"].stat().st_size / 2**20,
            "medians": {name: medians(runs) for name, runs in results.items()},
            "runs": results,
        }
    outcome = {
        "machine": machine(),
        "date": time.strftime("%Y-%m-%d"),
        "repeats": options.repeats,
        "records": options.records,
        "minutes": (time.perf_counter() - begun) / 60,
        "skipped": skipped,
        "sizes": sizes,
    }
    (options.folder / "data_path.json").write_text(json.dumps(outcome, indent=1))
    write_picture(outcome, options.folder / "data_path.png")
    show(outcome, console)
    if options.docs:
        write_page(outcome, ROOT / "docs" / "performance.md")
        write_picture(outcome, ROOT / "docs" / "pictures" / "data_path.png")


def parsed() -> argparse.Namespace:
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


def installed(options: argparse.Namespace, skipped: dict[str, str], console: Console) -> dict[str, Path]:
    """The Python of each contender; those whose library cannot be installed are skipped."""
    wanted = set(options.contenders)
    wanted |= {prepared for name in wanted if (prepared := BY_NAME[name].prepared)}
    pythons: dict[str, Path] = {}
    for contender in (contender for contender in ALL if contender.name in wanted):
        if contender.package is None:
            pythons[contender.name] = our_environment()
            continue
        console.print(f"environment of {contender.package}", style="dim")
        try:
            pythons[contender.name] = environment(contender.package, options.folder, options.torch, options.torch_index)
        except (UnavailableError, subprocess.CalledProcessError, OSError) as error:
            skipped[contender.name] = str(error)
            console.print(f"{contender.title} is left out: {error}", style="yellow")
    return pythons


def measured(
    runner: Runner, chosen: list[Contender], repeats: int, skipped: dict[str, str], console: Console
) -> Results:
    """All measurements, the contenders taking turns. Ctrl-C ends them and keeps what there is."""
    results: Results = {}
    left = list(chosen)
    try:
        for repeat in range(repeats):
            for contender in list(left):
                try:
                    turn = one_turn(runner, contender, first=repeat == 0)
                except MeasurementError as error:
                    left.remove(contender)
                    results.pop(contender.name, None)
                    skipped[f"{contender.name}, {runner.folder.name} data"] = str(error)
                    console.print(f"{contender.title} is left out: {error}", style="yellow")
                    continue
                series = results.setdefault(contender.name, {key: [] for key in turn})
                for key, value in turn.items():
                    series[key].append(value)
                rates = ", ".join(f"{value['cpu_rate']:,.0f}" for key, value in turn.items() if key != "convert")
                progress = f"{repeat + 1} of {repeats}  {contender.title}"
                console.print(f"{progress}: {rates} samples per CPU-second", style="dim")
    except KeyboardInterrupt:
        skipped[f"{runner.folder.name} data"] = "stopped by hand before the last repeat was done"
    return results


def one_turn(runner: Runner, contender: Contender, *, first: bool) -> dict[str, Measurement]:
    """Conversion where there is one, then an epoch for each number of workers."""
    turn: dict[str, Measurement] = {}
    if contender.prepared is None and (first or not contender.once):
        (runner.folder / contender.name).mkdir(parents=True, exist_ok=True)
        if contender.name not in UNPREPARED:
            turn["convert"] = runner.convert(contender)
    for workers in contender.workers:
        turn[f"workers_{workers}"] = runner.epoch(contender, workers, check=first)
    return turn


def compare_content(results: Results) -> None:
    """Raise AssertionError where two ways did not hand over the same records."""
    seen: dict[tuple[int, str], list[str]] = {}
    for name, measurements in results.items():
        if BY_NAME[name].tasks:
            continue
        for key, runs in measurements.items():
            if "checksum" in runs[0]:
                mark = runs[0]["epoch_records"], runs[0]["checksum"]
                seen.setdefault(mark, []).append(f"{name} {key}")
    assert len(seen) <= 1, f"not all ways hand over the same records: {seen}"


def medians(measurements: dict[str, list[Measurement]]) -> dict[str, Measurement]:
    """Medians over repeats of every number; what only the first repeat looks at, and texts, as it found them."""
    return {
        key: {name: middle([run[name] for run in runs if name in run]) for name in runs[0]}
        for key, runs in measurements.items()
    }


def middle(values: list[Any]) -> Any:
    return statistics.median(values) if isinstance(values[0], float) else values[0]


if __name__ == "__main__":
    main()
