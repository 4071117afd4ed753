"""How many tasks runs of `solve` have solved within so many nodes and seconds, beside each other.

    python -m neural_guide.solve dsl=wide tasks=arc1-training checkpoint=outputs/latest hydra.run.dir=outputs/guided
    python -m neural_guide.solve dsl=wide tasks=arc1-training prior=uniform hydra.run.dir=outputs/unguided
    python benchmarks/solve_curves.py guided=outputs/guided unguided=outputs/unguided

A task counts from where the right attempt was found. Of every run but the first the difference to it is told, on the
tasks that both have, with a 95 % interval of a paired bootstrap over tasks (percentiles, 10,000 resamples). Runs
whose ideas are off (search.pieces=false, search.assembly=false, search.cells=false, search.forms=false) say what each
idea adds.

icecuber's solver of 2020, measured on a machine of two such cores, test outputs withheld, every output of a task exact
within two attempts: 38 of 100 ARC-1 training tasks at 0.3 CPU-seconds a task, 111 of 400 evaluation tasks at 0.7.
"""

import argparse
import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

NODES = (1_000, 10_000, 30_000, 100_000, 300_000)
SECONDS = (0.3, 1, 3, 10, 30, 60)
RESAMPLES = 10_000

Needs = Mapping[str, float]
"""By task: what it took until it was solved; infinite where it is not."""


def needs_of(folder: Path, measure: str) -> Needs:
    """Nodes or seconds that each task of a run took; tasks whose test outputs are not known are left out."""
    with (folder / "results.csv").open(newline="") as opened:
        rows = [row for row in csv.DictReader(opened) if row["solved"] != "unknown"]
    return {row["task"]: float(row[measure]) if row["solved"] == "yes" else np.inf for row in rows}


def difference(ours: Needs, theirs: Needs, limit: float) -> tuple[int, int, int]:
    """How many more tasks of those that both have are solved within a limit, and the ends of its interval."""
    both = sorted(ours.keys() & theirs.keys())
    more = np.array([int(ours[task] <= limit) - int(theirs[task] <= limit) for task in both])
    draws = np.random.default_rng(0).integers(len(both), size=(RESAMPLES, len(both)))
    low, high = np.percentile(more[draws].sum(axis=1), (2.5, 97.5))
    return int(more.sum()), round(low), round(high)


def curve(runs: Mapping[str, Path], measure: str, limits: Sequence[float]) -> Table:
    """Solved tasks of each run within each limit, and how that differs from the first run."""
    table = Table("run", "tasks", *(f"{limit:,}" for limit in limits), title=f"solved within so many {measure}")
    first: Needs | None = None
    for name, folder in runs.items():
        needs = needs_of(folder, measure)
        solved = [sum(need <= limit for need in needs.values()) for limit in limits]
        table.add_row(name, str(len(needs)), *map(str, solved))
        if first is not None:
            cells = ["{:+d} [{:+d}, {:+d}]".format(*difference(needs, first, limit)) for limit in limits]
            table.add_row(f"  to {next(iter(runs))}", str(len(needs.keys() & first.keys())), *cells)
        first = needs if first is None else first
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", help="NAME=FOLDER of a run of solve")
    options = parser.parse_args()
    runs = {name: Path(folder) for name, _, folder in (run.partition("=") for run in options.runs)}
    for measure, limits in (("nodes", NODES), ("seconds", SECONDS)):
        Console(width=120).print(curve(runs, measure, limits))


if __name__ == "__main__":
    main()
