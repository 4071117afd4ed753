"""Curves over training from the metrics log, and bars over primitives."""

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neural_guide.reporting.figure_layout import INK, RULE, FigureLayout, shorten
from neural_guide.reporting.report_table import format_number
from neural_guide.reporting.tables import METRICS, MOST_PRIMITIVES

History = Mapping[str, Sequence[tuple[float, float]]]
"""By column: (step, value) in order of steps, empty cells left out."""

COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
)  # Okabe and Ito: distinguishable for the colour-blind
MARKERS = ("o", "s", "^", "D", "v", "P")
SHARES = tuple(metric for metric in METRICS if metric.higher_is_better)  # all lie in [0, 1]
RESOURCES = (
    ("system/rss_gib", "memory (GiB)"),
    ("system/gpu_mem_gib", "GPU memory (GiB)"),
    ("system/samples_per_s", "samples per second"),
)
CLOCK = "system/train_s"
WIDTH = 4.4  # inches: legible on a phone, and two fit side by side on a screen
SMOOTH_FROM = 60  # points; shorter curves are not smoothed


def read_history(path: Path | None) -> History:
    """Read a CSV log with the columns step and the logged names; a missing file is an empty history.

    Cells that are empty or not finite are left out. If a step was logged twice (a resumed run repeats
    the steps after its checkpoint), the later row counts.
    """
    if path is None or not path.is_file():
        return {}
    columns: dict[str, dict[float, float]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            step = _finite(row.get("step"))
            for name, cell in row.items():
                value = _finite(cell)
                if step is not None and value is not None and isinstance(name, str):
                    columns.setdefault(name, {})[step] = value
    return {name: sorted(values.items()) for name, values in columns.items()}


def find_series(history: History, name: str) -> Sequence[tuple[float, float]]:
    """A logged column, also as Lightning renames it (`name_step`, `name_epoch`); empty if not logged."""
    return next((history[key] for key in (name, f"{name}_step", f"{name}_epoch") if history.get(key)), [])


def draw_losses(history: History) -> Figure | None:
    """Training and validation loss over steps; None: neither was logged."""
    layout, axes = start_plot("loss")
    train, val = find_series(history, "train/loss"), find_series(history, "val/loss")
    if not train and not val:
        return None
    if train:
        _draw_smoothed(axes, train)
    if val:
        draw_points(axes, val, 1, "val/loss")
    finish_plot(axes, "Training and validation loss", "step")
    return layout.figure


def draw_metrics(history: History) -> Figure | None:
    """Validation metrics that lie between 0 and 1, over steps; None: none was logged."""
    logged = {f"val/{metric.key}": find_series(history, f"val/{metric.key}") for metric in SHARES}
    layout, axes = start_plot("higher is better")
    for position, (name, points) in enumerate(logged.items()):
        if points:
            draw_points(axes, points, position, name)
    axes.set_ylim(0, 1.02)
    finish_plot(axes, "Validation metrics", "step")
    return layout.figure if any(logged.values()) else None


def draw_resources(history: History) -> Figure | None:
    """Memory and throughput over minutes of training, one plot below the other; None: nothing was logged.

    The horizontal axis shows steps if the time was not logged.
    """
    logged = [(name, label) for name, label in RESOURCES if find_series(history, name)]
    if not logged:
        return None
    minutes = {step: seconds / 60 for step, seconds in find_series(history, CLOCK)}
    layout = FigureLayout(WIDTH, 0.2 + 2.0 * len(logged))
    for position, (name, label) in enumerate(logged):
        axes = layout.add_axes(0.6, 0.35 + 2.0 * position, WIDTH - 0.75, 1.35)
        label_axes(axes, label)
        points = find_series(history, name)
        timed = [(minutes[step], value) for step, value in points if step in minutes]
        draw_points(axes, timed or points, position, name)
        axes.set_ylim(bottom=0)
        finish_plot(axes, name, "minutes of training" if timed else "step")
    return layout.figure


def draw_primitives(metrics: Mapping[str, float], split: str) -> Figure | None:
    """Average precision of the most frequent primitives as bars, with their support; None: none was measured."""
    prefix = f"{split}/ap/"
    precisions = {key.removeprefix(prefix): value for key, value in metrics.items() if key.startswith(prefix)}
    if not precisions:
        return None
    # NaN: the primitive does not occur. It comes last, without a bar.
    frequent = sorted(precisions, key=lambda name: -metrics.get(f"{split}/support/{name}", 0.0))[:MOST_PRIMITIVES]
    names = sorted(frequent, key=lambda name: (math.isnan(precisions[name]), -precisions[name], name))
    layout = FigureLayout(7.0, 0.9 + 0.24 * len(names))
    axes = layout.add_axes(2.3, 0.4, 3.4, 0.24 * len(names))
    positions = range(len(names))
    axes.barh(positions, [0 if math.isnan(precisions[name]) else precisions[name] for name in names], color=COLOURS[0])
    axes.set_yticks(positions, [shorten(name, 34) for name in names], fontsize=8, parse_math=False)
    axes.set_xlim(0, 1)
    axes.set_ylim(len(names) - 0.5, -0.5)
    for position, name in zip(positions, names, strict=True):
        support = format_number(metrics.get(f"{split}/support/{name}"), 0)
        axes.text(
            1.02,
            position,
            f"{format_number(precisions[name], 2)}  in {support} tasks",
            fontsize=8,
            va="center",
            color=INK,
        )
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK, labelsize=8, length=0)
    axes.set_title(f"{split}: average precision by primitive", fontsize=10, loc="left", color=INK)
    return layout.figure


