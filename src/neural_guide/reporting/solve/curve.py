"""Curve of outputs solved against seconds: how many test outputs runs have solved, and after how long."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from neural_guide.reporting.curves import COLOURS, finish_plot, start_plot
from neural_guide.reporting.report_table import Cell, ReportTable, format_number
from neural_guide.reporting.results import OutputRow

SECONDS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0)
RESAMPLES = 10_000
_INTERVAL = (2.5, 97.5)  # percentiles

Needs = Mapping[tuple[str, int], float]
"""Seconds until each output was solved, by task and number; infinite for outputs that were not."""


def collect_needs(rows: Sequence[OutputRow]) -> Needs:
    """Collect the seconds to each output; outputs that are not public are left out."""
    known = [row for row in rows if row.solved != "unknown"]
    return {
        (row.task, row.output): row.seconds if row.solved == "yes" and row.seconds is not None else np.inf
        for row in known
    }


def read_needs(folder: Path) -> Needs:
    """Read the seconds to each output from `outputs.csv` in a run's folder."""
    with (folder / "outputs.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["solved"] != "unknown"]
    return {
        (row["task"], int(row["output"])): float(row["seconds"]) if row["solved"] == "yes" else np.inf for row in rows
    }


def tabulate_curves(runs: Mapping[str, Needs]) -> ReportTable:
    """The outputs solved within some seconds, for each run.

    Below every run but the first stands its difference to the first on the outputs of both, with the 95 % interval of
    a paired bootstrap over tasks (percentiles): outputs of a task stand and fall together.

    Args:
        runs: seconds to each output, by name of the run.
    """
    rows: list[list[Cell]] = []
    first: Needs | None = None
    for name, needs in runs.items():
        counts = [sum(need <= limit for need in needs.values()) for limit in SECONDS]
        rows.append([Cell(name), Cell(str(len(needs))), *(Cell(str(count)) for count in counts)])
        if first is not None:
            differences = [compare_needs(needs, first, limit) for limit in SECONDS]
            cells = [Cell(f"{more:+d} [{low:+d}, {high:+d}]") for more, low, high in differences]
            rows.append([Cell(f"less {next(iter(runs))}"), Cell(str(len(needs.keys() & first.keys()))), *cells])
        first = needs if first is None else first
    headers = ["run", "outputs", *(f"{format_number(limit, 1 if limit < 1 else 0)} s" for limit in SECONDS)]
    return ReportTable("Outputs solved within so many seconds a task", headers, rows)


def compare_needs(ours: Needs, theirs: Needs, limit: float) -> tuple[int, int, int]:
    """Compare two runs: outputs that one solves more within a limit, and the interval of that number.

    Args:
        ours: seconds to each output of one run.
        theirs: seconds of the other; outputs of both count.
        limit: seconds.

    Returns:
        The difference, the lower and the upper end of its 95 % interval.
    """
    shared = sorted(ours.keys() & theirs.keys())
    tasks = sorted({task for task, _ in shared})
    more = dict.fromkeys(tasks, 0)
    for output in shared:
        more[output[0]] += int(ours[output] <= limit) - int(theirs[output] <= limit)
    differences = np.array(list(more.values()))
    if not len(differences):
        return 0, 0, 0
    draws = np.random.default_rng(0).integers(len(tasks), size=(RESAMPLES, len(tasks)))
    low, high = np.percentile(differences[draws].sum(axis=1), _INTERVAL)
    return int(differences.sum()), round(low), round(high)


def draw_curves(runs: Mapping[str, Needs]) -> Figure:
    """Draw the outputs solved against the seconds, one step line for each run, from 0.1 to 60 seconds."""
    layout, axes = start_plot("outputs solved")
    for (name, needs), colour in zip(runs.items(), COLOURS, strict=False):
        solved = np.sort([need for need in needs.values() if np.isfinite(need)])
        seconds = np.concatenate(([SECONDS[0]], np.clip(solved, SECONDS[0], None), [SECONDS[-1]]))
        counts = np.concatenate((np.arange(len(solved) + 1), [len(solved)]))
        axes.plot(seconds, counts, drawstyle="steps-post", color=colour, linewidth=1.4, label=name)
    axes.set_xscale("log")
    axes.set_xlim(SECONDS[0], SECONDS[-1])
    axes.set_xticks(SECONDS, [f"{limit:g}" for limit in SECONDS])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    finish_plot(axes, "Outputs solved against seconds a task", "seconds (log axis)")
    return layout.figure
