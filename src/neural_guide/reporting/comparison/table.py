"""Runs side by side: what differed between them, and what came out."""

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
    """A metric of the comparison, with how many digits it is written, and whether it is shown where nobody has it."""

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
    """The columns that are shown."""
    return [
        column
        for column in COLUMNS
        if column.always or any(read_value(run, column) is not None for run in runs.values())
    ]


def tabulate_comparison(runs: Mapping[str, ComparedRun]) -> ReportTable:
    """Runs side by side: what differed in their configurations, what came out, the best marked.

    Args:
        runs: by name. A value that a run lacks is shown as a dash.
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
    """For each run the settings that are not the same in all, by name as short as tells them apart."""
    configs = {name: _flat(run["config"]) for name, run in runs.items()}
    keys = list(dict.fromkeys(key for config in configs.values() for key in config))
    found = [key for key in keys if len({repr(config.get(key)) for config in configs.values()}) > 1]
    short = dict(zip(found, _short(found), strict=True))
    return {name: {short[key]: str(config.get(key, NO_VALUE)) for key in found} for name, config in configs.items()}


def label_runs(runs: Mapping[str, ComparedRun]) -> dict[str, str]:
    """What a picture calls each run: the one or two settings that tell all apart; where there are none, its name."""
    settings = find_differing_settings(runs)
    words = {name: ", ".join(f"{key}={value}" for key, value in found.items()) for name, found in settings.items()}
    told_apart = len(set(words.values())) == len(words)
    few = all(0 < len(found) <= 2 for found in settings.values())
    return words if few and told_apart else {name: name for name in runs}


def read_value(run: ComparedRun, column: Column) -> float | None:
    """A metric of a run; None where it was not measured. The cost is that of all its seconds."""
    metrics = run["metrics"]
    if column.metric.key == "cost_dollars" and {"dollars_an_hour", "total_seconds"} <= metrics.keys():
        return keep_finite(metrics["dollars_an_hour"] * metrics["total_seconds"] / 3600)
    return keep_finite(metrics.get(column.metric.key))


def _flat(config: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in config.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat


def _short(keys: Iterable[str]) -> list[str]:
    """The last part of each dotted key where it says enough, else the whole key."""
    names = list(keys)
    ends = [key.rsplit(".", 1)[-1] for key in names]
    return [end if ends.count(end) == 1 else name for name, end in zip(names, ends, strict=True)]