def draw_curves(history: History) -> dict[str, Figure]:
    """Every figure whose metrics were logged, by name, in reading order."""
    figures = {
        "losses": draw_losses(history),
        "metrics": draw_metrics(history),
        "resources": draw_resources(history),
    }
    return {name: figure for name, figure in figures.items() if figure}


def start_plot(label: str, height: float = 3.0) -> tuple[FigureLayout, Axes]:
    """A layout of the common width with one plot, its vertical axis labelled."""
    layout = FigureLayout(WIDTH, height)
    axes = layout.add_axes(0.6, 0.35, WIDTH - 0.75, height - 0.85)
    label_axes(axes, label)
    return layout, axes


def _finite(cell: object) -> float | None:
    try:
        value = float(str(cell))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def label_axes(axes: Axes, label: str) -> None:
    """Apply the common style, and label the vertical axis."""
    axes.set_ylabel(label, fontsize=8, color=INK)
    axes.tick_params(labelsize=8, colors=INK)
    axes.grid(visible=True, color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(INK)


def draw_points(axes: Axes, points: Sequence[tuple[float, float]], position: int, name: str) -> None:
    """Draw a line with a marker at each point: a single epoch is visible too."""
    steps, values = zip(*points, strict=True)
    marker = MARKERS[position] if len(points) < SMOOTH_FROM else None
    axes.plot(steps, values, color=COLOURS[position], marker=marker, markersize=4, linewidth=1.4, label=name)


def _draw_smoothed(axes: Axes, points: Sequence[tuple[float, float]]) -> None:
    """Draw the training loss: each logged step in a pale line, above it a moving mean over a fiftieth of the curve."""
    if len(points) < SMOOTH_FROM:
        draw_points(axes, points, 0, "train/loss")
        return
    steps, values = zip(*points, strict=True)
    axes.plot(steps, values, color=COLOURS[0], alpha=0.25, linewidth=0.8)
    radius = max(1, len(values) // 100)
    smooth = [
        math.fsum(window) / len(window)
        for window in (values[max(0, middle - radius) : middle + radius + 1] for middle in range(len(values)))
    ]
    axes.plot(steps, smooth, color=COLOURS[0], linewidth=1.4, label="train/loss (smoothed)")


def finish_plot(axes: Axes, title: str, label: str) -> None:
    """Add the title, the label of the horizontal axis, and a legend for more than one line."""
    axes.set_title(title, fontsize=10, loc="left", color=INK)
    axes.set_xlabel(label, fontsize=8, color=INK)
    if len(axes.lines) > 1:  # else the title names the line
        axes.legend(fontsize=8, frameon=False, labelcolor=INK)
