"""The table of a comparison: settings that differ between runs, and their metrics."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, TypedDict

from neural_guide.reporting.report_table import NO_VALUE, Cell, ReportTable
from neural_guide.reporting.tables import Metric, keep_finite, mark_best


class ComparedRun(TypedDict):
    """A run in a comparison: its configuration (nested or flat), its flat metrics, and its log (CSV)."""

    config: Mapping[str, object]
    metrics: Mapping[str, float]
    history: Path | None


class Column(NamedTuple):
    """A metric of the comparison: its digits, and whether its column is shown if no run has it."""

    metric: Metric
    digits: int
    always: bool = True


COLUMNS = (
    Column(Metric("val/loss", "val loss", False), 4),
    Column(Metric("val/f1_micro", "val micro-F1", True), 3),
    Column(Metric("val/exact_set", "val exact set", True), 3),
    Column(Metric("train_seconds", "train s", False), 1),
    Column(Metric("samples_per_s", "samples/s", True), 0),
    Column(Metric("peak_rss_gib", "peak RSS GiB", False), 2),
    Column(Metric("cost_dollars", "cost $", False), 3, always=False),
)


def list_columns(runs: Mapping[str, ComparedRun]) -> list[Column]:
    """The columns to show for some runs."""
    return [
        column
        for column in COLUMNS
        if column.always or any(read_value(run, column) is not None for run in runs.values())
    ]


def tabulate_comparison(runs: Mapping[str, ComparedRun]) -> ReportTable:
    """Tabulate the settings that differ between runs and their metrics, the best marked.

    Args:
        runs: runs by name; a value that a run lacks is shown as a dash.
    """
    settings = find_differing_settings(runs)
    columns = list_columns(runs)
    cells = [
        mark_best([read_value(run, column) for run in runs.values()], column.metric.higher_is_better, column.digits)
        for column in columns
    ]
    rows = [
        [Cell(name), *map(Cell, settings[name].values()), *(column[position] for column in cells)]
        for position, name in enumerate(runs)
    ]
    names = list(next(iter(settings.values()), {}))
    return ReportTable("Runs compared", ["run", *names, *(column.metric.label for column in columns)], rows)


def find_differing_settings(runs: Mapping[str, ComparedRun]) -> dict[str, dict[str, str]]:
    """The settings of each run that are not the same in all, by the shortest unambiguous name."""
    configs = {name: _flatten(run["config"]) for name, run in runs.items()}
    keys = list(dict.fromkeys(key for config in configs.values() for key in config))
    differing = [key for key in keys if len({repr(config.get(key)) for config in configs.values()}) > 1]
    short = dict(zip(differing, _shorten_keys(differing), strict=True))
    return {name: {short[key]: str(config.get(key, NO_VALUE)) for key in differing} for name, config in configs.items()}


def label_runs(runs: Mapping[str, ComparedRun]) -> dict[str, str]:
    """The label of each run in figures: one or two settings if these distinguish all runs, else its name."""
    settings = find_differing_settings(runs)
    labels = {name: ", ".join(f"{key}={value}" for key, value in values.items()) for name, values in settings.items()}
    are_distinct = len(set(labels.values())) == len(labels)
    are_short = all(0 < len(values) <= 2 for values in settings.values())
    return labels if are_short and are_distinct else {name: name for name in runs}


def read_value(run: ComparedRun, column: Column) -> float | None:
    """A metric of a run; None: not measured. The cost covers the total time of the run."""
    metrics = run["metrics"]
    if column.metric.key == "cost_dollars" and {"dollars_an_hour", "total_seconds"} <= metrics.keys():
        return keep_finite(metrics["dollars_an_hour"] * metrics["total_seconds"] / 3600)
    return keep_finite(metrics.get(column.metric.key))


def _flatten(config: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in config.items():
        flat |= _flatten(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat


def _shorten_keys(keys: Iterable[str]) -> list[str]:
    """The last part of each dotted key if it is unambiguous, else the whole key."""
    names = list(keys)
    ends = [key.rsplit(".", 1)[-1] for key in names]
    return [end if ends.count(end) == 1 else name for name, end in zip(names, ends, strict=True)]
