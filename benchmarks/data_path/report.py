"""Report of the measurements: a table on the terminal, a page and a picture."""

import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import psutil
from contenders import BY_NAME, COMPETITORS, LIMITS
from rich.console import Console
from rich.table import Table

Medians = dict[str, dict[str, Any]]  # medians of one contender: measurement, number

# Title, measurement, number, digits; larger numbers are better in the four columns with `per` in their titles.
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


def describe_machine() -> str:
    """Describe the machine of the measurements: processor, memory, Python."""
    model_lines = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    processor = model_lines[0].partition(": ")[2] if model_lines else platform.machine()
    memory = psutil.virtual_memory().total / 2**30
    cores = len(model_lines) or psutil.cpu_count()
    return f"{cores} cores of {processor}, {memory:.0f} GiB, Python {platform.python_version()}"


def tabulate_rows(medians: dict[str, Medians]) -> list[list[str]]:
    """Tabulate a row of texts for each contender, in the order of `COLUMNS`; `-` if there is no measurement."""
    rows = []
    for name, measurements in medians.items():
        version = next(iter(measurements.values())).get("version", "")
        cells = [f"{BY_NAME[name].title} {version}".strip()]
        for _, measurement, number, digits in COLUMNS:
            value = measurements.get(measurement, {}).get(number)
            is_hidden = value is None or (name in LIMITS and not number.endswith("rate"))
            cells.append("-" if is_hidden else f"{value:,.{digits}f}")
        rows.append(cells)
    return rows


def check_aims(medians: dict[str, Medians]) -> list[tuple[str, str, bool]]:
    """Check each aim with a measurement; return the aim, the measurement, and true if the aim is met."""
    ours = medians["ours"]
    verdicts: list[tuple[str, str, bool]] = []
    rivals = {name: medians[name] for name in COMPETITORS if name in medians}
    if rivals:
        titles_behind = [title for title, *column in COLUMNS if not _is_ahead(ours, rivals, *column)]
        verdicts.append(
            (
                "ahead of every competitor on every column",
                "not on: " + "; ".join(titles_behind) if titles_behind else "all",
                not titles_behind,
            )
        )
    views = {"records": ours} | ({"tasks of 4": medians["tasks"]} if "tasks" in medians else {})
    for name, min_ratio, unit in (("json", 50.0, "times json.load"), ("gather", 0.3, "of the random gather")):
        if name in medians:
            ratios = {view: _get_rate(measurements) / _get_rate(medians[name]) for view, measurements in views.items()}
            format_ratio = (lambda ratio: f"{ratio:.0f}x") if name == "json" else (lambda ratio: f"{ratio:.0%}")
            text = ", ".join(f"{format_ratio(ratio)} ({view})" for view, ratio in ratios.items())
            target = f"{min_ratio:.0f}" if name == "json" else f"{min_ratio:.0%}"
            verdicts.append((f"at least {target} {unit}, per CPU-second", text, ratios["records"] >= min_ratio))
    first_seconds = ours["workers_0"]["first_s"]
    verdicts.append(("first batch within 0.2 s of opening", f"{first_seconds:.3f} s", first_seconds <= 0.2))
    memory_above_imports = ours["convert"]["peak_mib"] - ours["convert"]["imports_mib"]
    verdicts.append(
        (
            "conversion within 100 MB above imports",
            f"{memory_above_imports * 2**20 / 1e6:.0f} MB",
            memory_above_imports <= MIB_PER_100_MB,
        )
    )
    speed = ours["convert"]["mb_per_cpu_s"]
    verdicts.append(("conversion at 25 MB per CPU-second or more", f"{speed:.1f} MB", speed >= 25))
    return verdicts


def _get_rate(measurements: Medians) -> float:
    return float(measurements["workers_0"]["cpu_rate"])


def _is_ahead(ours: Medians, rivals: dict[str, Medians], measurement: str, number: str, _: int) -> bool:
    our_value = ours.get(measurement, {}).get(number)
    rival_values = [rival[measurement][number] for rival in rivals.values() if measurement in rival]
    if our_value is None or not rival_values:
        return True
    return bool(our_value > max(rival_values) if number.endswith("rate") else our_value < min(rival_values))


def print_tables(outcome: dict[str, Any], console: Console) -> None:
    """Print the tables on the terminal, in two parts so that they fit."""
    for size, results in outcome["sizes"].items():
        rows = tabulate_rows(results["medians"])
        console.print(f"\n{size}, {results['mib']:.1f} MiB; medians of {outcome['repeats']}", style="bold")
        for part in (slice(0, 4), slice(4, len(COLUMNS))):
            table = Table("")
            for title, *_ in COLUMNS[part]:
                table.add_column(title, justify="right")
            for name, *cells in rows:
                table.add_row(name, *cells[part])
            console.print(table)
        for aim, measurement, is_met in check_aims(results["medians"]) if "ours" in results["medians"] else ():
            console.print(f"{'met   ' if is_met else 'missed'}  {aim}: {measurement}")
    for name, reason in outcome["skipped"].items():
        console.print(f"left out: {name}: {reason}")
    console.print(f"{outcome['minutes']:.0f} minutes")


