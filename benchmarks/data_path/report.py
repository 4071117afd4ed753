"""What was measured, as a table on the terminal, a page and a picture."""

import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import psutil
from contenders import BY_NAME, COMPETITORS, LIMITS
from rich.console import Console
from rich.table import Table

Medians = dict[str, dict[str, Any]]  # of one contender: measurement, number

# Title, measurement, number, digits; larger numbers are better in the last four of them that say `per`.
COLUMNS = (
    ("conversion, CPU s", "convert", "cpu_s", 1),
    ("its peak, MiB", "convert", "peak_mib", 0),
    ("disk, MiB", "convert", "disk_mib", 0),
    ("first batch, s", "workers_0", "first_s", 3),
    ("samples per CPU-second", "workers_0", "cpu_rate", 0),
    ("per second", "workers_0", "wall_rate", 0),
    ("peak, MiB", "workers_0", "peak_mib", 0),
    ("2 workers: per CPU-second", "workers_2", "cpu_rate", 0),
    ("2 workers: per second", "workers_2", "wall_rate", 0),
    ("2 workers: peak, MiB", "workers_2", "peak_mib", 0),
)
BEGIN, END = "<!-- measured: written by make bench ARGS=--docs -->", "<!-- end of measured -->"
MIB_PER_100_MB = 100e6 / 2**20


