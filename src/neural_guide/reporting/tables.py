"""Tables of metrics: the guide beside its baselines, by primitive, by program length."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from neural_guide.reporting.report_table import NO_VALUE, Cell, ReportTable, format_number


class Metric(NamedTuple):
    """A metric of a split: the end of its key, its label, and which direction is better."""

    key: str
    label: str
    higher_is_better: bool


METRICS = (
    Metric("f1_micro", "micro-F1", True),
    Metric("f1_macro", "macro-F1", True),
    Metric("exact_set", "exact set", True),
    Metric("map", "mean average precision", True),
    Metric("worst_rank", "rank of the worst true primitive", False),
    Metric("brier", "Brier score", False),
    Metric("ece", "expected calibration error", False),
    Metric("loss", "loss", False),
)
BASELINES = {"nothing": "nothing", "base_rates": "base rates", "linear": "linear"}

# A constant prediction of the base rates is calibrated by construction, so losing to it is no failure.
NOT_JUDGED = ("ece",)
MOST_PRIMITIVES = 60  # of a table or a figure: the language has hundreds of words


class Margin(NamedTuple):
    """The guide beside the best baseline on one metric."""

    split: str
    metric: Metric
    guide: float
    baseline: str
    baseline_value: float

    @property
    def lead(self) -> float:
        """Distance to the baseline, positive where the guide is better."""
        distance = self.guide - self.baseline_value
        return distance if self.metric.higher_is_better else -distance


def list_splits(metrics: Mapping[str, float]) -> list[str]:
    """Names of the measured splits: `val` first, then `test`, then others by name."""
    names = {key.removesuffix("/f1_micro") for key in metrics if key.endswith("/f1_micro") and key.count("/") == 1}
    order = {"val": 0, "test": 1}
    return sorted(names, key=lambda split: (order.get(split, 2), split))


def compute_margins(metrics: Mapping[str, float], split: str) -> list[Margin]:
    """The guide beside the best baseline, for each metric that has one."""
    rows = []
    for metric in METRICS:
        guide = keep_finite(metrics.get(f"{split}/{metric.key}"))
        baselines = {name: keep_finite(metrics.get(f"{split}/baseline/{name}/{metric.key}")) for name in BASELINES}
        known = {name: value for name, value in baselines.items() if value is not None}
        if guide is None or not known:
            continue
        best = (max if metric.higher_is_better else min)(known, key=lambda name: known[name])
        rows.append(Margin(split, metric, guide, BASELINES[best], known[best]))
    return rows


def tabulate_metrics(metrics: Mapping[str, float], split: str) -> ReportTable:
    """The guide beside the baselines, a row for each metric, its best value marked.

    The last column is the distance to the best baseline: positive where the guide is better.
    """
    leads = {margin.metric: margin.lead for margin in compute_margins(metrics, split)}
    names = [name for name in BASELINES if any(key.startswith(f"{split}/baseline/{name}/") for key in metrics)]
    rows = []
    for metric in METRICS:
        keys = [f"{split}/{metric.key}", *(f"{split}/baseline/{name}/{metric.key}" for name in names)]
        values = [keep_finite(metrics.get(key)) for key in keys]
        if all(value is None for value in values):
            continue
        arrow = "↑" if metric.higher_is_better else "↓"
        cells = [Cell(f"{metric.label} {arrow}"), *mark_best(values, metric.higher_is_better)]
        if names:
            cells.append(Cell(f"{leads[metric]:+.3f}" if metric in leads else NO_VALUE))
        rows.append(cells)
    headers = ["metric", "guide", *(BASELINES[name] for name in names)] + ["guide ahead by"] * bool(names)
    return ReportTable(f"{split}: the guide beside its baselines" if names else split, headers, rows)


class PrimitiveScore(NamedTuple):
    """The metrics of a primitive; None: not measured, or not defined."""

    name: str
    support: float | None
    precision: float | None
    f1: float | None


def list_primitive_scores(metrics: Mapping[str, float], split: str) -> list[PrimitiveScore]:
    """Support, average precision and F1 of each primitive, the hardest first; of the most frequent of many."""
    prefixes = {label: f"{split}/{label}/" for label in ("support", "ap", "f1")}
    names = dict.fromkeys(
        key.removeprefix(prefix) for prefix in prefixes.values() for key in metrics if key.startswith(prefix)
    )
    scores = [
        PrimitiveScore(name, *(keep_finite(metrics.get(prefix + name)) for prefix in prefixes.values()))
        for name in names
    ]
    frequent = sorted(scores, key=lambda score: -(score.support or 0.0))[:MOST_PRIMITIVES]
    return sorted(frequent, key=lambda score: (score.precision is None, score.precision or 0.0, score.name))


def tabulate_primitives(metrics: Mapping[str, float], split: str) -> ReportTable:
    """The scores of each primitive, the hardest first."""
    rows = [
        [
            Cell(score.name),
            Cell(format_number(score.support, 0)),
            Cell(format_number(score.precision)),
            Cell(format_number(score.f1)),
        ]
        for score in list_primitive_scores(metrics, split)
    ]
    return ReportTable(f"{split}: by primitive", ["primitive", "tasks with it", "average precision", "F1"], rows)


def tabulate_groups(metrics: Mapping[str, float], split: str) -> ReportTable:
    """The micro-F1 of each group of words, e.g. `val/group/verb/f1_micro`."""
    pattern = re.compile(re.escape(split) + r"/group/([^/]+)/f1_micro")
    matches = [(match[1], value) for key, value in metrics.items() if (match := pattern.fullmatch(key))]
    rows = [[Cell(group), Cell(format_number(value))] for group, value in matches]
    return ReportTable(f"{split}: by group of words", ["group", "micro-F1"], rows)


def tabulate_lengths(metrics: Mapping[str, float], split: str) -> ReportTable:
    """The metrics at each program length, e.g. `val/length_2/exact_set`; no rows for words, which have no order."""
    if tabulate_groups(metrics, split).rows:
        metrics = {}
    pattern = re.compile(re.escape(split) + r"/length_(\d+)/([^/]+)")
    values = {(int(match[1]), match[2]): value for key, value in metrics.items() if (match := pattern.fullmatch(key))}
    labels = {metric.key: metric.label for metric in METRICS}
    measured = {key for _, key in values}
    keys = sorted(measured - set(labels)) + [key for key in labels if key in measured]
    rows = []
    for length in sorted({length for length, _ in values}):
        figures = [format_number(values.get((length, key)), 3 if key in labels else 0) for key in keys]
        rows.append([Cell(str(length)), *map(Cell, figures)])
    return ReportTable(f"{split}: by program length", ["program length", *(labels.get(key, key) for key in keys)], rows)


def keep_finite(value: float | None) -> float | None:
    """The value as float; None if it is None or not finite."""
    return None if value is None or not math.isfinite(value) else float(value)


def mark_best(values: Sequence[float | None], higher_is_better: bool, digits: int = 3) -> list[Cell]:
    """Values as cells, the best of them marked."""
    known = [value for value in values if value is not None]
    best = (max if higher_is_better else min)(known, default=None)
    differ = len(set(known)) > 1  # among equal values none is best
    return [Cell(format_number(value, digits), differ and value is not None and value == best) for value in values]