def write_page(outcome: dict[str, Any], page: Path) -> None:
    """Write the tables between the two marks of the page."""
    text = [BEGIN, "", f"{outcome['date']}, {outcome['machine']}; medians of {outcome['repeats']}.", ""]
    for size, results in outcome["sizes"].items():
        text += [f"### {size.capitalize()} data, {results['mib']:.1f} MiB", ""]
        text += _format_table(["", *(title for title, *_ in COLUMNS)], tabulate_rows(results["medians"]))
        verdicts = [
            [aim, measurement, "met" if is_met else "**missed**"]
            for aim, measurement, is_met in check_aims(results["medians"])
        ]
        text += ["", *_format_table(["aim", "measured", ""], verdicts), ""]
    text += [f"- Left out: {name}: {reason}" for name, reason in outcome["skipped"].items()]
    page_text = page.read_text()
    before, _, rest = page_text.partition(BEGIN)
    page.write_text(before + "\n".join(text).rstrip() + "\n\n" + END + rest.partition(END)[2])


def _format_table(headers: list[str], rows: list[list[str]]) -> list[str]:
    rule = ["---"] + ["---:"] * (len(headers) - 1)
    return [f"| {' | '.join(row)} |" for row in (headers, rule, *rows)]


PANELS: tuple[tuple[str, str, str], ...] = (
    ("samples per CPU-second, no workers", "workers_0", "cpu_rate"),
    ("samples per second, 2 workers", "workers_2", "wall_rate"),
    ("seconds to the first batch", "workers_0", "first_s"),
    ("conversion, CPU seconds", "convert", "cpu_s"),
    ("peak memory of an epoch, MiB", "workers_0", "peak_mib"),
    ("disk, MiB", "convert", "disk_mib"),
)


def write_picture(outcome: dict[str, Any], path: Path) -> None:
    """Draw bars for each contender and lines for the limits, for the first dataset."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    size, results = next(iter(outcome["sizes"].items()))
    medians: dict[str, Medians] = results["medians"]
    names = [name for name in medians if name not in LIMITS]
    figure, axes = pyplot.subplots(2, 3, figsize=(12, 0.42 * 2 * len(names) + 1.6), sharey=True, layout="constrained")
    for axis, (title, measurement, number) in zip(axes.flat, PANELS, strict=True):
        values = [medians[name].get(measurement, {}).get(number) for name in names]
        _draw_bars(axis, names, values, _choose_format(number))
        axis.set_title(title, fontsize=10)
        if number == "cpu_rate":
            _draw_limits(axis, medians)
    axes[0, 0].set_yticks(range(len(names)), [BY_NAME[name].title for name in names])
    axes[0, 0].invert_yaxis()
    figure.suptitle(f"From a JSON file of {results['mib']:.0f} MiB to shuffled batches ({size} data)", fontsize=12)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _choose_format(number: str) -> Callable[[float], str]:
    return (lambda value: f"{value:.2f}") if number in ("first_s", "cpu_s") else (lambda value: f"{value:,.0f}")


def _draw_bars(axis: Any, names: list[str], values: list[float | None], format_value: Callable[[float], str]) -> None:
    colours = ["tab:blue" if BY_NAME[name].module == "ours" else "tab:gray" for name in names]
    known_values = [value for value in values if value]
    if not known_values:
        return
    axis.set_xscale("log")
    axis.set_xlim(min(known_values) / 2, max(known_values) * 12)
    axis.barh(range(len(names)), [value or 0 for value in values], color=colours)
    for index, value in enumerate(values):
        label = "none" if value is None else format_value(value)
        axis.text((value or min(known_values) / 2) * 1.1, index, label, va="center", fontsize=8)
    axis.tick_params(labelsize=8)
    axis.spines[["top", "right"]].set_visible(False)


def _draw_limits(axis: Any, medians: dict[str, Medians]) -> None:
    for name, style in zip(LIMITS, ("--", ":"), strict=True):
        if name in medians:
            axis.axvline(_get_rate(medians[name]), color="tab:red", linestyle=style, label=BY_NAME[name].title)
    handles, labels = axis.get_legend_handles_labels()
    if handles:  # beside the title, because a legend within the axis would hide a figure
        axis.figure.legend(handles, labels, fontsize=8, loc="upper right", ncols=2)