def machine() -> str:
    """What the figures are of."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    processor = names[0].partition(": ")[2] if names else platform.machine()
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{len(names) or psutil.cpu_count()} cores of {processor}, {memory:.0f} GiB, Python {platform.python_version()}"
    )


def rows(medians: dict[str, Medians]) -> list[list[str]]:
    """A row of texts for each contender, in the order of `COLUMNS`; `-` where there is nothing to measure."""
    lines = []
    for name, measurements in medians.items():
        version = next(iter(measurements.values())).get("version", "")
        cells = [f"{BY_NAME[name].title} {version}".strip()]
        for _, measurement, number, digits in COLUMNS:
            value = measurements.get(measurement, {}).get(number)
            hidden = value is None or (name in LIMITS and not number.endswith("rate"))
            cells.append("-" if hidden else f"{value:,.{digits}f}")
        lines.append(cells)
    return lines


def aims(medians: dict[str, Medians]) -> list[tuple[str, str, bool]]:
    """Each aim, its measurement, and true if it is met; aims without a measurement are left out."""
    ours = medians["ours"]
    verdicts: list[tuple[str, str, bool]] = []
    rivals = {name: medians[name] for name in COMPETITORS if name in medians}
    if rivals:
        behind = [title for title, *place in COLUMNS if not _ahead(ours, rivals, *place)]
        verdicts.append(
            (
                "ahead of every competitor on every column",
                "not on: " + "; ".join(behind) if behind else "all",
                not behind,
            )
        )
    views = {"records": ours} | ({"tasks of 4": medians["tasks"]} if "tasks" in medians else {})
    for name, least, unit in (("json", 50.0, "times json.load"), ("gather", 0.3, "of the random gather")):
        if name in medians:
            ratios = {view: _rate(measurements) / _rate(medians[name]) for view, measurements in views.items()}
            shown = (lambda ratio: f"{ratio:.0f}x") if name == "json" else (lambda ratio: f"{ratio:.0%}")
            text = ", ".join(f"{shown(ratio)} ({view})" for view, ratio in ratios.items())
            target = f"{least:.0f}" if name == "json" else f"{least:.0%}"
            verdicts.append((f"at least {target} {unit}, per CPU-second", text, ratios["records"] >= least))
    first = ours["workers_0"]["first_s"]
    verdicts.append(("first batch within 0.2 s of opening", f"{first:.3f} s", first <= 0.2))
    above = ours["convert"]["peak_mib"] - ours["convert"]["imports_mib"]
    verdicts.append(
        ("conversion within 100 MB above imports", f"{above * 2**20 / 1e6:.0f} MB", above <= MIB_PER_100_MB)
    )
    speed = ours["convert"]["mb_per_cpu_s"]
    verdicts.append(("conversion at 25 MB per CPU-second or more", f"{speed:.1f} MB", speed >= 25))
    return verdicts


def _rate(measurements: Medians) -> float:
    return float(measurements["workers_0"]["cpu_rate"])


def _ahead(ours: Medians, rivals: dict[str, Medians], measurement: str, number: str, _: int) -> bool:
    mine = ours.get(measurement, {}).get(number)
    theirs = [rival[measurement][number] for rival in rivals.values() if measurement in rival]
    if mine is None or not theirs:
        return True
    return bool(mine > max(theirs) if number.endswith("rate") else mine < min(theirs))


def show(outcome: dict[str, Any], console: Console) -> None:
    """The same tables on the terminal, in two parts so that they fit."""
    for size, results in outcome["sizes"].items():
        lines = rows(results["medians"])
        console.print(f"\n{size}, {results['mib']:.1f} MiB; medians of {outcome['repeats']}", style="bold")
        for part in (slice(0, 4), slice(4, len(COLUMNS))):
            table = Table("")
            for title, *_ in COLUMNS[part]:
                table.add_column(title, justify="right")
            for name, *cells in lines:
                table.add_row(name, *cells[part])
            console.print(table)
        for aim, measured, met in aims(results["medians"]) if "ours" in results["medians"] else ():
            console.print(f"{'met   ' if met else 'missed'}  {aim}: {measured}")
    for name, reason in outcome["skipped"].items():
        console.print(f"left out: {name}: {reason}")
    console.print(f"{outcome['minutes']:.0f} minutes")


def write_page(outcome: dict[str, Any], page: Path) -> None:
    """Put the tables between the two marks of the page."""
    text = [BEGIN, "", f"{outcome['date']}, {outcome['machine']}; medians of {outcome['repeats']}.", ""]
    for size, results in outcome["sizes"].items():
        text += [f"### {size.capitalize()} data, {results['mib']:.1f} MiB", ""]
        text += _markdown(["", *(title for title, *_ in COLUMNS)], rows(results["medians"]))
        verdicts = [[aim, measured, "met" if met else "**missed**"] for aim, measured, met in aims(results["medians"])]
        text += ["", *_markdown(["aim", "measured", ""], verdicts), ""]
    text += [f"- Left out: {name}: {reason}" for name, reason in outcome["skipped"].items()]
    old = page.read_text()
    before, _, rest = old.partition(BEGIN)
    page.write_text(before + "\n".join(text).rstrip() + "\n\n" + END + rest.partition(END)[2])


def _markdown(head: list[str], lines: list[list[str]]) -> list[str]:
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return [f"| {' | '.join(line)} |" for line in (head, rule, *lines)]


PANELS: tuple[tuple[str, str, str], ...] = (
    ("samples per CPU-second, no workers", "workers_0", "cpu_rate"),
    ("samples per second, 2 workers", "workers_2", "wall_rate"),
    ("seconds to the first batch", "workers_0", "first_s"),
    ("conversion, CPU seconds", "convert", "cpu_s"),
    ("peak memory of an epoch, MiB", "workers_0", "peak_mib"),
    ("disk, MiB", "convert", "disk_mib"),
)


def write_picture(outcome: dict[str, Any], path: Path) -> None:
    """Bars for each contender and the limits as lines, of the first dataset."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    size, results = next(iter(outcome["sizes"].items()))
    medians: dict[str, Medians] = results["medians"]
    names = [name for name in medians if name not in LIMITS]
    figure, axes = pyplot.subplots(2, 3, figsize=(12, 0.42 * 2 * len(names) + 1.6), sharey=True, layout="constrained")
    for axis, (title, measurement, number) in zip(axes.flat, PANELS, strict=True):
        values = [medians[name].get(measurement, {}).get(number) for name in names]
        _bars(axis, names, values, _digits(number))
        axis.set_title(title, fontsize=10)
        if number == "cpu_rate":
            _limits(axis, medians)
    axes[0, 0].set_yticks(range(len(names)), [BY_NAME[name].title for name in names])
    axes[0, 0].invert_yaxis()
    figure.suptitle(f"From a JSON file of {results['mib']:.0f} MiB to shuffled batches ({size} data)", fontsize=12)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _digits(number: str) -> Callable[[float], str]:
    return (lambda value: f"{value:.2f}") if number in ("first_s", "cpu_s") else (lambda value: f"{value:,.0f}")


def _bars(axis: Any, names: list[str], values: list[float | None], text: Callable[[float], str]) -> None:
    colours = ["tab:blue" if BY_NAME[name].module == "ours" else "tab:gray" for name in names]
    known = [value for value in values if value]
    if not known:
        return
    axis.set_xscale("log")
    axis.set_xlim(min(known) / 2, max(known) * 12)
    axis.barh(range(len(names)), [value or 0 for value in values], color=colours)
    for place, value in enumerate(values):
        label = "none" if value is None else text(value)
        axis.text((value or min(known) / 2) * 1.1, place, label, va="center", fontsize=8)
    axis.tick_params(labelsize=8)
    axis.spines[["top", "right"]].set_visible(False)


def _limits(axis: Any, medians: dict[str, Medians]) -> None:
    for name, style in zip(LIMITS, ("--", ":"), strict=True):
        if name in medians:
            axis.axvline(_rate(medians[name]), color="tab:red", linestyle=style, label=BY_NAME[name].title)
    handles, labels = axis.get_legend_handles_labels()
    if handles:  # beside the title: every place within the axis hides a figure
        axis.figure.legend(handles, labels, fontsize=8, loc="upper right", ncols=2)
